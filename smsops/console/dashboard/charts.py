"""The two charts: what Chart.js draws, and the same as a table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from smsops.console.dashboard.figures import messages_url
from smsops.reports.figures import GROUPS, Counts, Today

# Readable on light and on dark; in the table the words tell them apart.
COLOURS = {"delivered": "#16a34a", "open": "#94a3b8", "failed": "#dc2626", "uncertain": "#d97706", "usual": "#0e94ad"}
TICK = "#8a94a6"
LINE = {
    "type": "line", "stack": "usual", "borderColor": COLOURS["usual"], "backgroundColor": COLOURS["usual"],
    "borderWidth": 2, "pointRadius": 0, "tension": 0.3,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """`data` and `options` are JSON for Chart.js; `rows` the table: the first cell heads its row."""

    name: str
    title: str
    data: str
    options: str
    headers: list[str]
    rows: list[list[Cell]]


def _labels() -> dict[str, str]:
    return {
        "delivered": _("Delivered"),
        "open": _("Sent, no report yet"),
        "failed": _("Not delivered or failed"),
        "uncertain": _("Uncertain"),
    }


def hours_chart(today: Today) -> Chart:
    """Today, hour by hour, with what is usual as a line."""
    labels = _labels()
    names = [f"{hour.hour:%H:%M}" for hour in today.hours]
    sets = _bars([hour.counts for hour in today.hours], labels)
    if any(hour.usual is not None for hour in today.hours):
        usual = [hour.usual for hour in today.hours]
        line = {"type": "line", "borderColor": COLOURS["usual"], "backgroundColor": COLOURS["usual"], "pointRadius": 0}
        sets.append(
            {"label": _("Usually sent"), "data": usual, "stack": "usual", "borderWidth": 2, "tension": 0.3} | line
        )
    return Chart(
        "hours",
        _("Today, hour by hour"),
        json.dumps({"labels": names, "datasets": sets}),
        _options(),
        [_("Hour"), *labels.values(), _("Usually sent")],
        [
            [Cell(name), *(Cell(number_format(hour.counts[key])) for key in labels), Cell(_number(hour.usual))]
            for name, hour in zip(names, today.hours, strict=True)
            if any(hour.counts.values()) or hour.usual
        ],
    )


def fortnight_chart(days: list[tuple[date, Counts]]) -> Chart:
    labels = _labels()
    names = [date_format(day, "D j M") for day, _counts in days]
    return Chart(
        "days",
        _("The last 14 days"),
        json.dumps({"labels": names, "datasets": _bars([counts for _day, counts in days], labels)}),
        _options(),
        [_("Day"), *labels.values()],
        [
            [Cell(name), *(Cell(number_format(counts[key]), _url(key, day)) for key in labels)]
            for name, (day, counts) in zip(names, days, strict=True)
        ],
    )


def _url(name: str, day: date) -> str:
    return reverse("console:incidents") if name == "uncertain" else messages_url(GROUPS[name], first=day)


def _bars(counts: list[Counts], labels: dict[str, str]) -> list[dict[str, Any]]:
    return [
        {"label": label, "data": [each[name] for each in counts], "backgroundColor": COLOURS[name], "stack": "all",
         "maxBarThickness": 28}
        for name, label in labels.items()
    ]  # fmt: skip


def _options() -> str:
    legend = {"position": "bottom", "labels": {"boxWidth": 10, "boxHeight": 10, "color": TICK}}
    x = {"stacked": True, "grid": {"display": False}, "ticks": {"color": TICK, "maxRotation": 0, "autoSkipPadding": 8}}
    y = {"stacked": True, "beginAtZero": True, "ticks": {"color": TICK, "precision": 0, "maxTicksLimit": 5}, "grid": {}}
    return json.dumps(
        {
            "locale": get_language(),
            "animation": False,
            "responsive": True,
            "maintainAspectRatio": False,
            "interaction": {"mode": "index", "intersect": False},
            "plugins": {"legend": legend},
            "scales": {"x": x, "y": y},
        }
    )


def _number(count: int | None) -> str:
    return "–" if count is None else number_format(count)
