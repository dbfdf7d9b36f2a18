"""What the page before a deletion lists: rows that mean something to a person, not the links between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.apps import apps
from django.utils.text import capfirst


def without_links(rows: Iterable[Any]) -> list[Any]:
    """Django's nested list of what is deleted, without the rows that join two tables."""
    kept = [without_links(row) if isinstance(row, list) else row for row in rows]
    heads = tuple(f"{capfirst(name)}: " for name, _plural in _link_names())
    return [row for row in kept if row != [] and not str(row).startswith(heads)]


def without_link_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Plural name → number, without the same."""
    names = {plural for _name, plural in _link_names()}
    return {name: number for name, number in counts.items() if name not in names}


def _link_names() -> list[tuple[str, str]]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.auto_created]
    return [(str(model._meta.verbose_name), str(model._meta.verbose_name_plural)) for model in models]
