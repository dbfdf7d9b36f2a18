"""What contacts are found by, as the database computes it: the same expression in an index and in a question."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func, QuerySet, SmallIntegerField

# Above every character: whatever begins with a text lies between the text and the text with this behind it.
HIGHEST = "\U0010ffff"


class NameKey(Func):
    """A name regardless of case, in the order of its characters, so that one index serves beginnings and equals."""

    function = "LOWER"
    output_field = CharField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, template='(LOWER(%(expressions)s) COLLATE "C")', **extra)


class BirthMonth(Func):
    """1 to 12."""

    output_field = SmallIntegerField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        template = "CAST(STRFTIME('%%%%m', %(expressions)s) AS INTEGER)"
        return super().as_sql(compiler, connection, template=template, **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = "(EXTRACT(MONTH FROM %(expressions)s)::smallint)"
        return super().as_sql(compiler, connection, template=template, **extra)


class LastDigits(Func):
    """The last six characters of a number, backwards: whoever knows how a number ends finds it by its beginning."""

    output_field = CharField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        template = "||".join(f"SUBSTR(%(expressions)s, {-place}, 1)" for place in range(1, 7))
        return super().as_sql(compiler, connection, template=f"({template})", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = '(REVERSE(RIGHT(%(expressions)s, 6)) COLLATE "C")'
        return super().as_sql(compiler, connection, template=template, **extra)


def ending_with(rows: QuerySet[Any], column: str, digits: str) -> QuerySet[Any]:
    """Rows whose number ends with these digits, six at most, in the order of their index."""
    start = digits[-6:][::-1]
    # Above every digit, and so the end of all that begins with these.
    found = rows.annotate(last=LastDigits(column)).filter(last__gte=start, last__lt=f"{start}:")
    return found.order_by("last", column)
