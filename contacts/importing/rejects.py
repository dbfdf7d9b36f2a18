"""The rows that were not taken, to be mended and imported again, each with its row in the file and the reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from contacts.file_models import open_temporary
from contacts.importing.group_names import join_groups
from contacts.importing.headers import ATTRIBUTE
from contacts.importing.models import ContactImport
from contacts.importing.verdicts import Verdict, field_labels, tell_reasons
from contacts.uploads.sheets import row_name
from providers.spreadsheets import UTF8_BOM, TextWorkbook, csv_lines

BLOCK = 1 << 16
REJECTED = (Verdict.REFUSED, Verdict.DOUBTFUL)


def rejected_rows(contact_import: ContactImport) -> Iterator[list[str]]:
    """Headers first. Columns without a header get the name of what they are taken for, so that import knows them; what
    stands in a file that was rejected before about its rows and reasons is left out."""
    labels, sheets, told = field_labels(), contact_import.sheets, [_("Row"), _("Why it was not imported")]
    columns = list(zip(contact_import.shown_headers, contact_import.mapping, strict=True))
    kept = [place for place, (header, target) in enumerate(columns) if target or header not in told]
    yield [*(columns[place][0] or labels.get(columns[place][1], columns[place][1]) for place in kept), *told]
    rows = contact_import.rows.filter(verdict__in=REJECTED, is_accepted=False).order_by("number")
    for row in rows.iterator(chunk_size=1000):
        cells = row.cells or _cells_of(row.values, contact_import.mapping)
        shown = [cells[place] if place < len(cells) else "" for place in kept]
        yield [*shown, row_name(row.number, sheets), " ".join(tell_reasons(row.notes, sheets))]


def _cells_of(values: dict[str, Any], mapping: Sequence[str]) -> list[str]:
    """What we understood of a row that was refused only while it was applied; several columns of a kind are one."""
    texts = {field: join_groups(value) if field == "groups" else value for field, value in values.items()}
    texts |= {f"{ATTRIBUTE}{key}": text for key, text in values.get("attributes", {}).items()}
    return [str(texts.pop(target, "")) for target in mapping]


def rejected_csv(contact_import: ContactImport, language: str) -> Iterator[bytes]:
    with override(language):
        yield UTF8_BOM
        yield from csv_lines(rejected_rows(contact_import))


def rejected_xlsx(contact_import: ContactImport, language: str) -> Iterator[bytes]:
    with override(language), open_temporary() as file:
        with TextWorkbook(file, _("Not imported")) as book:
            for place, row in enumerate(rejected_rows(contact_import)):
                book.add_row(row, is_header=not place)
        file.seek(0)
        yield from iter(lambda: file.read(BLOCK), b"")
