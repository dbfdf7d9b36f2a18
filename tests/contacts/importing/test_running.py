"""An import under way: cut off, overtaken, forgotten, and by whom."""

import pytest
from django.db import transaction

from contacts.importing.applying import apply_chunk
from contacts.importing.progress import read_progress
from contacts.importing.services import STEPS, create_import, start_applying, start_reading
from contacts.models import Contact, ContactImport, FilePiece, ImportRow
from contacts.uploads.steps import Overtaken
from smsops.console.roles import ROLES
from tests.contacts.importing.uploading import URL, choose, upload
from tests.people import client_of, make_person


def test_headers_and_blank_rows_above_them_do_not_count_as_read(tmp_path, db):
    path = tmp_path / "a.csv"
    path.write_text("\n\nName,Mobile\n" + "".join(f"Orang {index},0812{index:08d}\n" for index in range(1500)))
    with path.open("rb") as file:
        made = create_import(file=file, name=path.name)
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    told = []
    while STEPS.read_step(import_id=made.pk, seconds=0):
        made.refresh_from_db()
        told.append(read_progress(made)["summary"])
    assert told[-1] == "1,500 rows were read."


def test_an_interrupted_import_goes_on_where_it_was(operator):
    upload(operator, "name,mobile\n" + "".join(f"Nama {n},0812{n:08d}\n" for n in range(2500)))
    made = ContactImport.objects.get()
    choose(operator, made)
    steps = 0
    while STEPS.read_step(import_id=made.pk, seconds=0):
        steps += 1
    made.refresh_from_db()
    assert (made.state, made.new) == ("ready", 2500)
    operator.post(f"{URL}{made.pk}/apply/")
    while STEPS.apply_step(import_id=made.pk, seconds=0):
        steps += 1
    made.refresh_from_db()
    assert (made.state, made.applied, Contact.objects.count()) == ("done", 2500, 2500)


def test_old_imports_are_forgotten_but_for_who_and_when(operator, ready):
    ContactImport.objects.update(touched_at="2020-01-01T00:00Z")
    STEPS.purge()
    assert (ImportRow.objects.count(), FilePiece.objects.count(), ContactImport.objects.count()) == (0, 0, 1)
    assert operator.get(f"{URL}{ready.pk}/").status_code == 200


def test_an_import_that_nobody_confirmed_in_time_is_discarded_whole(operator, ready):
    upload(operator, "name,mobile\nBudi,081234567890\n")
    ContactImport.objects.update(touched_at="2020-01-01T00:00Z")
    for _each in range(2):
        STEPS.purge()
    for made in ContactImport.objects.all():
        assert made.state == "discarded"
        choose(operator, made)
        operator.post(f"{URL}{made.pk}/apply/")
    assert not ContactImport.objects.exclude(state="discarded").exists()
    assert not Contact.objects.exists()


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_import_can_do_none_of_it(db, ready, role):
    client = client_of(make_person(role))
    may = role != "Support"
    expected = 200 if may else 403
    assert client.get(URL).status_code == expected
    assert client.get(f"{URL}{ready.pk}/").status_code == expected
    assert client.post(f"{URL}{ready.pk}/apply/").status_code == (302 if may else 403)
    assert Contact.objects.exists() is may


def test_a_file_of_many_megabytes_is_taken(operator):
    row = "Nama {n},0812{n:08d}," + "x" * 20_000 + "\n"
    upload(operator, "name,mobile,address\n" + "".join(row.format(n=n) for n in range(300)))
    made = ContactImport.objects.get()
    assert made.file.size > 6_000_000
    assert b"".join(made.file.pieces_read()).count(b"\n") == 301


def test_two_workers_at_the_same_rows_do_the_work_once(operator, ready):
    """Each of them has read the state before the other moved it on."""
    start_applying(contact_import=ready, accept_doubtful=False)
    first, second = ContactImport.objects.get(), ContactImport.objects.get()
    assert apply_chunk(contact_import=first) is True
    with pytest.raises(Overtaken), transaction.atomic():
        apply_chunk(contact_import=second)
    while STEPS.apply_step(import_id=ready.pk, seconds=1):
        pass
    ready.refresh_from_db()
    assert (ready.applied, Contact.objects.count()) == (2, 2)
