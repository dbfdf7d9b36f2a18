"""What the list shows leaves as a file that nothing can run from, and comes back as the same contacts."""

import csv
import io
import json
import tracemalloc
from datetime import date

import openpyxl
import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as some
from hypothesis.extra.django import TestCase

from contacts.exporting.writing import export_step, purge_exports
from contacts.models import Contact, ContactExport, FilePiece, Group
from providers.spreadsheets import escape_cell, unescape_cell
from smsops.console.roles import ROLES
from tests.people import client_of, make_person

URL = "/admin/contacts/export/"
HOSTILE = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "'=1", "''+x", "＝1", '=HYPERLINK("http://x","y")', "'Budi"]
FORMATS = {"xlsx": "0", "csv": "1"}


def export(client, kind="csv", query=""):
    response = client.post(f"{URL}?{query}", {"resource": "0", "format": FORMATS[kind]}, follow=True)
    made = ContactExport.objects.latest("pk")
    assert f"{URL}{made.pk}/download/" in response.content.decode()
    return b"".join(client.get(f"{URL}{made.pk}/download/").streaming_content)


def csv_rows(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def xlsx_rows(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [[str(cell or "") for cell in row] for row in sheet.values]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_has_groups_and_merge_fields(operator, add_contact, kind):
    add_contact("Budi", "+6281234567890", groups=["Teman", "Kantor; pusat"], birth_date="1990-08-17", time_zone="WITA",
                attributes={"kota": "Bandung", "poin": 3})  # fmt: skip
    content = export(operator, kind)
    rows = csv_rows(content) if kind == "csv" else xlsx_rows(content)
    number = "'+6281234567890" if kind == "csv" else "+6281234567890"
    assert rows == [
        ["Name", "Mobile number", "Groups", "Address", "Birth date", "Description", "Time zone", "attributes.kota",
         "attributes.poin"],
        ["Budi", number, '"Kantor; pusat"; Teman', "", "1990-08-17", "", "WITA", "Bandung", "3"],
    ]  # fmt: skip


def test_it_is_filtered_as_the_list_is(operator, add_contact):
    add_contact("Budi", groups=["Teman"])
    add_contact("Siti")
    assert [row[0] for row in csv_rows(export(operator, query="q=si"))[1:]] == ["Siti"]
    group = Group.objects.get().pk
    assert [row[0] for row in csv_rows(export(operator, query=f"groups__id__exact={group}"))[1:]] == ["Budi"]
    page = operator.get(f"/admin/contacts/contact/?groups__id__exact={group}").content.decode()
    assert f"{URL}?groups__id__exact={group}" in page


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_no_cell_can_run(operator, add_contact, kind, text):
    add_contact(text)
    content = export(operator, kind)
    if kind == "csv":
        assert csv_rows(content)[1][0][:1] not in tuple("=+-@\t\r＝")
    else:
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(content)).active for cell in row if cell.value]
        assert {(cell.data_type, cell.number_format) for cell in cells} == {("s", "@")}
        assert not any(cell.hyperlink for cell in cells)


@given(some.text())
def test_escaping_can_be_taken_back(text):
    assert unescape_cell(escape_cell(text)) == text
    assert escape_cell(text)[:1] not in tuple("=+-@＝＋－＠\t\r\n\x00")


storable = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=30)
cells = storable | some.sampled_from(HOSTILE) | some.sampled_from(["a\r\nb", ' "x" ', "_x0041_", "x;y,z", "a\x07b"])


class RoundTrip(TestCase):
    """What is exported imports again to the same rows, in both kinds of files and both languages."""

    @examples(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        people=some.lists(
            some.fixed_dictionaries(
                {
                    "name": cells,
                    "address": cells,
                    "description": cells,
                    "birth_date": some.none() | some.dates(min_value=date(1900, 1, 1), max_value=date(2020, 1, 1)),
                    "time_zone": some.sampled_from(["", "WIB", "WITA", "WIT"]),
                    "attributes": some.dictionaries(
                        some.text("abcxyz 123.-_", min_size=1, max_size=8).filter(lambda key: key == key.strip()),
                        cells | some.integers() | some.booleans(),
                        max_size=3,
                    ),
                    "groups": some.lists(cells.filter(lambda name: name.strip()), max_size=3),
                }
            ),
            min_size=1,
            max_size=4,
        ),
        kind=some.sampled_from(["csv", "xlsx"]),
        language=some.sampled_from(["en", "id"]),
    )
    def test_what_is_exported_imports_again_as_unchanged(self, people, kind, language):
        for number, person in enumerate(people):
            groups = person.pop("groups")
            contact = Contact.objects.create(mobile=f"+62812{number + 1:08d}", **person)
            contact.groups.set([self.group(name) for name in groups])
        made = ContactExport.objects.create(kind=kind, language=language, created_by=self.reader())
        export_step(export_id=made.pk, seconds=60)
        made.refresh_from_db()
        told = self.imported(made, kind)
        assert (told["unchanged"], told["refused_rows"]) == (len(people), [])
        Contact.objects.all().delete()
        Group.objects.all().delete()

    def group(self, name):
        name = " ".join(name.split())[:100]
        return Group.objects.filter(name__iexact=name).first() or Group.objects.create(name=name)

    def reader(self):
        return User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("reader")

    def imported(self, made, kind):
        import tempfile
        from pathlib import Path

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"again.{kind}"
            path.write_bytes(b"".join(made.file.pieces_read()))
            out = io.StringIO()
            call_command("import_contacts", str(path), "--json", stdout=out)
            return json.loads(out.getvalue())


def test_a_whole_list_moves_to_an_empty_place(operator, add_contact, import_again):
    add_contact("=Budi", "+6281234567890", groups=["Teman, dekat", 'Kantor "A"'], attributes={"kota": "Bandung"})
    add_contact("", "+6281311112222", address="Jl. A\nBandung", birth_date="1990-08-17")
    for kind in ("csv", "xlsx"):
        content = export(operator, kind)
        before = snapshot()
        Contact.objects.all().delete()
        Group.objects.all().delete()
        assert import_again(content, kind)["new"] == 2
        assert snapshot() == before


def snapshot():
    names = ("mobile", "name", "address", "birth_date", "description", "time_zone", "operator", "attributes")
    groups = {c.mobile: sorted(group.name for group in c.groups.all()) for c in Contact.objects.all()}
    return sorted(map(str, Contact.objects.values_list(*names))), groups


@pytest.fixture
def import_again(tmp_path):
    def run(content, kind):
        path = tmp_path / f"again.{kind}"
        path.write_bytes(content)
        out = io.StringIO()
        call_command("import_contacts", str(path), "--json", "--create-groups", stdout=out)
        return json.loads(out.getvalue())

    return run


def test_very_many_merge_fields_go_into_one_column(operator, add_contact, import_again):
    add_contact("Budi", attributes={f"key {n}": str(n) for n in range(130)})
    content = export(operator)
    assert csv_rows(content)[0][-1] == "attributes"
    assert import_again(content, "csv")["unchanged"] == 1


def test_a_long_list_is_written_in_steps_with_flat_memory(operator, db):
    Contact.objects.bulk_create([Contact(mobile=f"+62812{n:08d}", name=f"Nama {n}") for n in range(3500)])
    person = User.objects.latest("pk")
    made = ContactExport.objects.create(kind="csv", language="en", created_by=person)
    tracemalloc.start()
    steps = 1
    while export_step(export_id=made.pk, seconds=0):
        steps += 1
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    made.refresh_from_db()
    assert (made.state, made.done, steps) == ("done", 3500, 4)
    assert len(csv_rows(b"".join(made.file.pieces_read()))) == 3501
    assert peak < 16 << 20


def test_an_export_belongs_to_who_asked_for_it(operator, add_contact):
    add_contact("Budi")
    export(operator)
    url = f"{URL}{ContactExport.objects.latest('pk').pk}/download/"
    assert operator.get(url).status_code == 200
    assert client_of(make_person("Operator")).get(url).status_code == 404


def test_a_person_who_lost_the_right_gets_nothing(db, add_contact):
    add_contact("Budi")
    made = ContactExport.objects.create(kind="csv", language="en", created_by=make_person())
    assert export_step(export_id=made.pk, seconds=1) is False
    made.refresh_from_db()
    assert (made.state, made.file) == ("failed", None)


def test_old_files_are_forgotten(operator, add_contact):
    add_contact("Budi")
    export(operator)
    ContactExport.objects.update(created_at="2020-01-01T00:00Z")
    purge_exports()
    assert (FilePiece.objects.count(), ContactExport.objects.count()) == (0, 1)
    url = f"{URL}{ContactExport.objects.latest('pk').pk}/"
    assert "no longer kept" in operator.get(url).content.decode()
    assert operator.get(f"{url}download/").status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_who_may_not_export_cannot(db, role):
    client = client_of(make_person(role))
    assert client.get(URL).status_code == (403 if role == "Support" else 200)
    shown = client.get("/admin/contacts/contact/").content.decode()
    assert (URL in shown) is (role != "Support")
