"""The list of messages leaves as it is filtered, and nothing in it can run."""

import csv
import io

import openpyxl
import pytest

from smsops.messaging.models import Message
from tests.people import client_of, make_person

URL = "/admin/messages/export/"
FORMATS = {"xlsx": "0", "csv": "1"}


@pytest.fixture
def rows(make_account, queue_messages):
    account = make_account(name="=1+1")
    queue_messages(account, 2, text="=HYPERLINK(1)", status="delivered")
    queue_messages(account, ["+628111"], text="Kode 123456", kind="otp", status="failed")
    return account


def export(client, kind, query=""):
    response = client.post(f"{URL}?{query}", {"resource": "0", "format": FORMATS[kind]})
    content = b"".join(response) if kind == "csv" else response.content
    if kind == "csv":
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return [[str(cell or "") for cell in row] for row in openpyxl.load_workbook(io.BytesIO(content)).active.values]


@pytest.mark.parametrize("kind", FORMATS)
def test_it_is_filtered_as_the_list_is_and_cannot_run(rows, kind):
    client = client_of(make_person("Approver"))
    header, *found = export(client, kind, "status__exact=delivered")
    assert header[:4] == ["reference", "recipient", "operator", "account"]
    assert [row[0] for row in found] == list(
        Message.objects.filter(status="delivered").order_by("-pk").values_list("reference", flat=True)
    )
    text = found[0][header.index("text")]
    assert text == ("'=HYPERLINK(1)" if kind == "csv" else "=HYPERLINK(1)")
    assert found[0][header.index("status")] == "Delivered"


@pytest.mark.parametrize(("role", "shown"), [("Approver", "•"), ("Administrator", "Kode 123456")])
def test_codes_are_for_those_who_may_read_them(rows, role, shown):
    header, row = export(client_of(make_person(role)), "csv", "status__exact=failed")
    assert shown in row[header.index("text")] or role == "Approver"
    assert ("123456" in row[header.index("text")]) is (role == "Administrator")


@pytest.mark.parametrize(("role", "status"), [("Support", 403), ("Operator", 403), ("Approver", 200)])
def test_who_may_export(rows, role, status):
    client = client_of(make_person(role))
    assert client.get(URL).status_code == status
    assert (URL in client.get("/admin/messaging/message/").content.decode()) is (status == 200)


def test_a_long_list_is_read_in_pieces(rows, queue_messages, django_assert_max_num_queries):
    queue_messages(rows, [f"+62813{number:08}" for number in range(1500)], text="x")
    client = client_of(make_person("Approver"))
    with django_assert_max_num_queries(20):
        assert len(export(client, "csv")) == 1504


@pytest.mark.parametrize("path", [URL, "/admin/contacts/export/"])
def test_the_kinds_of_file_are_called_as_people_call_them(db, path):
    page = client_of(make_person("Administrator")).get(path).content.decode()
    assert ">Excel (XLSX)</option>" in page
    assert ">CSV</option>" in page
