"""Counts an audience: every recipient once as a row, each with whether he gets the message or why not.

All of it is done by the database: nothing is read here, however many there are. Where one number comes from several
places the first counts: the file (whose columns the text may name), what was pasted, contacts, groups, an earlier
campaign.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from contacts.models import Contact
from providers.models import Account
from smsops.messaging.anonymising import MARK
from smsops.messaging.bulk import MANY, refresh_statistics
from smsops.messaging.campaigns.lists import KEPT, is_reading
from smsops.messaging.campaigns.models import AudienceEntry, Campaign
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.models import Message
from smsops.messaging.opt_outs import STOP_NUMBERS, exempt_kinds
from smsops.messaging.status import Status

Source, Verdict = AudienceEntry.Source, AudienceEntry.Verdict
Membership = Contact.groups.through
# More than that are counted in the background.
AT_ONCE = 30_000
# What counts as having reached somebody, or as being about to.
REACHING = (Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED, Status.UNCERTAIN)


def count_soon(*, campaign: Campaign) -> None:
    """Count a draft's recipients now, or leave it to a worker where it would keep the page waiting."""
    if _expected(AudienceSpec.read(campaign.audience)) <= AT_ONCE:
        count_audience(campaign=campaign)
        return
    campaign.told, campaign.audience_at = {"is_counting": True, "is_reading": True}, None
    campaign.save(update_fields=["told", "audience_at"])


def _expected(spec: AudienceSpec) -> int:
    """About how many rows the database has to sort out, counted no further than matters."""
    groups = spec.any_groups or spec.all_groups
    of_groups = Membership.objects.filter(group_id__in=groups)[: AT_ONCE + 1].count() if groups else 0
    everyone = Contact.objects.all()[: AT_ONCE + 1].count() if spec.everyone else 0
    earlier = Message.objects.filter(campaign=spec.earlier)[: AT_ONCE + 1].count() if spec.earlier else 0
    return max(of_groups, everyone, earlier)


@transaction.atomic
def count_audience(*, campaign: Campaign) -> dict[str, Any]:
    """Sort out a draft's recipients anew, and note what was found (`Campaign.told`), which is returned."""
    spec = AudienceSpec.read(campaign.audience)
    campaign.told = {}
    entries = AudienceEntry.objects.filter(campaign=campaign)
    entries.exclude(source__in=KEPT).delete()
    _look_up_lists(entries.exclude(recipient=""))
    repeated = _mark_repeated(campaign)
    repeated += sum(_add_source(campaign, source, rows) for source, rows in _sources(spec))
    _leave_out(campaign, spec, entries.filter(verdict=Verdict.GOOD))
    campaign.told = _summary(entries) | {"repeated": repeated, "is_reading": is_reading(campaign)}
    campaign.audience_at = timezone.now()
    campaign.save(update_fields=["told", "audience_at"])
    return campaign.told


def _look_up_lists(listed: QuerySet[AudienceEntry]) -> None:
    """Whose numbers they are today; the time zone of a file's own column stays."""
    owner = Contact.objects.filter(mobile=OuterRef("recipient"))
    zone = Coalesce(Subquery(owner.values("time_zone")), Value(""))
    listed.filter(source__in=KEPT).update(
        contact_id=Subquery(owner.values("pk")),
        zone=Case(When(zone="", then=zone), default=F("zone")),
        verdict=Verdict.GOOD,
    )


def _mark_repeated(campaign: Campaign) -> int:
    """Of one number in several rows the file's counts, else the first."""
    listed = AudienceEntry.objects.filter(campaign=campaign).exclude(recipient="")
    repeated = sum(_mark_repeated_in(campaign, source) for source in KEPT)
    in_file = AudienceEntry.objects.filter(campaign=campaign, recipient=OuterRef("recipient"), source=Source.FILE)
    pasted = listed.filter(source=Source.PASTED).exclude(verdict=Verdict.DUPLICATE)
    return repeated + pasted.filter(Exists(in_file)).update(verdict=Verdict.DUPLICATE)


def _sources(spec: AudienceSpec) -> list[tuple[str, QuerySet[Contact] | QuerySet[Message]]]:
    found: list[tuple[str, QuerySet[Contact] | QuerySet[Message]]] = []
    if spec.contacts:
        found.append((Source.CONTACT, Contact.objects.filter(pk__in=spec.contacts)))
    if spec.has_groups:
        found.append((Source.GROUP, Contact.objects.filter(members(spec))))
    if spec.earlier and spec.statuses:
        last = Message.objects.filter(campaign=spec.earlier, status__in=spec.statuses, resends=None)
        last = last.exclude(recipient__startswith=MARK)
        found.append((Source.CAMPAIGN, last))
    return found


def members(spec: AudienceSpec) -> Q:
    """Contacts by their groups; the excepted ones are left out where all are."""
    chosen = Q() if spec.everyone else Q(*map(_in_group, spec.all_groups))
    if spec.any_groups and not spec.everyone:
        chosen &= Q(Exists(Membership.objects.filter(contact_id=OuterRef("pk"), group_id__in=spec.any_groups)))
    return chosen


def _in_group(group_id: int) -> Exists:
    return Exists(Membership.objects.filter(contact_id=OuterRef("pk"), group_id=group_id))


# --- adding ------------------------------------------------------------------------------------------------------

COLUMNS = ("campaign_id", "source", "verdict", "spelling", "recipient", "contact_id", "operator", "zone")


def _add_source(campaign: Campaign, source: str, rows: QuerySet[Any]) -> int:
    """Add those that are not there yet, in one statement; returns how many were there."""
    is_contact = rows.model is Contact
    number = "mobile" if is_contact else "recipient"
    there = AudienceEntry.objects.filter(campaign=campaign).exclude(recipient="").values("recipient")
    known = rows.order_by().filter(**{f"{number}__in": there}).count() if there.exists() else 0
    fixed = (Value(campaign.pk, BigIntegerField()), Value(str(source)), Value(Verdict.GOOD.value), Value(""))
    own: tuple[Any, ...] = ("mobile", "pk", "operator", "time_zone") if is_contact else _columns_of_messages()
    # As a list, which is hashed once: joined, a table that was empty a moment ago would be read for every row.
    fresh = rows.exclude(**{f"{number}__in": there})
    if _insert(fresh.order_by("pk").values_list(*fixed, *own)) > MANY:
        refresh_statistics(AudienceEntry)
    return known + (0 if is_contact else _mark_repeated_in(campaign, source))


def _columns_of_messages() -> tuple[Any, ...]:
    owner = Contact.objects.filter(pk=OuterRef("contact_id"))
    zone = Coalesce(Subquery(owner.values("time_zone")), Value(""))
    return "recipient", "contact_id", "operator", zone


def _insert(rows: QuerySet[Any]) -> int:
    """`INSERT … SELECT`, which the ORM does not have; returns how many."""
    query, parameters = rows.query.sql_with_params()
    quote = connection.ops.quote_name
    columns = ", ".join(map(quote, COLUMNS))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(AudienceEntry._meta.db_table)} ({columns}) {query}", parameters)
        return int(cursor.rowcount)


def _mark_repeated_in(campaign: Campaign, source: str) -> int:
    found = AudienceEntry.objects.filter(campaign=campaign, source=source).exclude(recipient="")
    first = found.values("recipient").annotate(first=Min("id")).values("first")
    return found.exclude(id__in=first).update(verdict=Verdict.DUPLICATE)


# --- leaving out -------------------------------------------------------------------------------------------------


def _leave_out(campaign: Campaign, spec: AudienceSpec, good: QuerySet[AudienceEntry]) -> None:
    if spec.except_groups:
        excepted = Membership.objects.filter(contact_id=OuterRef("contact_id"), group_id__in=spec.except_groups)
        good.filter(Exists(excepted)).update(verdict=Verdict.EXCLUDED)
    if not _is_exempt(campaign):
        for numbers in STOP_NUMBERS:
            good.filter(recipient__in=numbers().values("number")).update(verdict=Verdict.OPTED_OUT)
    if spec.not_reached_days:
        good.filter(Exists(reached(campaign, spec.not_reached_days))).update(verdict=Verdict.REACHED)


def _is_exempt(campaign: Campaign) -> bool:
    """Whether every account that it may leave by sends this kind even to those who opted out."""
    options = Account.objects.filter(pk__in=campaign.first_accounts).values_list("options", flat=True)
    return all(campaign.kind in exempt_kinds(each) for each in options)


def reached(campaign: Campaign, days: int) -> QuerySet[Message]:
    """Messages by which another campaign reached, or is about to reach, the number of an outer row."""
    others = Message.objects.filter(recipient=OuterRef("recipient"), campaign__isnull=False, status__in=REACHING)
    return others.exclude(campaign=campaign.pk).filter(created_at__gte=Now() - timedelta(days=days))


def _summary(entries: QuerySet[AudienceEntry]) -> dict[str, Any]:
    """`{"verdicts": {"good": 5, …}, "operators": {"Telkomsel": 3, …}}`: of those who get it, the largest first."""
    counted = entries.order_by().values_list("verdict", "operator").annotate(Count("id"))
    verdicts: dict[str, int] = dict.fromkeys(Verdict.values, 0)
    operators: dict[str, int] = {}
    for verdict, operator, count in counted:
        verdicts[verdict] += count
        if verdict == Verdict.GOOD:
            operators[operator] = count
    return {"verdicts": verdicts, "operators": dict(sorted(operators.items(), key=lambda pair: -pair[1]))}
