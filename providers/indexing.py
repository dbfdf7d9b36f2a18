"""An index for moments in tables of millions of rows that are written all the time."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.indexes import BrinIndex, OpClass
from django.db.models import F, Index, Model
from django.db.models.expressions import OrderBy
from django.db.models.functions import Collate
from django.db.models.indexes import IndexExpression

PAGES = 32
# Where an operator class stands in the statement; Django says it to those alone who install all it has for PostgreSQL.
IndexExpression.register_wrappers(OrderBy, OpClass, Collate)


class MomentIndex(Index):
    """Which pages hold which moments: a few kilobytes, and next to nothing to keep, where the database can do that.

    Rows that were updated lie far from their like; so each part of the table knows several spans, not only one.
    Elsewhere it is a plain index.
    """

    def create_sql(self, model: type[Model], schema_editor: Any, using: str = "", **options: Any) -> Any:
        if schema_editor.connection.vendor != "postgresql":
            return super().create_sql(model, schema_editor, using, **options)
        given = self.expressions or tuple(F(name) for name in self.fields)
        spans = [OpClass(each, name="timestamptz_minmax_multi_ops") for each in given]
        index = BrinIndex(*spans, name=self.name, autosummarize=True, pages_per_range=PAGES)
        return index.create_sql(model, schema_editor, **options)
