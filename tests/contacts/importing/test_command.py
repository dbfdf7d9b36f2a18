"""`manage.py import_contacts`, as scripts call it."""

import io

import pytest
from django.core.management import CommandError, call_command

from contacts.importing.services import STEPS
from contacts.models import Contact, ContactImport, FilePiece, Group, ImportRow, StoredFile
from tests.contacts.importing.conftest import totals

LIST = """name,mobile,groups,address,birth_date,description,time_zone
Budi,081234567890,"Teman, VIP",Jl. Merdeka 1,1990-08-17,Ketua,WITA
Siti,0813 1111 2222,Teman,,,,
"""


def test_new_contacts_come_with_all_that_the_file_says(write, import_file):
    assert totals(import_file(write("a.csv", LIST), "--create-groups")) == (2, 0, 0, 0)
    budi = Contact.objects.get(mobile="+6281234567890")
    assert (budi.name, budi.address, str(budi.birth_date)) == ("Budi", "Jl. Merdeka 1", "1990-08-17")
    assert (budi.description, budi.time_zone, budi.operator) == ("Ketua", "WITA", "Telkomsel")
    assert {group.name for group in budi.groups.all()} == {"Teman", "VIP"}


def test_the_same_file_again_changes_nothing(write, import_file):
    path = write("a.csv", LIST)
    import_file(path, "--create-groups")
    before = list(Contact.objects.order_by("pk").values())
    assert totals(import_file(path, "--create-groups")) == (0, 0, 2, 0)
    assert list(Contact.objects.order_by("pk").values()) == before


def test_a_dry_run_says_the_same_and_stores_nothing(write, import_file):
    path = write("a.csv", LIST)
    assert totals(import_file(path, "--dry-run", "--create-groups")) == (2, 0, 0, 0)
    models = (Contact, Group, ContactImport, ImportRow, StoredFile, FilePiece)
    assert [model.objects.count() for model in models] == [0] * len(models)


def test_only_the_import_s_totals_stay_behind(write, import_file):
    import_file(write("a.csv", LIST))
    assert [model.objects.count() for model in (ContactImport, ImportRow, FilePiece)] == [1, 0, 0]


def test_an_empty_cell_clears_nothing(write, import_file, add_contact):
    contact = add_contact("Budi", "+6281234567890", address="Jl. Merdeka 1", attributes={"kota": "Bandung"})
    told = import_file(write("a.csv", "name,mobile,address,attributes.kota\nBudi S.,081234567890,,\n"))
    assert totals(told) == (0, 1, 0, 0)
    contact.refresh_from_db()
    assert (contact.name, contact.address, contact.attributes) == ("Budi S.", "Jl. Merdeka 1", {"kota": "Bandung"})


def test_unknown_groups_are_made_only_when_told(write, import_file, add_contact):
    add_contact("Ani", groups=["teman"])
    assert totals(import_file(write("a.csv", LIST))) == (2, 0, 0, 0)
    assert [group.name for group in Group.objects.all()] == ["teman"]
    assert Group.objects.get().contacts.count() == 3
    assert totals(import_file(write("a.csv", LIST), "--create-groups")) == (0, 1, 1, 0)
    assert sorted(group.name for group in Group.objects.all()) == ["VIP", "teman"]


def test_rows_of_one_number_that_complete_each_other_are_one_contact(write, import_file):
    path = write("a.csv", "name,mobile,groups\nBudi,081234567890,Teman\n,+62 812 3456 7890,VIP\nBudi,81234567890,\n")
    assert totals(import_file(path, "--create-groups")) == (1, 1, 1, 0)
    assert {group.name for group in Contact.objects.get().groups.all()} == {"Teman", "VIP"}
    assert totals(import_file(path, "--create-groups")) == (0, 0, 3, 0)


def test_rows_of_one_number_that_contradict_each_other_are_refused_with_the_row(write, import_file):
    path = write("a.csv", "name,mobile\nBudi,081234567890\nSiti,081234567890\n")
    told = import_file(path)
    assert totals(told) == (1, 0, 0, 1)
    assert "Row 2" in told["refused_rows"][0]["reasons"][0]
    assert totals(import_file(path)) == (0, 0, 1, 1)


def test_refused_rows_come_with_their_reasons_and_cells(write, import_file):
    told = import_file(write("a.csv", "name,mobile\nBudi,6.28E+12\nSiti,\nAni,081234567890\n"))
    assert totals(told) == (1, 0, 0, 2)
    assert [(row["row"], row["cells"]) for row in told["refused_rows"]] == [
        (2, ["Budi", "6.28E+12"]),
        (3, ["Siti", ""]),
    ]
    assert "digits are lost" in told["refused_rows"][0]["reasons"][0]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("Budi,081234567890,31/02/1990,", "no day"),
        ("Budi,(021) 500-1234,,", "no mobile number"),
        ("Budi,081234567890,,Jakarta", "no time zone"),
        (f"{'x' * 201},081234567890,,", "too long"),
    ],
)
def test_a_doubtful_row_is_not_stored_from_a_shell(write, import_file, row, words):
    told = import_file(write("a.csv", f"name,mobile,birth_date,time_zone\n{row}\n"))
    assert totals(told) == (0, 0, 0, 1)
    assert words in told["refused_rows"][0]["reasons"][0]
    assert not Contact.objects.exists()


def test_it_speaks_plainly_without_json(db, write):
    out = io.StringIO()
    call_command("import_contacts", str(write("a.csv", "name,mobile\nBudi,081234567890\nAni,x\n")), stdout=out)
    assert "new 1, changed 0, unchanged 0, refused 1" in out.getvalue()
    assert "- 3: This is no telephone number." in out.getvalue()


def test_a_file_without_numbers_or_no_file_at_all_is_one_clear_line(db, write, tmp_path):
    with pytest.raises(CommandError, match="No column"):
        call_command("import_contacts", str(write("a.csv", "name,city\nBudi,Bandung\n")))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_contacts", str(tmp_path / "none.csv"))
    assert not ContactImport.objects.exists()


def test_many_rows_cost_few_queries(write, import_file, django_assert_max_num_queries):
    rows = [["name", "mobile"], *([f"Nama {n}", f"0812{n:08d}"] for n in range(2500))]
    with django_assert_max_num_queries(200):
        assert totals(import_file(write("a.csv", rows))) == (2500, 0, 0, 0)
    assert Contact.objects.count() == 2500


def test_a_step_after_the_last_does_nothing(write, import_file):
    import_file(write("a.csv", LIST))
    assert STEPS.apply_step(import_id=ContactImport.objects.get().pk, seconds=1) is False
