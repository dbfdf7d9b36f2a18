"""Lists of opt-outs: seen before they count, each number once, whatever the file, the workers or the clicks do."""

import csv
from io import BytesIO, StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook, load_workbook

from contacts.uploads.steps import CHUNK, Overtaken
from smsops.inbox.models import Suppression, SuppressionEvent, SuppressionImport, SuppressionImportRow
from smsops.inbox.optouts.importing.services import STEPS, apply_numbers, create_suppression_import
from smsops.inbox.optouts.importing.tasks import run_suppression_import, wake_suppression_imports
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from tests.people import client_of, make_person

PAGE = "/admin/inbox/opt-outs/import/"
NUMBER = "+6281234567890"
MIXED = """Nama,No HP,Catatan
Siti,0812-3456-7890,tidak mau
Siti lagi,62812 3456 7890,
Budi,8.12E+12,
Ani,812 3456 7891,
Rina,bukan nomor,
,,
Dewi,081234567892 / 081234567893,
"""


def upload_of(text, name="daftar.csv"):
    return SimpleUploadedFile(name, text if isinstance(text, bytes) else text.encode())


def make_import(text, **fields):
    file = upload_of(text)
    return create_suppression_import(file=file, name=file.name, note="old system", **fields)


def read(text, **fields):
    found = make_import(text, **fields)
    while STEPS.read_step(import_id=found.pk, seconds=60):
        pass
    found.refresh_from_db()
    return found


def verdicts(found):
    return list(found.rows.order_by("pk").values_list("place", "verdict", "number"))


def many(count, start=0):
    return "nomor\n" + "".join(f"0812{number:08d}\n" for number in range(start, start + count))


# --- reading ---------------------------------------------------------------------------------------------------------


def test_each_number_is_judged_before_anything_is_done(db):
    add_suppression(number="081234567891", reason="staff")
    found = read(MIXED)
    assert verdicts(found) == [
        (2, "new", "+6281234567890"),
        (3, "repeated", "+6281234567890"),
        (4, "refused", ""),
        (5, "known", "+6281234567891"),
        (6, "refused", ""),
        (8, "new", "+6281234567892"),
        (8, "new", "+6281234567893"),
    ]
    assert (found.state, found.new, found.known, found.repeated, found.refused) == ("ready", 3, 1, 1, 2)
    assert Suppression.objects.count() == 1


def test_a_list_without_headers_and_a_workbook_are_read_alike(db):
    assert read("081234567890\n081234567891\n").new == 2
    book = Workbook()
    for row in (["Number"], ["081234567892"], [81234567893]):
        book.active.append(row)
    file = BytesIO()
    book.save(file)
    assert read(file.getvalue()).new == 2


def test_a_number_again_far_down_the_file_is_seen(db, settings):
    found = read(many(CHUNK + 10) + "081200000001\n")
    assert (found.new, found.repeated) == (CHUNK + 10, 1)


@pytest.mark.parametrize(
    "content", ["", "\n\n", "nama\nSiti\nBudi\n", b"PK\x03\x04junk", b"\x00\x01\x02", "nomor\n" + "x" * 40_000]
)
def test_a_file_without_numbers_is_refused_with_a_sentence_and_nothing_is_kept(content, db):
    client = client_of(make_person("Approver"))
    answer = client.post(PAGE, {"file": upload_of(content), "note": "x"}, follow=True)
    assert answer.status_code == 200
    found = SuppressionImport.objects.first()
    if found is not None:
        assert (found.state, found.file) == ("failed", None)
        assert found.complaint in answer.content.decode()
    assert not SuppressionImportRow.objects.exists()
    assert not Suppression.objects.exists()


def test_a_note_is_wanted(db):
    client = client_of(make_person("Approver"))
    assert client.post(PAGE, {"file": upload_of(MIXED), "note": " "}).status_code == 200
    assert not SuppressionImport.objects.exists()


def test_reading_goes_on_where_it_was_left(db):
    found = make_import(many(5000))
    steps = 1
    while STEPS.read_step(import_id=found.pk, seconds=0):
        steps += 1
    found.refresh_from_db()
    assert steps > 2
    assert (found.new, found.state) == (5000, "ready")


# --- applying --------------------------------------------------------------------------------------------------------


def confirm(found, seconds=60):
    STEPS.start_applying(found)
    while STEPS.apply_step(import_id=found.pk, seconds=seconds):
        pass
    found.refresh_from_db()


def test_what_was_confirmed_is_on_the_list_with_its_story(db):
    person = make_person("Approver")
    found = read(MIXED, actor=person)
    confirm(found)
    assert (found.state, found.applied) == ("done", 4)
    row = Suppression.objects.get(number=NUMBER)
    assert (row.reason, row.note, row.created_by) == ("imported", "old system", person)
    assert SuppressionEvent.objects.filter(kind="added", reason="imported", actor=person).count() == 4


def test_what_waits_for_the_numbers_is_not_sent(make_account, queue_messages, django_capture_on_commit_callbacks):
    queue_messages(make_account(), [NUMBER, "+6281299999999"])
    found = read(MIXED)
    with django_capture_on_commit_callbacks(execute=True):
        confirm(found)
    assert sorted(Message.objects.values_list("recipient", "status")) == [
        (NUMBER, "suppressed"), ("+6281299999999", "queued"),
    ]  # fmt: skip


def test_many_numbers_are_applied_piece_by_piece_and_once(db, django_assert_max_num_queries):
    found = read(many(4500))
    STEPS.start_applying(found)
    stale = SuppressionImport.objects.get(pk=found.pk)
    with django_assert_max_num_queries(50):
        assert STEPS.apply_step(import_id=found.pk, seconds=0)
    assert Suppression.objects.count() == CHUNK
    with pytest.raises(Overtaken):
        apply_numbers(found=stale)
    confirm(found)
    assert (found.applied, Suppression.objects.count(), SuppressionEvent.objects.count()) == (4500, 4500, 4500)


def test_who_opted_out_meanwhile_keeps_his_own_reason_and_is_not_counted(db):
    found = read(many(3))
    add_suppression(number="081200000001", reason="stop", source_text="STOP")
    confirm(found)
    assert found.applied == 2
    assert Suppression.objects.get(number="+6281200000001").reason == "stop"


def test_confirming_and_discarding_happen_once(db):
    found = read(MIXED)
    assert STEPS.start_applying(found)
    assert not STEPS.start_applying(found)
    assert not STEPS.discard(found)
    other = read(many(2))
    assert STEPS.discard(other)
    assert not other.rows.exists()
    assert not STEPS.start_applying(other)
    assert not STEPS.apply_step(import_id=other.pk, seconds=1)


def test_a_lost_task_is_taken_up_again(db):
    found = make_import(MIXED)
    SuppressionImport.objects.update(touched_at="2026-01-01T00:00Z")
    wake_suppression_imports()
    run_suppression_import(found.pk)
    found.refresh_from_db()
    assert found.state == "ready"
    STEPS.start_applying(found)
    run_suppression_import(found.pk)
    found.refresh_from_db()
    assert found.state == "done"


def test_old_lists_are_forgotten_and_that_there_was_one_is_not(db):
    found = read(MIXED)
    confirm(found)
    SuppressionImport.objects.update(touched_at="2026-01-01T00:00Z")
    STEPS.purge()
    found.refresh_from_db()
    assert (found.file, found.applied, found.rows.count()) == (None, 4, 0)
    assert Suppression.objects.count() == 4


def test_a_list_that_nobody_confirmed_in_time_is_discarded_whole(db):
    found = read(MIXED)
    SuppressionImport.objects.update(touched_at="2026-01-01T00:00Z")
    STEPS.purge()
    assert not STEPS.start_applying(found)
    assert not Suppression.objects.exists()


# --- the pages -------------------------------------------------------------------------------------------------------


def test_an_approver_goes_from_the_file_to_the_end(db):
    client = client_of(make_person("Approver"))
    answer = client.post(PAGE, {"file": upload_of(MIXED), "note": "old system"}, follow=True)
    found = SuppressionImport.objects.get()
    page = answer.content.decode()
    assert "4 numbers will get no more messages" in page
    assert "This is no telephone number." in page
    assert "0812-3456-7890" in client.get(f"{PAGE}{found.pk}/?show=new").content.decode()
    refused = b"".join(client.get(f"{PAGE}{found.pk}/refused.csv").streaming_content).decode("utf-8-sig")
    assert [row[:2] for row in csv.reader(StringIO(refused))][1:] == [["4", "8.12E+12"], ["6", "bukan nomor"]]
    done = client.post(f"{PAGE}{found.pk}/apply/", follow=True).content.decode()
    assert "4 numbers were opted out." in done
    again = client.post(f"{PAGE}{found.pk}/apply/", follow=True).content.decode()
    assert "confirmed already" in again
    assert client.get(f"{PAGE}{found.pk}/progress/").json()["state"] == "done"


def test_long_lists_are_shown_page_by_page(db, django_assert_max_num_queries):
    client, found = client_of(make_person("Approver")), read(many(300))
    page = client.get(f"{PAGE}{found.pk}/")
    assert len(page.context["rows"]) == 50
    with django_assert_max_num_queries(14):
        following = client.get(f"{PAGE}{found.pk}/", {"show": "new", "after": page.context["following"]})
    assert following.context["rows"][0][0] == "52"


@pytest.mark.parametrize("nonsense", ["?show=x", "?after=x", "?after=99999999999999999999", "?show=new&after=٣"])
def test_nonsense_in_the_address_shows_the_page(nonsense, db):
    found = read(MIXED)
    assert client_of(make_person("Approver")).get(f"{PAGE}{found.pk}/{nonsense}").status_code == 200


@pytest.mark.parametrize("role", ["Operator", "Support"])
def test_others_import_and_export_nothing(role, db):
    client, found = client_of(make_person(role)), read(MIXED)
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}{found.pk}/apply/").status_code == 403
    assert client.get("/admin/inbox/opt-outs/export.csv").status_code == 403


# --- exporting -------------------------------------------------------------------------------------------------------


def test_the_list_leaves_as_a_spreadsheet_in_which_nothing_runs(db):
    add_suppression(number=NUMBER, reason="stop", source_text="=HYPERLINK(1)")
    add_suppression(number="081234567891", reason="imported", note="lama")
    client = client_of(make_person("Approver"))
    text = b"".join(client.get("/admin/inbox/opt-outs/export.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(StringIO(text)))
    assert [row[0] for row in rows] == ["Number", "0812-3456-7890", "0812-3456-7891"]
    assert rows[1][5] == "'=HYPERLINK(1)"
    book = load_workbook(BytesIO(client.get("/admin/inbox/opt-outs/export.xlsx").content))
    first = [cell.value for cell in next(iter(book.active.iter_rows(min_row=2)))]
    assert first[:2] == ["0812-3456-7890", "Stop keyword"]


def test_what_was_exported_can_be_imported_elsewhere(db):
    add_suppression(number=NUMBER, reason="stop", source_text="STOP")
    client = client_of(make_person("Approver"))
    exported = b"".join(client.get("/admin/inbox/opt-outs/export.csv").streaming_content)
    Suppression.objects.all().delete()
    assert [number for _place, _verdict, number in verdicts(read(exported))] == [NUMBER]
