"""Writes many rows at once, and finds many: `COPY` and arrays on PostgreSQL, several times as fast as `INSERT` and
`IN`, elsewhere `bulk_create` and `IN`."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.expressions import RawSQL

CHUNK = 2000
_JSON = json.JSONEncoder(ensure_ascii=False)


def insert_rows(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert one row of `model` for each of `rows`: `names` are its columns (attnames), all but those that the database
    fills. Call it inside a transaction; raises IntegrityError where a constraint is broken."""
    if not rows:
        return
    if connection.vendor == "postgresql":
        _copy(model, names, rows)
    else:
        made = [model(**dict(zip(names, row, strict=True))) for row in rows]
        model._default_manager.bulk_create(made, batch_size=CHUNK)


def among(rows: models.QuerySet[Any], column: str, texts: Collection[str]) -> models.QuerySet[Any]:
    """Those rows whose `column` is one of these texts; Django prepares each member of an `IN` by itself."""
    if connection.vendor == "postgresql":
        return rows.filter(**{f"{column}__in": RawSQL("SELECT unnest(%s::text[])", [list(texts)])})
    return rows.filter(**{f"{column}__in": texts})


def _copy(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    quote = connection.ops.quote_name
    known = {field.attname: field for field in model._meta.concrete_fields}
    fields = [known[name] for name in names]
    columns = ", ".join(quote(str(field.column)) for field in fields)
    writers = [_writer(field) for field in fields]
    statement = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    # `copy` is the driver's own: without the wrapper its errors would not be Django's.
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([write(value) for write, value in zip(writers, row, strict=True)])


def _writer(field: Any) -> Callable[[Any], Any]:
    if isinstance(field, models.JSONField):
        return _JSON.encode
    return lambda value: value
