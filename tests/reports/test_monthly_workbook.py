"""Every figure in the workbook is what plain SQL counts over the same rows, in openpyxl's eyes and LibreOffice's."""

import io
import shutil
import subprocess
from datetime import datetime, timedelta

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from smsops.messaging.models import Message
from smsops.messaging.status import LABELS, Status
from smsops.reports.monthly.closing import select_month
from smsops.reports.monthly.making import write_workbook
from smsops.reports.monthly.month import Month
from tests.reports.month_world import TAKEN, cost_by_sql, counted_by_sql, opened, seed_month, table_of, wib

SHEETS = ["Summary", "What was counted", "Per day", "Per account", "Per operator", "Per channel", "Per campaign",
          "Per member of staff", "Failures by reason", "Inbox and opt-outs", "Balance", "Adjustments",
          "Disputes"]  # fmt: skip
START, END = wib("2024-02-01"), wib("2024-03-01")
TRIED = (*TAKEN, Status.FAILED, Status.UNCERTAIN)
NOT_SENT = (Status.CANCELLED, Status.SUPPRESSED, Status.LAPSED)


@pytest.fixture
def accounts(make_account):
    return seed_month(make_account)


@pytest.fixture
def path(accounts, tmp_path):
    path = tmp_path / "february.xlsx"
    call_command("monthly_report", "2024-02", "--output", str(path), stdout=io.StringIO())
    return path


def figures_of(counts):
    """A line's figures from {status: (messages, segments)}."""
    messages = {status: counts.get(status, (0, 0))[0] for status in Status}
    segments = {status: counts.get(status, (0, 0))[1] for status in Status}
    shown = {str(LABELS[status]): messages[status] for status in TRIED}
    return shown | {
        "Messages": sum(messages[status] for status in TRIED),
        "Not sent": sum(messages[status] for status in NOT_SENT),
        "Segments": sum(segments[status] for status in TRIED),
        "Billable messages": sum(messages[status] for status in TAKEN),
        "Billable segments": sum(segments[status] for status in TAKEN),
    }


def told_figures(line):
    return {name: line[name] for name in figures_of({})}


def check_table(table, expected):
    """`expected`: {first cell: counts by status}; the totals too."""
    total = table.pop("Total")
    assert {name: told_figures(line) for name, line in table.items()} == {
        name: figures_of(counts) for name, counts in expected.items()
    }
    for name in figures_of({}):
        assert total[name] == sum(line[name] for line in table.values())


def test_every_account_operator_campaign_and_person_agrees_with_sql(path, accounts):
    book = opened(path)
    named = {account.pk: account.name for account in accounts}
    by_account = counted_by_sql(START, END, "account_id")
    check_table(table_of(book, "Per account"), {named[pk]: counts for pk, counts in by_account.items()})
    by_operator = counted_by_sql(START, END, "operator")
    check_table(
        table_of(book, "Per operator"), {name or "Unknown operator": counts for name, counts in by_operator.items()}
    )
    campaigns = counted_by_sql(START, END, "(SELECT name FROM messaging_campaign c WHERE c.id = campaign_id)")
    # What looks like marked-up text to the writer has a blank behind it, and is text.
    names = {None: "Single messages", "Promo": "Promo", "<r>=1+1</r>": "<r>=1+1</r> "}
    check_table(table_of(book, "Per campaign"), {names[name]: counts for name, counts in campaigns.items()})
    people = counted_by_sql(START, END, "created_by_id IS NOT NULL")
    names = {True: "Budi =SUM(1)", False: "Not by a person"}
    check_table(table_of(book, "Per member of staff"), {names[bool(key)]: counts for key, counts in people.items()})


def test_every_day_agrees_with_sql_up_to_the_last_second_in_the_local_zone(path):
    table = table_of(opened(path), "Per day")
    expected = {}
    for number in range(29):
        start = START + timedelta(days=number)
        counts = counted_by_sql(start, start + timedelta(days=1), "1").get(1, {})
        expected[datetime(2024, 2, number + 1)] = counts
    assert expected[datetime(2024, 2, 29)]
    check_table(table, expected)


def test_failures_agree_with_sql(path, accounts):
    rows = [list(row) for row in opened(path)["Failures by reason"].values][1:]
    found = {(account, status, code or ""): (messages, segments) for account, status, code, messages, segments in rows
             if account != "Total"}  # fmt: skip
    expected = {}
    for account in accounts:
        where = f"account_id = {account.pk} AND status IN ('failed','undelivered','expired','rejected','uncertain')"
        for code, counts in counted_by_sql(START, END, "error_code", where).items():
            expected |= {(account.name, str(LABELS[Status(status)]), code): both for status, both in counts.items()}
    assert found == expected


def test_the_cost_is_the_told_price_else_the_list_of_the_day(path, accounts):
    table = table_of(opened(path), "Per account")
    first, _second = accounts
    assert table["Satu"]["Cost (IDR)"] == pytest.approx(cost_by_sql(START, END, first))
    assert table["Satu"]["Without a price"] == 0
    # Told for one message of each status that the provider took; nobody knows the price of the others.
    assert table["Dua"]["Cost (USD)"] == pytest.approx(77.5 * len(TAKEN))
    assert table["Dua"]["Without a price"] == 3 * len(TAKEN)


def test_the_details_have_a_row_a_message_with_numbers_as_text_and_times_as_dates(path):
    sheet = openpyxl.load_workbook(path)["Details"]
    header, *rows = sheet.iter_rows()
    places = {cell.value: place for place, cell in enumerate(header)}
    counted = Message.objects.exclude(status__in=["queued", "sending"])
    by_reference = {message.reference: message for message in counted}
    assert len(rows) == sum(sum(n for n, _s in c.values()) for c in counted_by_sql(START, END, "1").values())
    for row in rows:
        message = by_reference[row[places["Reference"]].value]
        number = row[places["Recipient"]]
        assert (number.value, number.data_type, number.number_format) == (message.recipient, "s", "@")
        assert row[places["Status"]].value == str(LABELS[Status(message.status)])
        assert row[places["Segments"]].value == message.segments
        assert isinstance(row[places["Time"]].value, datetime)
        assert datetime(2024, 2, 1) <= row[places["Time"]].value < datetime(2024, 3, 1)
    assert max(row[places["Time"]].value for row in rows) == datetime(2024, 2, 29, 23, 59, 59)
    assert not any(cell.data_type == "f" or cell.hyperlink for row in rows for cell in row)
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:R{len(rows) + 1}"


def test_inbox_opt_outs_and_balance(path):
    book = opened(path)
    total = table_of(book, "Inbox and opt-outs")["Total"]
    assert (total["Received SMS"], total["Opt-outs: Stop keyword"]) == (2, 2)
    _header, *rows = [list(row) for row in book["Balance"].values]
    line = next(row for row in rows if row[0] == "Satu")
    spent = table_of(book, "Per account")["Satu"]["Cost (IDR)"]
    assert (line[2], line[4], line[6]) == (1000, 4100, 4000)
    assert line[5] == pytest.approx(spent)
    assert line[8] == pytest.approx(1000 + 4100 - spent - 4000)


def test_some_accounts_only(accounts, tmp_path, capsys):
    path = tmp_path / "two.xlsx"
    call_command("monthly_report", "2024-02", "--account", "dua", "--output", str(path))
    assert set(table_of(opened(path), "Per account")) == {"Dua", "Total"}
    assert "2024-02" in capsys.readouterr().out


def test_an_empty_month_is_a_whole_workbook(accounts, tmp_path):
    path = tmp_path / "empty.xlsx"
    call_command("monthly_report", "2023-01", "--output", str(path))
    book = opened(path)
    assert book["Per account"]["A2"].value == "No messages in this month."
    assert book.sheetnames == [*SHEETS, "Details"]


def test_details_go_on_with_another_sheet_where_one_is_full(accounts, tmp_path):
    path = tmp_path / "split.xlsx"
    made = write_workbook(str(path), select_month(Month.parse("2024-02"), []), sheet_rows=20)
    book = opened(path)
    names = [name for name in book.sheetnames if name.startswith("Details")]
    assert names[:2] == ["Details", "Details 2"]
    assert all(book[name].max_row <= 20 for name in names)
    assert sum(book[name].max_row - 1 for name in names) == made.rows
    assert "They agree" in [row[1] for row in book["Summary"].values]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["2024-13", "--output", "x.xlsx"], "no month"),
        (["February", "--output", "x.xlsx"], "no month"),
        (["2024-02", "--output", "x.csv"], "must end in .xlsx"),
        (["2024-02", "--output", "/nowhere/at/all/x.xlsx"], "cannot be written"),
        (["2024-02", "--account", "Tiga", "--output", "x.xlsx"], "no account"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(accounts, arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("monthly_report", *arguments)


def test_a_report_that_breaks_leaves_what_stood_there(accounts, tmp_path):
    path = tmp_path / "report.xlsx"
    path.write_bytes(b"last month's")
    Message.objects.filter(status="delivered").update(segments=1, channel="nonsense")
    with pytest.raises(KeyError):
        call_command("monthly_report", "2024-02", "--output", str(path))
    assert path.read_bytes() == b"last month's"
    assert [file.name for file in tmp_path.iterdir()] == ["report.xlsx"]


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice: apt-get install libreoffice-calc-nogui")
def test_libreoffice_recalculates_to_the_same_and_finds_no_error(path, tmp_path):
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    again = tmp_path / "again"
    # Through another format, so that it must calculate by itself.
    for source, target in ((path, "ods"), (again / "february.ods", "xlsx")):
        command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", str(again), str(source)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
    ours, theirs = opened(path), opened(again / "february.xlsx")
    assert theirs.sheetnames == ours.sheetnames
    for name in ours.sheetnames:
        rows = zip(ours[name].iter_rows(values_only=True), theirs[name].iter_rows(values_only=True), strict=False)
        for mine, other in rows:
            for left, right in zip(mine, other, strict=False):
                assert right == (pytest.approx(left) if isinstance(left, float) else left), name
                assert not str(right).startswith("#")
