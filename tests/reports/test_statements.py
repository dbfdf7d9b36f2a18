"""A provider's export beside our messages: each line gets one verdict, and what it leaves out is found."""

import io
import re
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from contacts.models import FilePiece
from contacts.uploads.cells import Figure
from smsops.messaging.models import Message
from smsops.reports.models import Statement, StatementLine, StatementMapping
from smsops.reports.monthly.month import Month
from smsops.reports.statements.columns import guess_columns, read_charge, read_moment, read_money
from smsops.reports.statements.services import create_statement, start_statement, statement_step
from tests.people import client_of, make_person
from tests.reports.month_world import add_message, opened, wib

URL = "/admin/reports/statements/"
HEADERS = ["Message ID", "Nomor Tujuan", "Tanggal Kirim", "Jumlah SMS", "Harga"]
AT = wib("2024-02-10T10:00:00")
FEBRUARY = Month.parse("2024-02")


@pytest.fixture
def account(make_account):
    return make_account("rajasms", name="Raja", price_per_segment=350)


@pytest.fixture
def sent(account):
    """Messages by name, each with an id at the provider but the last."""
    statuses = {"fine": "delivered", "dear": "sent", "failed": "failed", "doubt": "uncertain", "twice": "delivered",
                "missing": "delivered", "bare": "delivered"}  # fmt: skip
    return {
        name: add_message(account, status, AT + timedelta(minutes=place), recipient=f"+6281234560{place:03}",
                          provider_message_id="" if name == "bare" else f"id-{name}", segments=2)
        for place, (name, status) in enumerate(statuses.items())
    }  # fmt: skip


def line(message, *, id=None, price="700", segments="2", minutes=0):
    at = (AT + timedelta(minutes=minutes)).strftime("%d/%m/%Y %H:%M:%S")
    return [
        message.provider_message_id if id is None else id,
        message.recipient.replace("+62", "0"),
        at,
        segments,
        price,
    ]


def rows_of(sent):
    return [
        HEADERS,
        line(sent["fine"]),
        line(sent["dear"], price="Rp 1.400,00"),
        line(sent["failed"]),
        line(sent["doubt"]),
        line(sent["twice"]),
        line(sent["twice"]),
        # Unknown to us by its id, but number, time and segments fit.
        line(sent["bare"], id="id-strange", minutes=6),
        ["id-alien", "081299999999", "10/02/2024 10:00:00", "1", "350"],
        ["Total", "", "", "13", "5.600"],
    ]


def as_csv(rows):
    return "\r\n".join(";".join(row) for row in rows).encode()


def as_xlsx(rows):
    book, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def compare(account, content, name="usage.csv", seconds=60):
    statement = create_statement(file=io.BytesIO(content), name=name, account=account, month=FEBRUARY, actor=None)
    assert start_statement(statement=statement, mapping=statement.mapping)
    while statement_step(statement_id=statement.pk, seconds=seconds):
        pass
    statement.refresh_from_db()
    return statement


EXPECTED = {"agreed": 3, "price": 1, "failed": 1, "uncertain": 1, "twice": 1, "theirs": 1, "ours": 1}


@pytest.mark.parametrize(("write", "name"), [(as_csv, "usage.csv"), (as_xlsx, "usage.xlsx")])
def test_each_line_gets_its_verdict(account, sent, write, name):
    statement = compare(account, write(rows_of(sent)), name)
    assert (statement.state, statement.counts, statement.unreadable) == ("done", EXPECTED, 1)
    found = {row.verdict: row for row in StatementLine.objects.exclude(verdict="agreed").select_related("message")}
    assert found["price"].message == sent["dear"]
    assert (found["price"].price, found["price"].our_cost) == (1400, 700)
    assert found["failed"].message == sent["failed"]
    assert found["uncertain"].message == sent["doubt"]
    assert found["twice"].message == sent["twice"]
    assert found["theirs"].provider_message_id == "id-alien"
    assert (found["ours"].message, found["ours"].number) == (sent["missing"], None)
    assert StatementLine.objects.get(provider_message_id="id-strange").message == sent["bare"]


def test_cut_into_steps_it_comes_to_the_same(account, sent):
    statement = compare(account, as_csv(rows_of(sent)), seconds=0)
    assert statement.counts == EXPECTED


def test_the_disputes_are_a_sheet_of_the_workbook(account, sent, tmp_path):
    compare(account, as_csv(rows_of(sent)))
    call_command("monthly_report", "2024-02", "--output", str(tmp_path / "x.xlsx"), stdout=io.StringIO())
    _header, *rows = list(opened(tmp_path / "x.xlsx")["Disputes"].values)
    assert sorted(row[1] for row in rows) == sorted(
        ["Another price", "Charged, but it failed here", "Charged, uncertain here", "Charged twice",
         "Only the provider has it", "Only we have it"]
    )  # fmt: skip
    assert {row[0] for row in rows} == {"Raja"}


def test_the_columns_are_remembered_for_the_provider(account, sent):
    content = as_csv([["Ref X", *HEADERS[1:]], *rows_of(sent)[1:]])
    statement = create_statement(file=io.BytesIO(content), name="a.csv", account=account, month=FEBRUARY, actor=None)
    assert statement.mapping[0] == ""
    start_statement(statement=statement, mapping=["id", *statement.mapping[1:]])
    again = create_statement(file=io.BytesIO(content), name="b.csv", account=account, month=FEBRUARY, actor=None)
    assert again.mapping == ["id", "number", "at", "segments", "price"]
    assert StatementMapping.objects.get().columns["Ref X"] == "id"


def test_it_goes_over_the_pages(account, sent):
    client = client_of(make_person("Approver"))
    file = SimpleUploadedFile("usage.csv", as_csv(rows_of(sent)))
    page = client.post(URL, {"account": account.pk, "month": "2024-02", "file": file}, follow=True)
    assert "Nomor Tujuan" in page.content.decode()
    statement = Statement.objects.get()
    mapping = {f"column_{place}": target for place, target in enumerate(statement.mapping)}
    refused = client.post(f"{URL}{statement.pk}/", mapping | {"column_0": "", "column_2": ""})
    assert "Choose the column" in refused.content.decode()
    done = client.post(f"{URL}{statement.pk}/", mapping, follow=True).content.decode()
    assert "Charged twice: 1" in done
    shown = client.get(f"{URL}{statement.pk}/?show=theirs&after=0").content.decode()
    assert "id-alien" in shown
    assert "Delete this statement?" in client.get(f"{URL}{statement.pk}/delete/").content.decode()
    client.post(f"{URL}{statement.pk}/delete/")
    assert (Statement.objects.count(), StatementLine.objects.count(), FilePiece.objects.count()) == (0, 0, 0)
    assert Message.objects.count() == len(sent)


@pytest.mark.parametrize("role", ["Operator", "Support"])
def test_others_may_not(db, role):
    assert client_of(make_person(role)).get(URL).status_code == 403


@pytest.mark.parametrize(
    ("content", "sentence"),
    [(b"", "empty"), (b"PK\x03\x04nonsense", "damaged"), (b"BEGIN:VCARD\r\nEND:VCARD", "no rows|contacts|vCard"),
     (b"\x00\x01\x02" * 50, "a CSV or XLSX file")],
)  # fmt: skip
def test_a_file_that_is_none_is_refused_in_a_sentence(account, content, sentence):
    client = client_of(make_person("Approver"))
    file = SimpleUploadedFile("usage.csv", content)
    page = client.post(URL, {"account": account.pk, "month": "2024-02", "file": file})
    assert page.status_code == 200
    assert re.search(sentence, "".join(page.context["form"].errors["file"]))
    assert Statement.objects.count() == 0


def test_a_file_without_columns_that_say_anything_is_not_compared(account, sent):
    file = io.BytesIO(b"a;b\r\n1;2\r\n")
    statement = create_statement(file=file, name="a.csv", account=account, month=FEBRUARY, actor=None)
    assert statement.mapping == ["", ""]
    client = client_of(make_person("Approver"))
    page = client.post(f"{URL}{statement.pk}/", {"column_0": "", "column_1": ""})
    assert page.context["form"].errors


@pytest.mark.parametrize(
    ("text", "amount"),
    [("350", "350"), ("Rp 1.250", "1250"), ("350,50", "350.5"), ("1,250.00", "1250"), ("1.250,75", "1250.75"),
     ("1.250.000", "1250000"), (Figure("350.125"), "350.125"), ("-35", "-35"), ("", None), ("gratis", None),
     ("9" * 40, None)],
)  # fmt: skip
def test_amounts_are_read_in_every_spelling(text, amount):
    assert read_money(text) == (None if amount is None else Decimal(amount))


def test_times_are_the_accounts_own():
    zone = ZoneInfo("Asia/Jakarta")
    for text in ("2024-02-10 10:00:00", "10/02/2024 10:00", "10-02-2024 10:00:00", "2024-02-10T03:00:00Z"):
        assert read_moment(text, zone) == AT
    assert read_moment("yesterday", zone) is None
    assert read_moment("0001-01-01", zone) is None


def test_headers_are_guessed_once_each():
    assert guess_columns(["No", "MSISDN", "Waktu", "Parts", "Biaya", "Total"], {}) == [
        "", "number", "at", "segments", "price", "",
    ]  # fmt: skip
    assert read_charge(["", "", ""], ["id", "number", "at"], ZoneInfo("Asia/Jakarta")) is None


@pytest.mark.parametrize(
    ("cells", "is_message"),
    [
        (["4711", "62812****0001", "2024-02-10 10:00"], True),
        (["", "62812****0001", "2024-02-10 10:00"], False),
        (["Message ID", "Number", "Time"], False),
        (["Total", "", ""], False),
    ],
)
def test_a_charge_for_a_number_that_is_starred_out_is_one_by_its_id_and_time(cells, is_message):
    charge = read_charge(cells, ["id", "number", "at"], ZoneInfo("Asia/Jakarta"))
    assert (charge is not None) is is_message
    assert charge is None or (charge.provider_message_id, charge.recipient) == ("4711", "")
