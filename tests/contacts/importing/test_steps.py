"""Long files are read in steps; each begins where the one before ended, in every kind of file."""

import pytest

from contacts.importing.services import STEPS, create_import, start_applying, start_reading
from contacts.importing.tasks import run_import, wake_imports
from contacts.models import Contact, ContactImport, ImportRow
from contacts.uploads.readers import read_rows
from contacts.uploads.workbooks import xlsx_rows

ROWS = 2300


def begin(path):
    with path.open("rb") as file:
        made = create_import(file=file, name=path.name)
    start_reading(contact_import=made, mapping=made.mapping, has_header=made.has_header, create_groups=False)
    return made


def people(count):
    return [["name", "mobile"], *([f"Nama {n}", f"0812{n:08d}"] for n in range(count))]


def cards(count):
    return "".join(f"BEGIN:VCARD\nFN:Nama {n}\nTEL:0812{n:08d}\nEND:VCARD\n" for n in range(count))


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.vcf"])
def test_steps_read_each_row_once_and_know_its_number(db, write, name):
    made = begin(write(name, cards(ROWS) if name == "a.vcf" else people(ROWS)))
    while STEPS.read_step(import_id=made.pk, seconds=0):
        pass
    made.refresh_from_db()
    assert (made.state, made.new) == ("ready", ROWS)
    numbers = list(ImportRow.objects.order_by("number").values_list("number", flat=True))
    first = 1 if name.endswith(".vcf") else 2
    assert numbers == list(range(first, ROWS + first))
    assert ImportRow.objects.get(number=1500 + first).values["name"] == "Nama 1500"


def test_rows_that_a_workbook_leaves_out_keep_their_place_in_the_numbers(write):
    path = write("a.xlsx", [[], ["name", "mobile"], [], ["Budi", "0812"], [], [], ["Siti", "0813"]])
    with path.open("rb") as file:
        rows = list(xlsx_rows(file))
        assert [number for number, cells in rows if any(cells)] == [2, 4, 7]
        later = list(read_rows(file, "xlsx", "", skip=1, last=rows[0][0]))
    assert later == rows[1:]


def test_the_task_reads_and_then_applies(db, write):
    made = begin(write("a.csv", people(30)))
    run_import(made.pk)
    assert ContactImport.objects.get().state == "ready"
    start_applying(contact_import=made, accept_doubtful=False)
    run_import(made.pk)
    run_import(made.pk)
    assert (ContactImport.objects.get().state, Contact.objects.count()) == ("done", 30)


def test_a_file_may_come_with_its_numbers_in_any_order_of_columns(db, write):
    made = begin(write("a.csv", "HP,Nama\n081234567890,Budi\n"))
    STEPS.read_step(import_id=made.pk, seconds=1)
    assert ImportRow.objects.get().values == {"mobile": "+6281234567890", "name": "Budi"}


def test_waking_leaves_imports_at_rest_alone(db, write):
    made = begin(write("a.csv", people(3)))
    STEPS.read_step(import_id=made.pk, seconds=1)
    wake_imports()
    assert ContactImport.objects.get().state == "ready"
    assert made.rows.count() == 3
