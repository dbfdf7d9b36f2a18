"""What contacts are found by, as the database computes it: the same expression in an index and in a question."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, Func, QuerySet, SmallIntegerField, Value
from django.db.models.lookups import Exact, In

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


class Backwards(Func):
    """A number of up to twenty characters from its end to its beginning: one index of it finds a number by all of its
    digits or by its last ones."""

    output_field = CharField()

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        template = "||".join(f"SUBSTR(%(expressions)s, {-place}, 1)" for place in range(1, 21))
        return super().as_sql(compiler, connection, template=f"({template})", **extra)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return super().as_sql(compiler, connection, template='(REVERSE(%(expressions)s) COLLATE "C")', **extra)


class NumberField(CharField):
    """A number in a table of millions, whose only index is that of `Backwards`: equality asks it."""


@NumberField.register_lookup
class ExactBackwards(Exact):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        number = Value(self.rhs[::-1]) if self.rhs_is_direct_value() else Backwards(self.rhs)
        return compiler.compile(Exact(Backwards(self.lhs), number))


@NumberField.register_lookup
class InBackwards(In):
    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self.rhs_is_direct_value():
            return super().as_sql(compiler, connection)
        return compiler.compile(In(Backwards(self.lhs), [number[::-1] for number in self.rhs]))


def ending_with(rows: QuerySet[Any], column: str, digits: str, key: type[Func] = LastDigits) -> QuerySet[Any]:
    """Rows whose number ends with these digits, six at most, in the order of the index of `key`."""
    start = digits[-6:][::-1]
    # Above every digit, and so the end of all that begins with these.
    found = rows.annotate(last=key(column)).filter(last__gte=start, last__lt=f"{start}:")
    return found.order_by("last", column) if key is LastDigits else found.order_by("last")
