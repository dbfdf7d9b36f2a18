"""Writes rows in bulk: `COPY` on PostgreSQL, ten times as fast as `INSERT`, elsewhere `bulk_create`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Field, JSONField, Model
from psycopg.types.json import Jsonb

from smsops.messaging.models import Message

T = TypeVar("T")
CHUNK = 2000
MANY = 5000


def in_chunks(items: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk


def insert_messages(common: Mapping[str, Any], names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert one message a row: raises IntegrityError where a number is already in the campaign. As `insert_rows`."""
    insert_rows(Message, common, names, rows)


def insert_rows(
    model: type[Model], common: Mapping[str, Any], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Insert many: `names` are the columns that a row brings, `common` those that all share.

    Call it inside a transaction. At most `CHUNK` rows are in memory at a time.
    """
    write = _copy_rows if connection.vendor == "postgresql" else _create_rows
    for chunk in in_chunks(rows):
        write(model, common, names, chunk)


def _create_rows(
    model: type[Model], common: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    made = [model(**common, **dict(zip(names, row, strict=True))) for row in rows]
    model._default_manager.bulk_create(made)


def _copy_rows(
    model: type[Model], common: Mapping[str, Any], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    shared: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(getattr(template, field.attname), connection)
        for template in [model(**common)]
        for field in _written_fields(model)
        if field.attname not in names
    }
    columns = ", ".join(map(connection.ops.quote_name, (*names, *shared)))
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
    values = tuple(shared.values())
    json_places = [place for place, name in enumerate(names) if isinstance(model._meta.get_field(name), JSONField)]
    # `copy` is the driver's own: without the wrapper its errors would not be Django's.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row((*(_as_json(row, json_places) if json_places else row), *values))


def refresh_statistics(model: type[Model]) -> None:
    """After many rows, so that the next question is not planned for the few that were there before."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _as_json(row: Sequence[Any], places: Sequence[int]) -> list[Any]:
    made = list(row)
    for place in places:
        made[place] = None if made[place] is None else Jsonb(made[place])
    return made


def _written_fields(model: type[Model]) -> list[Field[Any, Any]]:
    """All but those that the database fills."""
    return [field for field in model._meta.concrete_fields if not field.primary_key and not field.has_db_default()]
