"""Another campaign like one that there is: to send again, or the next turn of what repeats."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.models import BigIntegerField, Value

from smsops.messaging.campaigns.lists import LISTED
from smsops.messaging.campaigns.models import AudienceEntry, Campaign, CampaignEvent

KEPT = (
    "account_id", "kind", "channel", "message_type", "text", "sender_id", "template_id", "zone", "valid_hours",
    "per_second", "refusal_limit", "routes", "remote_group", "splits",
)  # fmt: skip
# What was decided for its time: the next turn keeps it, another campaign decides anew.
KEPT_BY_TURNS = ("repeat", "repeat_until", "day_and_night")
COLUMNS = ("recipient", "spelling", "contact_id", "operator", "zone", "verdict", "source", "fields")


@transaction.atomic
def copy_campaign(*, campaign: Campaign, actor: Any, name: str, is_turn: bool = False) -> Campaign:
    """A draft with the same text, the same sources of its audience, and what was pasted or uploaded for it."""
    kept = {column: getattr(campaign, column) for column in (*KEPT, *(KEPT_BY_TURNS if is_turn else ()))}
    file = campaign.audience.get("file")
    audience = campaign.audience | ({"file": file | {"id": 0, "is_read": True}} if file else {})
    # Who is in the provider's group is asked anew.
    audience.pop("remote", None)
    copy = Campaign.objects.create(name=name, created_by=actor, status=Campaign.Status.DRAFT, audience=audience, **kept)
    _copy_lists(campaign, copy)
    CampaignEvent.objects.create(campaign=copy, kind=CampaignEvent.Kind.CREATED, actor=actor)
    return copy


def _copy_lists(campaign: Campaign, copy: Campaign) -> None:
    """In one statement, in their order."""
    listed = AudienceEntry.objects.filter(campaign=campaign, source__in=LISTED).order_by("id")
    query, parameters = listed.values_list(Value(copy.pk, BigIntegerField()), *COLUMNS).query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, ("campaign_id", *COLUMNS)))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(AudienceEntry._meta.db_table)} ({columns}) {query}", parameters)
