"""Names of groups in one cell (pure): `Teman; "Kantor; pusat"`. What `join_groups` writes, `split_groups` reads."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

_SEPARATORS = re.compile(r"[;|\n\r]|:::")
_NEEDS_QUOTES = re.compile(r"[;|\n\r,\"]|:::")
# Google's own groups, which every contact is in.
_NO_GROUPS = {"* mycontacts", "* starred", "mycontacts"}


def join_groups(names: Iterable[str]) -> str:
    return "; ".join(_quoted(name) for name in names)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if _NEEDS_QUOTES.search(name) else name


def split_groups(cell: str, is_known: Callable[[str], bool]) -> list[str]:
    """The names, each with its spaces made single. A comma separates, but not within a name that is known."""
    names = [name for part in _parts(cell) for name in _split_commas(part, is_known)]
    return [name for name in names if name and name.casefold() not in _NO_GROUPS]


def _parts(cell: str) -> list[tuple[str, bool]]:
    """(name, whether it stood in quotes)"""
    if '"' not in cell:
        return [(_single_spaced(part), False) for part in _SEPARATORS.split(cell)]
    try:
        rows = list(csv.reader([cell], delimiter=";", skipinitialspace=True))
    except csv.Error:
        return [(_single_spaced(part), False) for part in _SEPARATORS.split(cell.replace('"', ""))]
    return [(_single_spaced(part), True) for row in rows for part in row]


@lru_cache(maxsize=1 << 12)
def group_key(name: str) -> str:
    """By which names are the same group."""
    return _single_spaced(name).casefold()


def _split_commas(part: tuple[str, bool], is_known: Callable[[str], bool]) -> list[str]:
    name, is_quoted = part
    if "," not in name or is_quoted or is_known(name):
        return [name]
    return [_single_spaced(piece) for piece in name.split(",")]


def _single_spaced(text: str) -> str:
    return " ".join(text.split())
