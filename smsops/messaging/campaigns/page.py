"""What the pages of a campaign show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import told
from providers.models import Account
from smsops.messaging.campaigns.counting import OPEN, SMALL, counts_of, next_leaving
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.campaigns.lists import is_group_unread, is_reading, is_uncounted
from smsops.messaging.campaigns.models import AudienceEntry, Campaign
from smsops.messaging.campaigns.retrying import Ending
from smsops.messaging.campaigns.standing import resting_accounts, stopped_accounts
from smsops.messaging.campaigns.turns import local_time, repetition_told, turns_told
from smsops.messaging.choices import CHANNEL_CHOICES
from smsops.messaging.progress import uncertain_told
from smsops.messaging.status import LABELS, NEVER_LEFT, Status
from smsops.messaging.zones import own_zone

State, Verdict = Campaign.Status, AudienceEntry.Verdict
COLOURS = {
    State.RUNNING: "busy", State.FREEZING: "busy", State.SCHEDULED: "busy", State.FINISHED: "good",
    State.PAUSED: "warning", State.APPROVAL: "warning", State.MISSED: "bad", State.CANCELLED: "bad",
}  # fmt: skip
LIVE = (State.FREEZING, State.RUNNING, State.PAUSED)
# Over for a message that was never handed over.
OVER = (State.FINISHED, State.CANCELLED)
EXAMPLES = 20
REASON_COLUMNS = 6
LISTED_MEMBERS = 500
# Reports come within minutes or much later: after these the page looks less often, and then no more.
LIVELY, CALM = 2, 15
CALM_FOR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A figure with its words, and where it leads ("" for nowhere)."""

    label: str
    count: int
    link: str = ""
    key: str = ""
    can_retry: bool = False
    advice: str = ""


def audience_lines(campaign: Campaign) -> list[Line]:
    """Who gets nothing, and why."""
    verdicts = campaign.told.get("verdicts", {})
    found = [
        Line(str(label), verdicts[value]) for value, label in Verdict.choices
        if value not in (Verdict.GOOD, Verdict.DUPLICATE) and verdicts.get(value)
    ]  # fmt: skip
    if repeated := campaign.told.get("repeated"):
        found.insert(0, Line(_("there before, counted once"), repeated))
    return found


def audience_context(campaign: Campaign) -> dict[str, Any]:
    wrong = AudienceEntry.objects.filter(campaign=campaign, verdict=Verdict.INVALID).order_by("id")
    examples = list(wrong.values_list("spelling", flat=True)[:EXAMPLES])
    count = campaign.told.get("verdicts", {}).get(Verdict.INVALID, 0)
    return {
        "good": campaign.told.get("verdicts", {}).get(Verdict.GOOD, 0),
        "operators": list(campaign.told.get("operators", {}).items()),
        "left_out": audience_lines(campaign),
        "wrong": examples,
        "more_wrong": max(0, count - len(examples)),
        "is_reading": is_reading(campaign),
        "rows_read": (campaign.audience.get("file") or {}).get("rows", 0),
        "file": campaign.audience.get("file"),
        "is_asking": is_group_unread(campaign),
        "is_counting": is_uncounted(campaign),
        "rows_measured": campaign.measured.get("rows", 0),
        "file_error": campaign.audience.get("file_error", ""),
    }


def members_context(campaign: Campaign) -> dict[str, Any]:
    """Who is in the provider's group that is sent to by one call."""
    if not campaign.remote_group:
        return {}
    members = AudienceEntry.objects.filter(campaign=campaign, source=AudienceEntry.Source.REMOTE)
    count = members.count()
    return {
        "members": list(members.order_by("id")[:LISTED_MEMBERS]),
        "member_count": count,
        "more_members": max(0, count - LISTED_MEMBERS),
    }


def moment_shown(campaign: Campaign) -> str:
    """`Mon 17 Aug 2026, 09:30 WITA`; "" for now."""
    if campaign.send_at is None:
        return ""
    return f"{date_format(local_time(campaign, campaign.send_at), 'D j M Y, H:i')} {campaign.zone or own_zone()}"


def live_context(campaign: Campaign) -> dict[str, Any]:
    """The part of the page that changes by itself."""
    counts = counts_of(campaign) if campaign.launched_at else {}
    statuses = counts.get("statuses", {})
    waiting = sum(statuses.get(status, 0) for status in OPEN)
    done = max(0, campaign.total - waiting) if campaign.started_at else 0
    return (
        {
            "campaign": campaign,
            "colour": COLOURS.get(State(campaign.status), ""),
            "reason": told(campaign.state_reason),
            "statuses": _status_lines(campaign, statuses),
            "ways": _way_lines(campaign, counts.get("ways", [])),
            "reasons": _reason_lines(counts.get("reasons", [])),
            "done": done,
            "waiting": waiting,
            "is_over": campaign.status in OVER,
            "is_idle": _is_idle(campaign, statuses, waiting),
            "summary": _summary(campaign, statuses, done),
            "pace": _pace(campaign, waiting, counts.get("rate")),
        }
        | (_held(campaign) if waiting else {})
        | ({} if campaign.status in OVER else _standing(campaign, waiting))
        | {
            "events": list(campaign.events.select_related("actor").order_by("-id")[:20]),
            "poll_seconds": poll_seconds(campaign, statuses),
            "moment": moment_shown(campaign),
        }
        | repetition_context(campaign)
    )


def repetition_context(campaign: Campaign) -> dict[str, Any]:
    """How it repeats: the days to come before it starts, afterwards the turn that was planned."""
    if not campaign.repeat:
        return {}
    planned = Campaign.objects.filter(repeats=campaign).order_by("-id").first()
    if campaign.status == State.CANCELLED and planned is None:
        return {}
    return {
        "repetition": repetition_told(campaign),
        "turns": "" if planned else turns_told(campaign, has_started=campaign.status in (*LIVE, *OVER)),
        "is_stalled": campaign.status == State.MISSED and planned is None,
        "planned": planned,
        "planned_for": moment_shown(planned) if planned else "",
    }


def _is_idle(campaign: Campaign, statuses: dict[str, int], waiting: int) -> bool:
    """Paused, with nothing left but what a person has to decide."""
    is_at_rest = campaign.status == State.PAUSED and campaign.started_at is not None and not waiting
    return is_at_rest and bool(campaign.routes or statuses.get(Status.UNCERTAIN))


def _status_lines(campaign: Campaign, statuses: dict[str, int]) -> list[Line]:
    return [
        Line(str(LABELS[status]), statuses[status], _list_url(campaign, status__exact=status.value))
        for status in Status if statuses.get(status)
    ]  # fmt: skip


def _list_url(campaign: Campaign, **filters: Any) -> str:
    query = urlencode({"campaign__id__exact": campaign.pk} | filters)
    return f"{reverse('admin:messaging_message_changelist')}?{query}"


def _way_lines(campaign: Campaign, ways: list[list[Any]]) -> list[Line]:
    """What went on by another account or channel, after a refusal or from one that was stopped."""
    accounts, channels = Account.objects.in_bulk({account for account, *_rest in ways}), dict(CHANNEL_CHOICES)
    return [
        Line(
            _("By “%(account)s”, %(channel)s") % {"account": accounts[account].name, "channel": channels[channel]},
            count,
            _list_url(campaign, account__id__exact=account, channel__exact=channel, resend_of__isnull=0),
        )
        for account, channel, count in ways if account in accounts
    ]  # fmt: skip


def _reason_lines(reasons: list[list[Any]]) -> list[Line]:
    """What ended alike, with whether sending it again makes sense."""
    # Counted before the accounts were noted: the next count tells.
    known = [each for each in reasons if len(each) == REASON_COLUMNS]
    accounts = Account.objects.in_bulk({account for *_told, account, _never, _count in known})
    return [_reason_line(each, accounts) for each in known]


def _reason_line(reason: list[Any], accounts: dict[int, Account]) -> Line:
    status, code, text, account, is_forbidden, count = reason
    # Many providers have no words beside the code.
    words = " · ".join(filter(None, dict.fromkeys((str(LABELS[Status(status)]), code, told(text)))))
    ending = Ending(status, account, code)
    repeat = ending.repeat(accounts[account].provider) if account in accounts else None
    if is_forbidden:
        return Line(words, count, advice=_("The provider forbids sending this message again."))
    if repeat is None:
        return Line(words, count)
    return Line(words, count, key=ending.key, can_retry=repeat.makes_sense, advice=str(repeat.why))


def _summary(campaign: Campaign, statuses: dict[str, int], done: int) -> str:
    handed_over = done - sum(statuses.get(status, 0) for status in NEVER_LEFT)
    values = {"done": number_format(handed_over), "total": number_format(campaign.total)}
    if campaign.status == State.FREEZING or not campaign.started_at:
        return ngettext("%(total)s recipient", "%(total)s recipients", campaign.total) % values
    if handed_over < campaign.total:
        return _("%(done)s of %(total)s handed over.") % values
    if uncertain := statuses.get(Status.UNCERTAIN, 0):
        return uncertain_told(uncertain, campaign.total)
    return ngettext(
        "%(total)s is settled or on its way.", "All %(total)s are settled or on their way.", campaign.total
    ) % values  # fmt: skip


def _pace(campaign: Campaign, waiting: int, rate: float | None) -> str:
    """How fast it goes, and until when."""
    if campaign.status != State.RUNNING or not waiting or not rate:
        return ""
    ends = timezone.localtime(timezone.now() + timedelta(seconds=waiting / rate))
    per_minute = round(rate * 60)
    words = ngettext("%(count)s message a minute", "%(count)s messages a minute", per_minute)
    told_rate = words % {"count": number_format(per_minute)}
    return _("%(rate)s; finished at about %(moment)s") % {"rate": told_rate, "moment": date_format(ends, "H:i T")}


def _standing(campaign: Campaign, waiting: int) -> dict[str, Any]:
    """Its accounts that take nothing now."""
    stopped = [each for each in stopped_accounts(campaign) if each.account.is_active or campaign.status in LIVE]
    return {"stopped": [*stopped, *(resting_accounts(campaign) if waiting else ())]}


def _held(campaign: Campaign) -> dict[str, Any]:
    """When the next of the waiting ones may leave, where that is not now, and whether quiet hours keep it."""
    moment, note = next_leaving(campaign) or (None, "")
    if moment is None or moment <= timezone.now() + timedelta(minutes=1):
        return {}
    return {"held_until": moment, "is_night": note == HELD, "held_because": "" if note == HELD else told(note)}


def poll_seconds(campaign: Campaign, statuses: dict[str, int]) -> int:
    """After which to look again; 0 when nothing more is to come."""
    if campaign.status in LIVE:
        return LIVELY if campaign.total <= SMALL else LIVELY * 2
    if campaign.status in (State.SCHEDULED, State.APPROVAL):
        return CALM
    ended = campaign.finished_at
    fresh = ended is not None and timezone.now() - ended < CALM_FOR
    return CALM if fresh and statuses.get(Status.SENT) else 0
