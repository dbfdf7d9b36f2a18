"""What an attacker, or a careless hand, tried at the pages: each of these once told, broke or stopped something."""

import time

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.urls import reverse

from providers.json_field import StorableJSONField
from providers.models import Account
from smsops.messaging.composing.recipients import split_recipients
from smsops.messaging.models import Message
from smsops.messaging.outbox import get_outbox, hold_outbox
from tests.people import form_values

ACCOUNTS = "/admin/providers/account/"
MESSAGES = "/admin/messaging/message/"


def test_a_list_is_no_oracle_for_a_callback_token(client_of, make_account):
    account = make_account("tcast", name="guessed")
    operator = client_of("Operator")
    first = account.callback_token[0]
    for lookup in (f"callback_token__startswith={first}", "credentials__startswith=g", "options__contains=a"):
        assert operator.get(f"{ACCOUNTS}?{lookup}").status_code == 400
    assert b"guessed" in operator.get(f"{ACCOUNTS}?provider__exact=tcast&is_active__exact=1").content


def test_a_list_is_no_oracle_for_the_text_of_a_code(client_of, make_account, queue_messages):
    queue_messages(make_account(), kind="otp", text="Kode 4711")
    support = client_of("Support")
    for lookup in ("text__contains=4711", "text__regex=(a%2B)%2B$", "created_at__year=99999999"):
        assert support.get(f"{MESSAGES}?{lookup}").status_code == 400
    assert support.get(f"{MESSAGES}?status__exact=queued&campaign__id__exact=1").status_code == 200


def test_a_list_is_no_oracle_for_other_people(client_of):
    administrator = client_of("Administrator")
    User.objects.create_user("root", email="root@example.com", is_superuser=True)
    assert administrator.get("/admin/auth/user/?email__startswith=root").status_code == 400
    assert administrator.get("/admin/auth/user/?is_active__exact=1").status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
@pytest.mark.parametrize("end", ["from", "to"])
def test_a_filter_by_a_day_beyond_the_calendar_answers(client_of, day, end):
    assert client_of("Support").get(f"{MESSAGES}?written_{end}={day}").status_code == 200


@pytest.mark.parametrize("page", [MESSAGES, ACCOUNTS])
@pytest.mark.parametrize("strange", ["²", "99999999999999999999999", "%00", "-1"])
def test_a_strange_row_number_is_no_error(client_of, page, strange):
    assert client_of("Administrator").get(f"{page}{strange}/change/").status_code in (302, 404)


@pytest.mark.parametrize(
    "text",
    ["[" * 100_000, '{"a":' * 50_000, "1" * 5_000, '{"a": "\\u0000"}', '{"a": "\\ud800"}', '{"a": NaN}', "1e999", "{"],
    ids=["lists", "objects", "digits", "nul", "surrogate", "nan", "infinity", "broken"],
)
def test_json_that_nobody_can_keep_is_refused_and_shown_again(client_of, make_account, text):
    account, administrator = make_account("rajasms"), client_of("Administrator")
    page = f"{ACCOUNTS}{account.pk}/change/"
    typed = {"option_paths": text, "credential_apikey": "typed-again"}
    answer = administrator.post(page, form_values(administrator.get(page)) | typed)
    assert answer.status_code == 200
    assert "option_paths" in answer.context["adminform"].form.errors
    assert Account.objects.get(pk=account.pk).options == {}


def test_an_empty_json_field_is_the_empty_object():
    field = StorableJSONField(required=False)
    assert not field.has_changed({}, "")
    assert not field.has_changed({}, "{}")
    assert field.has_changed({}, '{"a": 1}')


@pytest.mark.parametrize("path", ["/x HTTP/1.1\\r\\nX: y", "/\\ud800", "/\\u0000", "/a b", "evil", "@evil", "/jalan/é"])
def test_a_path_cannot_add_to_the_request_line(client_of, make_account, path):
    account, administrator = make_account("rajasms"), client_of("Administrator")
    page = f"{ACCOUNTS}{account.pk}/change/"
    typed = {"option_paths": f'{{"send": "{path}"}}', "credential_apikey": "typed-again"}
    answer = administrator.post(page, form_values(administrator.get(page)) | typed)
    assert answer.status_code == 200
    assert "option_paths" in answer.context["adminform"].form.errors
    assert Account.objects.get(pk=account.pk).options == {}


def test_an_account_cannot_ask_for_ten_thousand_threads(client_of, make_account):
    account, administrator = make_account("rajasms"), client_of("Administrator")
    page = f"{ACCOUNTS}{account.pk}/change/"
    answer = administrator.post(page, form_values(administrator.get(page)) | {"max_connections": "10000"})
    assert "max_connections" in answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    "pasted", ["1" * 1_000_000, "1 " * 200_000, "0-" * 500_000, "+" * 1_000_000, "x " * 200_000, "(" * 1_000_000]
)
def test_a_megabyte_of_nonsense_is_read_in_seconds_and_shown_short(pasted):
    started = time.process_time()
    found = split_recipients(pasted)
    assert time.process_time() - started < 10
    assert len(found) == 1
    assert len(found[0]) < 250


def test_what_is_cut_short_never_becomes_a_number():
    entry = "081234567890" + "-" * 300 + "5"
    assert split_recipients(entry)[0].endswith("…")


@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00", "9999-12-31T23:59", "2027-02-31T10:00"])
def test_a_moment_beyond_the_calendar_is_a_sentence(client_of, make_account, zone, at):
    entered = {
        "nonce": "6b1f2c1e-8a55-4a3b-9a1f-0c7a3c1d2e3f", "account": make_account().pk, "channel": "sms",
        "kind": "transactional", "recipients": "081234567890", "text": "Halo", "when": "later", "at": at, "zone": zone,
    }  # fmt: skip
    answer = client_of("Operator").post(reverse("messaging:confirm"), entered)
    assert answer.status_code == 200
    assert "at" in answer.context["form"].errors
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        ["--wait", "nan"], ["--wait", "inf"], ["--wait", "-1"], ["--at", "0001-01-01T00:00:00+14:00"],
        ["--at", "9999-12-31T23:59:00-12:00"], ["--account", "\udcff"], ["--to", "0812\udcff"],
    ],
)  # fmt: skip
def test_send_ends_at_once_with_one_line_for_whatever_it_is_told(make_account, wrong):
    make_account("tcast", name="shop")
    given = {"--account": "shop", "--to": "081234567890", "--text": "Halo", wrong[0]: wrong[1]}
    with pytest.raises(CommandError) as refusal:
        call_command("send", *(word for pair in given.items() for word in pair))
    assert "\n" not in str(refusal.value)
    assert not Message.objects.exists()


def test_poll_ends_with_one_line_for_an_account_that_cannot_be_written(db):
    with pytest.raises(CommandError, match="There is no account"):
        call_command("poll", "reports", "--account", "\udcff")


@pytest.mark.parametrize("decision", [{}, {"decision": ""}, {"decision": "sned"}])
def test_only_a_clear_decision_opens_the_outbox(client_of, decision):
    hold_outbox()
    client_of("Approver").post(reverse("messaging:outbox"), decision)
    assert get_outbox().held_since is not None
