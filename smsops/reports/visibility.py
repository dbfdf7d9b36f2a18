"""Which transactions may still bring rows with ids smaller than the newest that can be seen."""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection


class Underway(NamedTuple):
    """Those from `xmin` until before `xmax` may still be under way. Where there is one writer at a time, both are 0."""

    xmin: int
    xmax: int


def transactions_under_way() -> Underway:
    """To be asked after the newest id was read.

    `xmax` is a number of our own, which is above all that were given out before. The one of the snapshot is not: it is
    above those that have ended, and one that began since may already have taken an id.
    """
    if connection.vendor != "postgresql":
        return Underway(0, 0)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, pg_current_xact_id()::text::bigint"
        )
        return Underway(*cursor.fetchone())
