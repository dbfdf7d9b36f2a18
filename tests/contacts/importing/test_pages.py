"""The pages of an import: upload, columns, preview, apply."""

import io

import openpyxl
import pytest

from contacts.importing.preview import PAGE
from contacts.models import Contact, ContactImport, FilePiece, Group, ImportRow
from tests.contacts.importing.uploading import URL, choose, upload


def test_a_file_leads_to_its_columns_and_they_to_a_preview(operator):
    response = upload(operator)
    made = ContactImport.objects.get()
    assert response.headers["Location"] == f"{URL}{made.pk}/columns/"
    page = operator.get(f"{URL}{made.pk}/columns/").content.decode()
    assert "Bandung" in page
    response = choose(operator, made)
    assert response.headers["Location"] == f"{URL}{made.pk}/"
    made.refresh_from_db()
    assert made.state == "ready"
    assert made.totals == {"new": 2, "changed": 0, "unchanged": 0, "doubtful": 1, "refused": 1}
    assert not Contact.objects.exists()


def test_each_row_shows_its_reason_at_its_cell(operator, ready):
    page = operator.get(f"{URL}{ready.pk}/?show=refused").content.decode()
    assert "6.28E+12" in page
    assert "its last digits are lost" in page
    assert "is no day in the past" in operator.get(f"{URL}{ready.pk}/?show=doubtful").content.decode()
    assert "The zero at the front was lost" in operator.get(f"{URL}{ready.pk}/?show=new").content.decode()


def test_what_was_put_right_is_no_reason_to_refuse_a_row(operator):
    upload(operator, "name,mobile,birth_date\nSiti,0062 813 1111 2222,31/02/1990\n")
    made = ContactImport.objects.get()
    choose(operator, made)
    row = operator.get(f"{URL}{made.pk}/?show=doubtful").context["preview"].rows[0]
    assert [told.is_reason for cell in row.cells for told in cell.notes] == [False, True]
    text = b"".join(operator.get(f"{URL}{made.pk}/rejected.csv").streaming_content).decode()
    assert "no day in the past" in text
    assert "0062" not in text.replace("0062 813", "")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("", "The file holds no rows below its headers."),
        ("Budi,081234567890\n", "No row is new, and none changes a contact."),
        ("Siti,081311112222\n", "1 row is new."),
        ("Budi Santoso,081234567890\n", "1 row changes a contact."),
    ],
)
def test_the_preview_says_what_there_is_to_import(operator, add_contact, rows, sentence):
    add_contact("Budi", "+6281234567890")
    upload(operator, f"name,mobile\n{rows}")
    made = ContactImport.objects.get()
    choose(operator, made)
    page = operator.get(f"{URL}{made.pk}/").content.decode()
    assert sentence in page
    assert ("An empty cell never clears anything." in page) == ("row changes" in sentence)


def test_the_columns_of_cards_have_names_in_the_reader_s_language(operator):
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Siti\nTEL:0813\nBDAY:1990-08-17\nEND:VCARD\n"
    upload(operator, card, "siti.vcf")
    made = ContactImport.objects.get()
    operator.cookies["django_language"] = "id"
    page = operator.get(f"{URL}{made.pk}/columns/").content.decode()
    assert ">Tanggal lahir</bdi>" in page
    assert "birth_date</bdi>" not in page
    choose(operator, made)
    text = b"".join(operator.get(f"{URL}{made.pk}/rejected.csv").streaming_content).decode("utf-8-sig")
    assert text.startswith("Nama,Nomor ponsel,")


def test_cards_are_counted_from_one_and_have_no_row_of_headers(operator):
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:Siti\nTEL:081311112222\nEND:VCARD\n"
    upload(operator, card, "siti.vcf")
    made = ContactImport.objects.get()
    assert "has_header" not in operator.get(f"{URL}{made.pk}/columns/").content.decode()
    operator.post(f"{URL}{made.pk}/columns/", {f"column_{place}": name for place, name in enumerate(made.mapping)})
    made.refresh_from_db()
    assert (made.has_header, made.new, list(made.rows.values_list("number", flat=True))) == (True, 1, [1])
    assert 'aria-label="Row 1"' in operator.get(f"{URL}{made.pk}/").content.decode()


def test_a_change_shows_what_it_replaces(operator, add_contact):
    add_contact("Budi Lama", "+6281234567890")
    upload(operator)
    made = ContactImport.objects.get()
    choose(operator, made)
    page = operator.get(f"{URL}{made.pk}/?show=changed").content.decode()
    assert "<del><bdi>Budi Lama</bdi></del>" in page


def test_only_confirming_stores_anything(operator, ready):
    operator.post(f"{URL}{ready.pk}/apply/")
    ready.refresh_from_db()
    assert (ready.state, ready.applied) == ("done", 2)
    assert set(Contact.objects.values_list("name", flat=True)) == {"Budi", "Tono"}
    assert Contact.objects.get(name="Budi").attributes == {"kota": "Bandung"}
    assert not Group.objects.exists()


def test_doubtful_rows_are_imported_when_somebody_says_so(operator, ready):
    operator.post(f"{URL}{ready.pk}/apply/", {"doubtful": "on"})
    siti = Contact.objects.get(name="Siti")
    assert (siti.birth_date, siti.attributes) == (None, {"kota": "Solo"})


def test_groups_are_made_when_somebody_says_so(operator):
    upload(operator)
    made = ContactImport.objects.get()
    choose(operator, made, create_groups="on")
    operator.post(f"{URL}{made.pk}/apply/")
    assert Group.objects.get().name == "Teman"


def test_a_second_confirmation_does_nothing(operator, ready):
    for _time in range(2):
        response = operator.post(f"{URL}{ready.pk}/apply/", follow=True)
    assert "confirmed already" in response.content.decode()
    assert Contact.objects.count() == 2


def test_a_contact_that_somebody_changed_since_the_preview_is_left_alone(operator, add_contact):
    contact = add_contact("Budi Lama", "+6281234567890")
    upload(operator)
    made = ContactImport.objects.get()
    choose(operator, made)
    Contact.objects.filter(pk=contact.pk).update(name="Budi Baru")
    operator.post(f"{URL}{made.pk}/apply/")
    made.refresh_from_db()
    contact.refresh_from_db()
    assert contact.name == "Budi Baru"
    assert (made.refused, made.changed, made.applied) == (2, 0, 1)
    assert "since the preview" in operator.get(f"{URL}{made.pk}/?show=refused").content.decode()


def test_rejected_rows_can_be_mended_and_imported_again(operator, ready):
    text = b"".join(operator.get(f"{URL}{ready.pk}/rejected.csv").streaming_content).decode("utf-8-sig")
    assert "last digits are lost" in text
    again = text.replace("6.28E+12", "081288887777").replace("31/02/1990", "28/02/1990")
    upload(operator, again)
    made = ContactImport.objects.latest("pk")
    choose(operator, made)
    operator.post(f"{URL}{made.pk}/apply/")
    assert set(Contact.objects.values_list("name", flat=True)) == {"Siti", "Ani"}


def test_rows_that_are_rejected_again_carry_one_reason(operator, ready):
    text = b"".join(operator.get(f"{URL}{ready.pk}/rejected.csv").streaming_content).decode("utf-8-sig")
    upload(operator, text)
    made = ContactImport.objects.latest("pk")
    choose(operator, made)
    again = b"".join(operator.get(f"{URL}{made.pk}/rejected.csv").streaming_content).decode("utf-8-sig")
    assert again.splitlines()[0] == text.splitlines()[0]
    assert [line.count("last digits are lost") for line in again.splitlines()] == [0, 0, 1]


def test_rejected_rows_come_as_a_workbook_of_texts(operator, ready):
    content = b"".join(operator.get(f"{URL}{ready.pk}/rejected.xlsx").streaming_content)
    rows = list(openpyxl.load_workbook(io.BytesIO(content)).active.values)
    assert rows[0][:2] == ("name", "mobile")
    assert [row[0] for row in rows[1:]] == ["Siti", "Ani"]


def test_columns_can_be_corrected_after_the_preview(operator, ready):
    choose(operator, ready, column_4="description")
    ready.refresh_from_db()
    assert ready.totals == {"new": 3, "changed": 0, "unchanged": 0, "doubtful": 0, "refused": 1}
    assert ImportRow.objects.count() == 4


def test_without_a_column_of_numbers_nothing_goes_on(operator):
    upload(operator)
    made = ContactImport.objects.get()
    page = choose(operator, made, column_1="").content.decode()
    assert "Choose the column that holds the mobile numbers" in page


def test_a_wrong_file_is_refused_on_the_page_with_nothing_stored(operator):
    page = upload(operator, b"\x89PNG\r\n" + bytes(500)).content.decode()
    assert "binary data" in page
    assert (ContactImport.objects.count(), FilePiece.objects.count()) == (0, 0)


def test_a_file_that_turns_out_wrong_far_down_fails_with_its_reason(operator):
    upload(operator, "name,mobile\n" + "x,0812\n" * 200 + "y" * 40_000 + ",0813\n")
    made = ContactImport.objects.get()
    choose(operator, made)
    page = operator.get(f"{URL}{made.pk}/").content.decode()
    assert "A cell in row 202" in page
    assert (ImportRow.objects.count(), FilePiece.objects.count()) == (0, 0)


def test_discarding_forgets_the_file(operator, ready):
    operator.post(f"{URL}{ready.pk}/discard/")
    ready.refresh_from_db()
    assert (ready.state, ImportRow.objects.count(), FilePiece.objects.count()) == ("discarded", 0, 0)
    operator.post(f"{URL}{ready.pk}/apply/")
    assert not Contact.objects.exists()


def test_long_lists_are_read_page_by_page(operator, django_assert_max_num_queries):
    upload(operator, "name,mobile\n" + "".join(f"Nama {n},0812{n:08d}\n" for n in range(PAGE + 1)))
    made = ContactImport.objects.get()
    choose(operator, made)
    with django_assert_max_num_queries(12):
        first = operator.get(f"{URL}{made.pk}/").context["preview"]
    second = operator.get(f"{URL}{made.pk}/?show=new&after={first.following}").context["preview"]
    assert (len(first.rows), len(second.rows), second.following) == (PAGE, 1, 0)
