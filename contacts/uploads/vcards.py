"""Cards of a vCard file (2.1, 3, 4) as rows with the headers of a list. Memory holds one card at a time."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any

import vobject
from django.utils.translation import gettext_noop as _

from contacts.uploads.cells import Row
from contacts.uploads.refusal import CELL_CHARACTERS, FileRefused
from contacts.uploads.text_readers import too_long

# The headers under which the mapping knows the columns.
HEADERS = ["name", "mobile", "groups", "address", "birth_date", "description"]
LONGEST_CARD = 4 << 20
LONGEST_LINE = 1 << 20
_BEGIN = re.compile(r"\s*BEGIN:VCARD\s*", re.IGNORECASE)
_END = re.compile(r"\s*END:VCARD\s*", re.IGNORECASE)
# Pictures and keys are of no use here, and long.
_DROPPED = re.compile(r"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|AGENT)[;:]", re.IGNORECASE)
# The library would write what it cannot read into our logs: names and numbers of people.
logging.getLogger("vobject.base").setLevel(logging.CRITICAL)
_CELL_TYPES = {"CELL", "MOBILE", "PREF"}


def vcard_rows(file: IO[bytes], encoding: str) -> Iterator[Row]:
    """Our headers, then (number of the card, cells). A card that cannot be read is a row whose number says so. Raises
    FileRefused."""
    yield 0, list(HEADERS)
    for number, card in enumerate(_cards(file, encoding), start=1):
        cells = _read_card(card)
        if any(len(cell) > CELL_CHARACTERS for cell in cells):
            raise too_long(number)
        yield number, cells


def _cards(file: IO[bytes], encoding: str) -> Iterator[str]:
    card: list[str] = []
    size = 0
    is_dropped = False
    for line in _lines(file, encoding):
        if _BEGIN.fullmatch(line):
            card, size = [], 0
        is_folded = line[:1] in (" ", "\t")
        is_dropped = is_dropped if is_folded else bool(_DROPPED.match(line))
        if is_dropped:
            continue
        card.append(line)
        size += len(line)
        if size > LONGEST_CARD:
            raise FileRefused(_("A card in this file is too large to be one contact."))
        if _END.fullmatch(line):
            yield "".join(card)
            card, size = [], 0
    if "".join(card).strip():
        raise FileRefused(_("The last card of the file is cut off. Export the contacts anew."))


def _lines(file: IO[bytes], encoding: str) -> Iterator[str]:
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding)
    try:
        while line := text.readline(LONGEST_LINE):
            if len(line) >= LONGEST_LINE:
                raise FileRefused(_("A card in this file is too large to be one contact."))
            yield line.lstrip("\ufeff")
    finally:
        with suppress(ValueError):
            text.detach()


def _read_card(card: str) -> list[str]:
    """What cannot be read at all is shown as it stands in the column of the number, and so refused."""
    unread = ["", card[:CELL_CHARACTERS], "", "", "", ""]
    try:
        contents = vobject.readOne(card, ignoreUnreadable=True).contents
        cells = [
            _name(contents),
            " ::: ".join(_numbers(contents)),
            " ::: ".join(_groups(contents)),
            "\n".join(filter(None, (_address(each.value) for each in contents.get("adr", [])[:1]))),
            _first(contents, "bday"),
            "\n".join(_text(each.value) for each in contents.get("note", [])),
        ]
    except Exception:
        # Whatever the library raises at a broken card.
        return unread
    return cells if any(cells) else unread


def _first(contents: dict[str, list[Any]], name: str) -> str:
    return next((_text(each.value) for each in contents.get(name, [])), "")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(_text(each) for each in value if each)
    return str(value).strip()


def _name(contents: dict[str, list[Any]]) -> str:
    if full := _first(contents, "fn"):
        return full
    parts = contents["n"][0].value if contents.get("n") else None
    names = [parts.prefix, parts.given, parts.additional, parts.family, parts.suffix] if parts else []
    return " ".join(filter(None, map(_text, names))) or _first(contents, "org")


def _numbers(contents: dict[str, list[Any]]) -> list[str]:
    """Those called mobile first."""
    found = [(_is_mobile(each), _text(each.value).removeprefix("tel:")) for each in contents.get("tel", [])]
    return [text for _is_cell, text in sorted(found, key=lambda pair: not pair[0]) if text]


def _is_mobile(line: Any) -> bool:
    named = [*line.params.get("TYPE", []), *getattr(line, "singletonparams", [])]
    return bool({str(word).upper() for word in named} & _CELL_TYPES)


def _groups(contents: dict[str, list[Any]]) -> list[str]:
    return [_text(name) for each in contents.get("categories", []) for name in _listed(each.value)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _address(value: Any) -> str:
    parts = [value.box, value.extended, value.street, value.city, value.region, value.code, value.country]
    return ", ".join(filter(None, map(_text, parts)))
