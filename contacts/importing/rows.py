"""From the cells of a row to values of ours, with a note for each cell that is not simply taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contacts.importing import doctor
from contacts.importing.reading import RowReading
from contacts.importing.widgets import CellWidget
from contacts.resources import ContactResource


class RowReader:
    """Reads the rows of one file: `mapping` is the target of each column, `is_known` tells a group that exists."""

    def __init__(self, mapping: Sequence[str], is_known: Callable[[str], bool]) -> None:
        resource = ContactResource(is_known)
        places: dict[str, list[int]] = {}
        for place, target in enumerate(mapping):
            if target:
                places.setdefault(target, []).append(place)
        self._columns: list[tuple[CellWidget, list[int]]] = [
            (resource.widget_of(target), columns) for target, columns in places.items()
        ]

    def read(self, cells: Sequence[str]) -> RowReading:
        reading = RowReading()
        for widget, places in self._columns:
            if filled := [cells[place] for place in places if place < len(cells) and cells[place].strip()]:
                widget.take(reading, filled)
        if "mobile" not in reading.values and not reading.refusals:
            reading.refusals.append(["mobile", doctor.NO_NUMBER, ""])
        return reading
