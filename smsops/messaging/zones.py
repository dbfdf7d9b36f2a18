"""The country's three time zones by the names people use, and the installation's own."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

ZONES = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


def own_zone() -> str:
    """The zone that people here live in: one of the three, else the name in the settings."""
    name = timezone.get_current_timezone_name()
    return next((short for short, full in ZONES.items() if full == name), name)


def zone_choices() -> list[tuple[str, str]]:
    """The installation's own zone first."""
    return [(name, name) for name in dict.fromkeys([own_zone(), *ZONES])]


def in_zone(naive: datetime, zone: str) -> datetime:
    return naive.replace(tzinfo=ZoneInfo(ZONES.get(zone, zone)))
