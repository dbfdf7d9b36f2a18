"""Quiet hours as they hold for an account's messages: when each may leave, and the sweep that catches late ones."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone
from django.utils.translation import gettext_noop

from providers.models import Account
from providers.types import QUIET_HOURS, Channel, Kind
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.timing import QuietHours, read_quiet_hours, zones_at_rest
from smsops.messaging.checking.drafts import Draft, Verdict
from smsops.messaging.models import Message, MessageQuerySet
from smsops.messaging.status import Status
from smsops.messaging.zones import ZONES

HELD = gettext_noop("Held until the quiet hours are over.")
# What leaves next; a sweep looks no farther, and comes again before that many have left.
WINDOW = 5000
LEAD = timedelta(seconds=15)
EXEMPT = (Kind.TRANSACTIONAL, Kind.OTP)


def quiet_hours(account: Account, *, channel: str, kind: str, day_and_night: str = "") -> QuietHours | None:
    """Those that hold for such a message, if any do."""
    if kind in EXEMPT or day_and_night:
        return None
    name = QUIET_HOURS[Channel(channel)]
    default = next(field.default for field in account.adapter.all_options() if field.name == name)
    try:
        return read_quiet_hours(str(account.options.get(name, default)))
    except ValueError:
        return read_quiet_hours(default)


def quiet_of(draft: Draft) -> QuietHours | None:
    return quiet_hours(draft.account, channel=draft.channel, kind=draft.kind, day_and_night=draft.day_and_night)


def leaving(quiet: QuietHours | None, moment: datetime, zone: str) -> tuple[datetime, str]:
    """When a message for then may leave, and what to say of it."""
    if quiet is None:
        return moment, ""
    over = quiet.over_at(moment, zone)
    return over, HELD if over > moment else ""


def held_until(verdict: Verdict) -> datetime | None:
    """Until when quiet hours hold a draft back, by the account's clock; None where they do not."""
    draft = verdict.draft
    leaves, note = leaving(quiet_of(draft), draft.send_after or verdict.examined_at, draft.account.time_zone)
    return leaves if note and not draft.provider_schedule else None


def hold_for_the_night() -> int:
    """Put off what is about to leave into somebody's quiet hours; returns how many. Every few seconds, by beat."""
    soon = timezone.now() + LEAD
    accounts = {account.pk: account for account in Account.objects.sending()}
    return sum(_hold_account(account, soon) for account in accounts.values())


def _hold_account(account: Account, soon: datetime) -> int:
    held = 0
    for channel in Channel:
        quiet = quiet_hours(account, channel=channel, kind=Kind.PROMOTIONAL)
        resting = zones_at_rest(quiet, soon, [*ZONES, account.time_zone]) if quiet else {}
        if resting:
            held += sum(map(partial(_hold_rows, account, resting, soon), _leaving_rows(account, channel)))
    return held


def _leaving_rows(account: Account, channel: str) -> Iterable[MessageQuerySet]:
    """Single sends, and campaigns that keep the quiet hours."""
    waiting = Message.objects.waiting().filter(account=account)
    yield waiting.filter(campaign=None, kind=Kind.PROMOTIONAL, channel=channel)
    running = Campaign.objects.filter(status=Campaign.Status.RUNNING, kind=Kind.PROMOTIONAL, day_and_night="")
    for campaign in running.only("pk", "account_id", "routes", "splits"):
        if account.pk in campaign.all_accounts:
            yield waiting.filter(campaign=campaign, channel=channel)


def _hold_rows(account: Account, resting: dict[str, datetime], soon: datetime, rows: MessageQuerySet) -> int:
    next_ones = rows.filter(send_after__lte=soon).order_by("priority", "send_after")
    by_zone: dict[str, list[int]] = {}
    for pk, zone in next_ones.values_list("pk", "contact__time_zone")[:WINDOW]:
        zone = zone or account.time_zone
        if zone in resting:
            by_zone.setdefault(zone, []).append(pk)
    return sum(_put_off(ids, until=resting[zone]) for zone, ids in by_zone.items())


def _put_off(ids: list[int], *, until: datetime) -> int:
    """Its end stays where it is: what has none of the morning lapses rather than going out late."""
    return Message.objects.filter(pk__in=ids, status=Status.QUEUED).update(send_after=until, error_text=HELD)
