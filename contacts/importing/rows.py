"""From the cells of a row to values of ours, with a note for each cell that is not simply taken (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from contacts.importing import doctor, verdicts
from contacts.importing.dates import read_date
from contacts.importing.group_names import split_groups
from contacts.importing.headers import ATTRIBUTE
from contacts.merge_fields import LONGEST_VALUE, as_text
from contacts.uploads.cells import Formula
from providers.cleaning import clip
from providers.numbers import is_mobile

OTHER_MOBILE = "other_mobile"
LIMITS = {"name": 200, "address": 10_000, "description": 10_000}
JOINTS = {"name": " ", "address": ", ", "description": "\n"}
GROUP_LENGTH, KEY_LENGTH = 100, 100
_FORMULA_TEXT = re.compile(r'=\s*"([^"]*)"\s*')
_ZONES = {
    **dict.fromkeys(("wib", "asia/jakarta", "asia/pontianak", "utc+7", "gmt+7", "+07:00"), "WIB"),
    **dict.fromkeys(("wita", "asia/makassar", "utc+8", "gmt+8", "+08:00"), "WITA"),
    **dict.fromkeys(("wit", "asia/jayapura", "utc+9", "gmt+9", "+09:00"), "WIT"),
}
Values = dict[str, Any]


@dataclass(slots=True)
class RowReading:
    """`values` holds only what the row says: an empty cell clears nothing. `notes` explain, `doubts` would leave
    something out, `refusals` keep the row from being stored; each is [field, code, what]."""

    values: Values = field(default_factory=dict)
    notes: list[list[str]] = field(default_factory=list)
    doubts: list[list[str]] = field(default_factory=list)
    refusals: list[list[str]] = field(default_factory=list)


class RowReader:
    """Reads the rows of one file: `mapping` is the target of each column, `is_known` tells a group that exists."""

    def __init__(self, mapping: Sequence[str], is_known: Callable[[str], bool]) -> None:
        self._columns: dict[str, list[int]] = {}
        self._is_known = is_known
        for place, target in enumerate(mapping):
            if target:
                self._columns.setdefault(target, []).append(place)

    def read(self, cells: Sequence[str]) -> RowReading:
        reading = RowReading()
        for target, places in self._columns.items():
            parts = [cells[place] for place in places if place < len(cells) and cells[place].strip()]
            self._read_target(reading, target, parts)
        if "mobile" not in reading.values and not reading.refusals:
            reading.refusals.append(["mobile", doctor.NO_NUMBER, ""])
        return reading

    def _read_target(self, reading: RowReading, target: str, parts: list[str]) -> None:
        if not parts:
            return
        if target == "mobile":
            _read_number(reading, parts)
        elif texts := [text for part in parts if (text := _plain(part, target, reading))]:
            self._reader_of(target)(reading, texts)

    def _reader_of(self, target: str) -> Callable[[RowReading, list[str]], None]:
        if target.startswith(ATTRIBUTE):
            return partial(_read_attribute, target.removeprefix(ATTRIBUTE))
        readers: dict[str, Callable[[RowReading, list[str]], None]] = {
            "groups": self._read_groups,
            "birth_date": _read_birth_date,
            "time_zone": _read_zone,
            "attributes": _read_attributes,
        }
        return readers.get(target) or partial(_read_text, target)

    def _read_groups(self, reading: RowReading, texts: list[str]) -> None:
        names = {name.casefold(): name for text in texts for name in split_groups(text, self._is_known)}
        if names:
            reading.values["groups"] = [name[:GROUP_LENGTH] for name in names.values()]
        for name in names.values():
            if len(name) > GROUP_LENGTH:
                reading.doubts.append(["groups", verdicts.TOO_LONG, f"{name[:40]}…"])


def clean_text(text: str) -> str:
    """As texts are kept and compared: one kind of line end, no space around, nothing that no database stores."""
    return clip(text.replace("\r\n", "\n").replace("\r", "\n"), len(text)).strip()


def _plain(part: str, target: str, reading: RowReading) -> str:
    if isinstance(part, Formula):
        if match := _FORMULA_TEXT.fullmatch(part):
            return clean_text(match[1])
        reading.refusals.append([target, doctor.IS_FORMULA, ""])
        return ""
    text = clean_text(part)
    if "\x00" in part:
        reading.notes.append([target, verdicts.UNSTORABLE, ""])
    return text


def _read_number(reading: RowReading, parts: list[str]) -> None:
    """The first mobile number of all cells; the others are kept as a merge field."""
    found = [doctor.repair_number(part) for part in parts]
    numbers = list(dict.fromkeys(n for each in found if each.number for n in (each.number, *each.others)))
    if not numbers:
        reading.refusals.append(["mobile", found[0].reason, ""])
        return
    if len(numbers) > 1:
        numbers.sort(key=lambda number: not is_mobile(number))
    reading.values["mobile"] = numbers[0]
    notes = dict.fromkeys(note for each in found for note in each.notes if note != doctor.SEVERAL)
    for note in notes:
        (reading.doubts if note == doctor.ROUNDED else reading.notes).append(["mobile", note, ""])
    if others := ", ".join(numbers[1:]):
        reading.notes.append(["mobile", doctor.SEVERAL, others])
        _add_attributes(reading, {OTHER_MOBILE: others})
    if not is_mobile(numbers[0]):
        reading.doubts.append(["mobile", verdicts.LANDLINE, ""])


def _read_text(target: str, reading: RowReading, texts: Iterable[str]) -> None:
    text = JOINTS[target].join(texts)
    if target == "name":
        text = " ".join(text.split())
    limit = LIMITS[target]
    if len(text) > limit:
        text = text[:limit].rstrip()
        reading.doubts.append([target, verdicts.TOO_LONG, f"…{text[-40:]}"])
    if text:
        reading.values[target] = text


def _read_birth_date(reading: RowReading, texts: list[str]) -> None:
    for text in texts[:1]:
        if (day := read_date(text)) is not None:
            reading.values["birth_date"] = day.isoformat()
        else:
            reading.doubts.append(["birth_date", verdicts.BAD_DATE, text[:40]])


def _read_zone(reading: RowReading, texts: list[str]) -> None:
    for text in texts[:1]:
        if zone := _ZONES.get(text.casefold()):
            reading.values["time_zone"] = zone
        else:
            reading.doubts.append(["time_zone", verdicts.BAD_ZONE, text[:40]])


def _read_attribute(key: str, reading: RowReading, texts: list[str]) -> None:
    text = " ".join(texts)
    if len(text) > LONGEST_VALUE:
        text = text[:LONGEST_VALUE].rstrip()
        reading.doubts.append([f"{ATTRIBUTE}{key}", verdicts.TOO_LONG, f"…{text[-40:]}"])
    _add_attributes(reading, {key: text})


def _read_attributes(reading: RowReading, texts: list[str]) -> None:
    """A column that holds all merge fields, as an export of very many of them writes it."""
    for text in texts[:1]:
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            _add_attributes(reading, {str(key): as_text(value) for key, value in found.items()})
        else:
            reading.doubts.append(["attributes", verdicts.BAD_ATTRIBUTES, ""])


def _add_attributes(reading: RowReading, found: dict[str, str]) -> None:
    kept = {clip(key, KEY_LENGTH): clean_text(value) for key, value in found.items() if key and value}
    reading.values.setdefault("attributes", {}).update(kept)
