"""The columns of contacts in django-import-export's own hands."""

import pytest
import tablib

from contacts.models import Contact, Group
from contacts.resources import ContactResource

pytestmark = pytest.mark.django_db
HEADERS = ["name", "mobile", "groups", "address", "birth_date", "time_zone"]


def import_rows(*rows):
    return ContactResource().import_data(tablib.Dataset(*rows, headers=HEADERS))


def test_it_reads_cells_as_every_import_of_ours_does():
    Group.objects.create(name="Kantor, pusat")
    import_rows(("Ibu  Siti", "812 3456 7890", "Kantor, pusat", "Jl. Melati", "17 Agustus 1990", "wita"))
    contact = Contact.objects.get()
    assert (contact.mobile, contact.name, contact.time_zone) == ("+6281234567890", "Ibu Siti", "WITA")
    assert contact.birth_date.isoformat() == "1990-08-17"
    assert [group.name for group in contact.groups.all()] == ["Kantor, pusat"]
    assert contact.operator == "Telkomsel"


def test_an_empty_cell_clears_nothing_and_a_second_time_changes_nothing():
    Group.objects.create(name="Teman")
    full = ("Siti", "081234567890", "Teman", "Jl. Melati", "1990-08-17", "WIB")
    import_rows(full)
    assert import_rows(full).totals["skip"] == 1
    import_rows(("", "081234567890", "", "", "", ""))
    contact = Contact.objects.get()
    assert (contact.name, contact.address, contact.groups.count()) == ("Siti", "Jl. Melati", 1)


def test_what_cannot_be_read_is_told_and_nothing_of_the_row_is_stored():
    outcome = import_rows(("Siti", "6.28E+12", "", "", "", ""), ("Budi", "081234567891", "", "", "31/02/1990", ""))
    ((_number, errors),) = outcome.row_errors()
    assert "last digits are lost" in str(errors[0].error)
    (invalid,) = outcome.invalid_rows
    assert "is no day in the past" in invalid.error.message_dict["birth_date"][0]
    assert not Contact.objects.exists()
