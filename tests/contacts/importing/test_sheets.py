"""Workbooks of several sheets: what an export writes over many is read back whole, and nothing else is taken for it."""

import re

import openpyxl
import pytest
import xlsxwriter

from contacts.importing.services import STEPS, create_import, start_reading
from contacts.models import Contact, ImportRow
from contacts.uploads.workbooks import xlsx_rows
from providers.spreadsheets import TextWorkbook
from tests.contacts.importing.conftest import totals

HEADER = ["Name", "Mobile number"]


def people(count):
    return [[f"Orang {index}", f"+62812{index:08d}"] for index in range(count)]


def write_over_sheets(path, rows, **limits):
    with path.open("wb") as file, TextWorkbook(file, "Contacts", **limits) as book:
        book.add_row(HEADER, is_header=True)
        for row in rows:
            book.add_row(row)
    return path


def write_sheets(path, **sheets):
    with xlsxwriter.Workbook(path) as book:
        for title, rows in sheets.items():
            sheet = book.add_worksheet(title)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


@pytest.mark.parametrize("limits", [{"most_rows": 11}, {"most_bytes": 2800}], ids=["rows", "bytes"])
def test_a_full_sheet_goes_on_in_the_next_below_the_same_headers(tmp_path, limits):
    book = openpyxl.load_workbook(write_over_sheets(tmp_path / "a.xlsx", people(25), **limits))
    assert book.sheetnames == ["Contacts", "Contacts (2)", "Contacts (3)"]
    sheets = [[list(row) for row in sheet.values] for sheet in book]
    assert {tuple(rows[0]) for rows in sheets} == {tuple(HEADER)}
    assert [row for rows in sheets for row in rows[1:]] == people(25)


def test_all_its_sheets_are_imported(tmp_path, import_file):
    path = write_over_sheets(tmp_path / "a.xlsx", people(25), most_rows=11)
    assert totals(import_file(path)) == (25, 0, 0, 0)
    assert totals(import_file(path)) == (0, 0, 25, 0)


@pytest.mark.parametrize("skip", [0, 1, 10, 11, 12, 21, 22, 23, 27, 28, 40])
def test_reading_goes_on_from_any_row_of_any_sheet(tmp_path, skip):
    with write_over_sheets(tmp_path / "a.xlsx", people(25), most_rows=11).open("rb") as file:
        rows = list(xlsx_rows(file))
        last = rows[skip - 1][0] if 0 < skip <= len(rows) else 0
        assert list(xlsx_rows(file, skip, last)) == rows[skip:]
    assert [cells for _number, cells in rows if cells][1:] == people(25)


def test_steps_across_sheets_take_each_row_once(tmp_path, db):
    path = write_over_sheets(tmp_path / "a.xlsx", people(6600), most_rows=2200)
    with path.open("rb") as file:
        made = create_import(file=file, name=path.name)
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    steps = 1
    while STEPS.read_step(import_id=made.pk, seconds=0):
        steps += 1
    made.refresh_from_db()
    assert (made.state, made.new, made.refused, steps) == ("ready", 6600, 0, 5)
    assert ImportRow.objects.values("number").distinct().count() == 6600


def test_a_sheet_of_something_else_is_not_read_and_said(tmp_path, db, operator):
    path = write_sheets(
        tmp_path / "a.xlsx",
        Kosong=[],
        Kontak=[HEADER, *people(2)],
        Harga=[["Produk", "Harga"], ["Sabun", "5000"]],
        Lebar=[["x"] * 300],
        Lagi=[[], HEADER, ["Ani", "081311112222"]],
    )
    with path.open("rb") as file:
        made = create_import(file=file, name=path.name)
    assert made.unread == ["Harga", "Lebar"]
    page = operator.get(f"/admin/contacts/import/{made.pk}/columns/").content.decode()
    assert "These sheets hold something else" in page
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    while STEPS.read_step(import_id=made.pk, seconds=0):
        pass
    made.refresh_from_db()
    assert (made.new, made.refused) == (3, 0)


def test_a_row_of_a_later_sheet_is_found_by_its_sheet_and_its_own_number(tmp_path, operator, import_file):
    """Blank rows above it count, as Excel counts them."""
    path = write_sheets(
        tmp_path / "a.xlsx",
        Jakarta=[HEADER, ["Ani", "081311112222"], ["Budi", "rumah"]],
        Bandung=[[], HEADER, [], ["Citra", "081311113333"], [], ["Ani Dua", "081311112222"], ["Dedi", "kantor"]],
    )
    with path.open("rb") as file:
        made = create_import(file=file, name=path.name)
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    while STEPS.read_step(import_id=made.pk, seconds=0):
        pass
    url = f"/admin/contacts/import/{made.pk}/"
    page = operator.get(f"{url}?show=refused").content.decode()
    assert re.findall(r'aria-label="Row ([^"]+)"', page) == ["3 of “Jakarta”", "6 of “Bandung”", "7 of “Bandung”"]
    assert "Row 2 of “Jakarta” has the same number, and says something else" in page
    assert 'aria-label="Row 4 of “Bandung”"' in operator.get(f"{url}?show=new").content.decode()
    rows = b"".join(operator.get(f"{url}rejected.csv")).decode("utf-8-sig").splitlines()
    assert rows[0] == "Name,Mobile number,Row,Why it was not imported"
    assert [row.split(",")[2] for row in rows[1:]] == ["3 of “Jakarta”", "6 of “Bandung”", "7 of “Bandung”"]
    told = import_file(path)["refused_rows"]
    assert [(row["row"], row["sheet"]) for row in told] == [(3, "Jakarta"), (6, "Bandung"), (7, "Bandung")]


def test_rows_of_a_single_sheet_are_only_numbered(tmp_path, import_file):
    path = write_sheets(tmp_path / "a.xlsx", Kosong=[], Kontak=[HEADER, ["Ani", "rumah"]])
    (told,) = import_file(path)["refused_rows"]
    assert told["row"] == 2
    assert "sheet" not in told


def test_the_first_sheet_may_be_empty(tmp_path, import_file):
    path = write_sheets(tmp_path / "a.xlsx", Kosong=[], Kontak=[HEADER, *people(2)])
    assert totals(import_file(path)) == (2, 0, 0, 0)
    assert Contact.objects.count() == 2
