"""How each field of a contact is read from its cells, as widgets of django-import-export."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from import_export import widgets

from contacts.importing import doctor, verdicts
from contacts.importing.dates import read_date
from contacts.importing.group_names import join_groups, split_groups
from contacts.importing.headers import ATTRIBUTE, ATTRIBUTES
from contacts.importing.reading import RowReading, clean_text
from contacts.merge_fields import LONGEST_VALUE, as_text
from contacts.models import Group
from contacts.uploads.cells import Formula
from providers.numbers import is_mobile

OTHER_MOBILE = "other_mobile"
GROUP_LENGTH = 100
_FORMULA_TEXT = re.compile(r'=\s*"([^"]*)"\s*')
_ZONES = {
    **dict.fromkeys(("wib", "asia/jakarta", "asia/pontianak", "utc+7", "gmt+7", "+07:00"), "WIB"),
    **dict.fromkeys(("wita", "asia/makassar", "utc+8", "gmt+8", "+08:00"), "WITA"),
    **dict.fromkeys(("wit", "asia/jayapura", "utc+9", "gmt+9", "+09:00"), "WIT"),
}


class CellWidget(widgets.Widget):
    """`take` notes what the cells of its `target` say; `clean` is how the library asks for one cell."""

    target = ""

    def take(self, reading: RowReading, cells: Sequence[str]) -> None:
        if texts := [text for cell in cells if (text := _plain(cell, self.target, reading))]:
            self.read(reading, texts)

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        """From texts that are not empty, and no formulas."""
        raise NotImplementedError

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        """The value, or None of an empty cell. Raises ValueError with what is wrong."""
        reading = RowReading()
        if value:
            self.take(reading, [value])
        if reasons := verdicts.tell_reasons([*reading.refusals, *reading.doubts]):
            raise ValueError(" ".join(reasons))
        return reading.values.get(self.target)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return str(value or "")


def _plain(cell: str, target: str, reading: RowReading) -> str:
    if isinstance(cell, Formula):
        if match := _FORMULA_TEXT.fullmatch(cell):
            return clean_text(match[1])
        reading.refusals.append([target, doctor.IS_FORMULA, ""])
        return ""
    if "\x00" in cell:
        reading.notes.append([target, verdicts.UNSTORABLE, ""])
    return clean_text(cell)


class NumberWidget(CellWidget):
    """The first mobile number of all cells; the others are kept as a merge field."""

    target = "mobile"

    def take(self, reading: RowReading, cells: Sequence[str]) -> None:
        found = [doctor.repair_number(cell) for cell in cells]
        numbers = list(dict.fromkeys(n for each in found if each.number for n in (each.number, *each.others)))
        if not numbers:
            reading.refusals.append(["mobile", found[0].reason, ""])
            return
        if len(numbers) > 1:
            numbers.sort(key=lambda number: not is_mobile(number))
        notes = dict.fromkeys(note for each in found for note in each.notes if note != doctor.SEVERAL)
        for note in notes:
            (reading.doubts if note == doctor.ROUNDED else reading.notes).append(["mobile", note, ""])
        self._keep(reading, *numbers)

    @staticmethod
    def _keep(reading: RowReading, number: str, *more: str) -> None:
        reading.values["mobile"] = number
        if others := ", ".join(more):
            reading.notes.append(["mobile", doctor.SEVERAL, others])
            reading.add_attributes({OTHER_MOBILE: others})
        if not is_mobile(number):
            reading.doubts.append(["mobile", verdicts.LANDLINE, ""])


class TextWidget(CellWidget):
    """Several columns of one field are joined by `joint`; what is longer than `limit` would be cut."""

    def __init__(self, target: str, *, limit: int, joint: str, is_one_line: bool = False) -> None:
        super().__init__()
        self.target, self._limit, self._joint, self._is_one_line = target, limit, joint, is_one_line

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        text = self._joint.join(texts)
        if self._is_one_line:
            text = " ".join(text.split())
        if len(text) > self._limit:
            text = text[: self._limit].rstrip()
            reading.doubts.append([self.target, verdicts.TOO_LONG, f"…{text[-40:]}"])
        if text:
            reading.values[self.target] = text


class GroupsWidget(CellWidget, widgets.ManyToManyWidget):
    """Names of groups in one cell; `is_known` tells one that exists, whose name may hold a comma."""

    target = "groups"
    is_known: Callable[[str], bool]

    def __init__(self) -> None:
        super().__init__(Group, field="name")
        self.is_known = lambda name: True

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        names = {name.casefold(): name for text in texts for name in split_groups(text, self.is_known)}
        if names:
            reading.values["groups"] = [name[:GROUP_LENGTH] for name in names.values()]
        for name in names.values():
            if len(name) > GROUP_LENGTH:
                reading.doubts.append(["groups", verdicts.TOO_LONG, f"{name[:40]}…"])

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        return Group.objects.filter(name__in=super().clean(value, row, **kwargs) or [])

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        # A contact that is not stored yet has none.
        return join_groups(group.name for group in value.all()) if value else ""


class DayWidget(CellWidget):
    target = "birth_date"

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        if (day := read_date(texts[0])) is not None:
            reading.values["birth_date"] = day.isoformat()
        else:
            reading.doubts.append(["birth_date", verdicts.BAD_DATE, texts[0][:40]])

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> date | None:
        day = super().clean(value, row, **kwargs)
        return date.fromisoformat(day) if day else None

    def render(self, value: date | None, obj: Any = None, **kwargs: Any) -> str:
        return value.isoformat() if value else ""


class ZoneWidget(CellWidget):
    target = "time_zone"

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        if zone := _ZONES.get(texts[0].casefold()):
            reading.values["time_zone"] = zone
        else:
            reading.doubts.append(["time_zone", verdicts.BAD_ZONE, texts[0][:40]])


class MergeFieldWidget(CellWidget):
    """A column that holds one merge field."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.target, self._key = f"{ATTRIBUTE}{key}", key

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        text = " ".join(texts)
        if len(text) > LONGEST_VALUE:
            text = text[:LONGEST_VALUE].rstrip()
            reading.doubts.append([self.target, verdicts.TOO_LONG, f"…{text[-40:]}"])
        reading.add_attributes({self._key: text})


class MergeFieldsWidget(CellWidget):
    """A column that holds all merge fields, as an export of very many of them writes it."""

    target = ATTRIBUTES

    def read(self, reading: RowReading, texts: Sequence[str]) -> None:
        try:
            found = json.loads(texts[0])
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            reading.add_attributes({str(key): as_text(value) for key, value in found.items()})
        else:
            reading.doubts.append([ATTRIBUTES, verdicts.BAD_ATTRIBUTES, ""])
