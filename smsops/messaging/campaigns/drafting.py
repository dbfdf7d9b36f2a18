"""A draft is written: every save counts its audience anew and is the next version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO, Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.uploads.refusal import FileRefused
from providers.cleaning import clip_name
from providers.models import Account
from providers.types import Channel, Kind
from smsops.messaging.campaigns.audience import count_audience, count_soon
from smsops.messaging.campaigns.launching import lock_campaign, note_event
from smsops.messaging.campaigns.lists import (
    choose_column,
    drop_audience_file,
    is_reading,
    keep_told,
    read_file_step,
    store_audience_file,
    store_pasted,
)
from smsops.messaging.campaigns.measuring import chosen_type, measure_campaign, needs_background
from smsops.messaging.campaigns.merge import parse_merge
from smsops.messaging.campaigns.models import Campaign, CampaignEvent, Template
from smsops.messaging.campaigns.preview import preview_rows
from smsops.messaging.campaigns.quote import quote_campaign
from smsops.messaging.campaigns.remote_group import drop_members, forget_members
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.campaigns.turns import local_time
from smsops.messaging.campaigns.ways import has_sender
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.compose import Refused, queue_messages
from smsops.messaging.composing.message_types import MESSAGE_TYPES
from smsops.messaging.gate import examine
from smsops.messaging.models import Message
from smsops.messaging.text import clean_text
from smsops.publishing import publish

State = Campaign.Status
# A page waits as long for a file; the rest is read in the background.
PATIENCE = 2.0
# Half of all subscribers, and the operator that fails most often.
LARGEST = "Telkomsel"
LONGEST_NAME = 200


@transaction.atomic
def create_campaign(*, name: str, account: Account, actor: Any = None, **columns: Any) -> Campaign:
    """A draft without recipients."""
    channel = channel_of(account)
    name = clip_name(name, LONGEST_NAME)
    campaign = Campaign.objects.create(
        name=name, account=account, created_by=actor, status=State.DRAFT, channel=channel, **columns
    )
    note_event(campaign, CampaignEvent.Kind.CREATED, actor=actor)
    count_audience(campaign=campaign)
    return campaign


def channel_of(account: Account) -> str:
    """The one that a campaign begins with."""
    channels = account.adapter.capabilities_for(account.options).channels
    return (Channel.SMS if Channel.SMS in channels else next(iter(channels))).value


@transaction.atomic
def save_draft(
    *, campaign_id: int, version: int | None, columns: dict[str, Any], spec: AudienceSpec, pasted: str
) -> Campaign:
    """Write a draft. Raises `Moved` where it is another version by now, or no draft any more."""
    campaign = lock_campaign(campaign_id, [State.DRAFT], version=version)
    before, day = _counted_from(campaign), _turn_of(campaign)
    for name, value in columns.items():
        setattr(campaign, name, value)
    campaign.text, campaign.name = clean_text(campaign.text), clip_name(campaign.name, LONGEST_NAME)
    campaign.audience = campaign.audience | spec.as_json()
    campaign.repeat_day = campaign.repeat_day if day == _turn_of(campaign) else 0
    campaign.version += 1
    campaign.state_reason = ""
    campaign.save()
    store_pasted(campaign=campaign, text=pasted)
    if before != _counted_from(campaign) or campaign.audience_at is None:
        if not campaign.remote_group:
            drop_members(campaign)
        count_soon(campaign=campaign)
    return campaign


def _turn_of(campaign: Campaign) -> tuple[Any, ...]:
    """Moved to another day, what repeats begins anew from there."""
    return campaign.repeat, campaign.send_at and local_time(campaign, campaign.send_at).date()


def _counted_from(campaign: Campaign) -> tuple[Any, ...]:
    return campaign.audience, campaign.kind, campaign.account_id, campaign.remote_group


@transaction.atomic
def draft_campaign(*, draft: Draft, name: str) -> Campaign:
    """What was written as one message, as a campaign."""
    campaign = create_campaign(name=name, account=draft.account, actor=draft.actor)
    columns = {
        "text": draft.text.replace("{", "{{").replace("}", "}}"), "kind": draft.kind.value,
        "channel": draft.channel.value, "sender_id": draft.sender_id, "send_at": draft.send_after,
        "message_type": message_type_of(draft), "day_and_night": draft.day_and_night,
    }  # fmt: skip
    return save_draft(
        campaign_id=campaign.pk, version=None, columns=columns, spec=AudienceSpec(), pasted="\n".join(draft.recipients)
    )


@transaction.atomic
def draft_to_contacts(*, name: str, account: Account, contacts: Sequence[int], actor: Any) -> Campaign:
    """A campaign to people who were picked from the list."""
    campaign = create_campaign(name=name, account=account, actor=actor)
    spec = AudienceSpec(contacts=tuple(contacts))
    return save_draft(campaign_id=campaign.pk, version=None, columns={}, spec=spec, pasted="")


def message_type_of(draft: Draft) -> str:
    """The number of the type that was chosen; WAP push is no campaign's."""
    return next(
        (
            number for number, each in MESSAGE_TYPES.items()
            if (each.encoding, each.is_flash, each.has_url) == (draft.encoding, draft.is_flash, False)
        ), "",
    )  # fmt: skip


def attach_file(
    *, campaign: Campaign, file: IO[bytes] | None, name: str = "", drop: bool = False, column: int | None = None
) -> str:
    """Take a file in, or out, or its numbers from another column; a large one is read in the background. Returns why
    it was refused, "" if it was not."""
    try:
        if file is not None:
            store_audience_file(campaign=campaign, file=file, name=name)
        elif drop:
            drop_audience_file(campaign=campaign)
        elif column is None or not choose_column(campaign=campaign, place=column):
            return ""
        read_file_step(campaign_id=campaign.pk, seconds=PATIENCE)
    except FileRefused as refusal:
        return str(refusal)
    campaign.refresh_from_db()
    keep_told(campaign, file_error=None)
    count_audience(campaign=campaign)
    return ""


def recount_campaign(*, campaign_id: int) -> Campaign:
    """Groups may have changed since. Raises `Moved` where it is no draft any more."""
    with transaction.atomic():
        campaign = lock_campaign(campaign_id, [State.DRAFT])
        forget_members(campaign)
        count_soon(campaign=campaign)
    return campaign


def prepare_figures(campaign: Campaign) -> bool:
    """Whether the draft's figures are there; what would keep the page waiting is begun in the background."""
    from smsops.messaging.campaigns.tasks import prepare_campaign

    if is_reading(campaign) or needs_background(campaign):
        publish(prepare_campaign, campaign.pk)
        return False
    measure_campaign(campaign=campaign)
    return True


def use_template(*, campaign: Campaign, template: Template) -> None:
    """Begin with its text. What becomes of the template later is no matter."""
    campaign.text, campaign.template = template.text, template
    campaign.version += 1
    campaign.save(update_fields=["text", "template", "version"])


def send_test(*, campaign: Campaign, number: str, actor: Any) -> Message:
    """The first recipient's text to one's own number, at once. Raises `Refused`."""
    text = next((row.text for row in preview_rows(campaign)), parse_merge(campaign.text).render({}))
    chosen = chosen_type(campaign)
    draft = Draft(
        account=campaign.account, recipients=[number], text=text, channel=Channel(campaign.channel),
        kind=Kind.TRANSACTIONAL, sender_id=campaign.sender_id, encoding=chosen.encoding, is_flash=chosen.is_flash,
        actor=actor,
    )  # fmt: skip
    verdict = examine(draft)
    if verdict.invalid:
        raise Refused(_("%(number)s: %(reason)s.") % {"number": number, "reason": verdict.invalid[0].reason})
    (message,) = queue_messages(verdict=verdict)
    note_event(campaign, CampaignEvent.Kind.TESTED, actor=actor, text=message.recipient)
    return message


@transaction.atomic
def split_best(*, campaign_id: int) -> None:
    """Telkomsel by the account that delivers best there, the rest by the cheapest; none that is suspended. Raises
    `Refused`, or `Moved`."""
    campaign = lock_campaign(campaign_id, [State.DRAFT])
    quoted = quote_campaign(campaign, measure_campaign(campaign=campaign))
    offers = [offer for offer in quoted if not offer.account.suspended_reason]
    known = [offer for offer in offers if LARGEST in offer.delivered and has_sender(offer.account)]
    priced = [offer for offer in offers if offer.cost is not None]
    if not known or not priced:
        raise Refused(
            _("There are not enough figures yet: it takes prices, and messages to %(operator)s of the last 30 days.")
            % {"operator": LARGEST}
        )
    # Of two that deliver as well the cheaper one.
    best = min(known, key=lambda offer: (-offer.delivered[LARGEST], offer.cost is None, offer.cost or 0)).account
    campaign.account = min(priced, key=lambda offer: offer.cost or 0).account
    campaign.splits = {LARGEST: best.pk} if best != campaign.account else {}
    campaign.version += 1
    campaign.save(update_fields=["account", "splits", "version"])
    count_audience(campaign=campaign)


@transaction.atomic
def choose_account(*, campaign_id: int, account_id: int) -> None:
    """Send it through another account. Opt-outs are looked at anew: accounts may exempt kinds of messages."""
    campaign = lock_campaign(campaign_id, [State.DRAFT])
    campaign.account = Account.objects.get(pk=account_id, is_active=True)
    campaign.version += 1
    campaign.save(update_fields=["account", "version"])
    count_audience(campaign=campaign)
