"""How today goes against what is usual, and how well messages arrive by account and by operator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import duration
from providers.models import Account
from smsops.console.dashboard.figures import Figure, capped, messages_url
from smsops.messaging.models import Message
from smsops.messaging.status import Status
from smsops.reports.figures import GROUPS, SETTLED, Rate, Today, usual_waiting

WAITING_LIMIT = 10_000
# Fewer say nothing.
FEWEST = 20
GOOD, FAIR = 95, 85


def today_figures(today: Today, now: datetime) -> list[Figure]:
    """Sent, delivered, not delivered, uncertain and waiting, each against what is usual."""
    labels = {
        "sent": _("Sent"),
        "delivered": _("Delivered"),
        "failed": _("Not delivered or failed"),
        "uncertain": _("Uncertain"),
    }
    figures = [
        Figure(
            label,
            number_format(today.counts[name]),
            _today_url(name, today.day),
            usual=_usual(today.usual[name], today.day),
        )
        for name, label in labels.items()
    ]
    text, _count = capped(Message.objects.waiting(), WAITING_LIMIT)
    usual = _usual(usual_waiting(now), today.day)
    return [*figures, Figure(_("Waiting"), text, messages_url([Status.QUEUED]), usual=usual)]


def _today_url(name: str, day: date) -> str:
    """What is uncertain has a desk of its own."""
    return reverse("console:incidents") if name == "uncertain" else messages_url(GROUPS[name], first=day)


def _usual(count: int | None, day: date) -> str:
    if count is None:
        return _("nothing to compare with yet")
    weekdays = (
        _("on Mondays by now: %(count)s"), _("on Tuesdays by now: %(count)s"), _("on Wednesdays by now: %(count)s"),
        _("on Thursdays by now: %(count)s"), _("on Fridays by now: %(count)s"), _("on Saturdays by now: %(count)s"),
        _("on Sundays by now: %(count)s"),
    )  # fmt: skip
    return weekdays[day.weekday()] % {"count": number_format(count)}


@dataclass(frozen=True, slots=True)
class RateLine:
    """Of the last 24 hours. `percent` "–": too few of which the outcome is known."""

    name: str
    sent: str
    percent: str
    colour: str
    delay: str
    url: str
    settled_url: str


def account_rates(rates: dict[int, Rate], today: date) -> list[RateLine]:
    names = dict(Account.objects.values_list("pk", "name"))
    lines = [_line(names.get(pk, ""), rate, today, account__id__exact=pk) for pk, rate in rates.items()]
    return sorted(lines, key=lambda line: line.name)


def operator_rates(rates: dict[str, Rate], today: date) -> list[RateLine]:
    ordered = sorted(rates.items(), key=lambda each: (-each[1].sent, each[0]))
    return [_line(name or _("unknown operator"), rate, today, operator__exact=name) for name, rate in ordered]


def _line(name: str, rate: Rate, today: date, **filters: Any) -> RateLine:
    yesterday = today - timedelta(days=1)
    is_enough = rate.percent is not None and rate.settled >= FEWEST
    return RateLine(
        name=name,
        sent=number_format(rate.sent),
        percent=f"{rate.percent}%" if is_enough else "–",
        colour=_colour(rate.percent) if is_enough else "",
        delay=short_duration(rate.seconds),
        url=messages_url(GROUPS["sent"], first=yesterday, last=today, **filters),
        settled_url=messages_url(SETTLED, first=yesterday, last=today, **filters),
    )


def _colour(percent: int | None) -> str:
    if percent is None:
        return ""
    return "good" if percent >= GOOD else "warning" if percent >= FAIR else "bad"


def short_duration(seconds: float | None) -> str:
    """To the second, where it is less than a minute."""
    if seconds is None or seconds >= 60:
        return duration(seconds)
    whole = max(1, round(seconds))
    return ngettext("%(count)d second", "%(count)d seconds", whole) % {"count": whole}
