"""The pages of keywords."""

import pytest

from providers.types import Kind
from smsops.inbox.models import Keyword
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.gate import examine
from tests.inbox.conftest import NUMBER
from tests.people import client_of, form_values, make_person

LIST = "/admin/inbox/keyword/"


def add(client, **values):
    given = {"word": "Info", "language": "", "action": "answer", "answer": "Buka 08.00", "account": ""}
    return client.post(f"{LIST}add/", given | {"answer_account": ""} | values)


def test_an_approver_adds_one_as_it_will_be_matched(make_account):
    add(client_of(make_person("Approver")), word=" Info  HARGA! ")
    assert Keyword.objects.filter(word="info harga", answer="Buka 08.00").exists()


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"word": "!!!"}, "Write a word or a few"),
        ({"word": "STOP", "action": "stop"}, "There is this keyword already"),
        ({"answer": "Stop!"}, "answer each other for ever"),
        ({"answer": ""}, "Write the answer"),
        ({"active_from_0": "2026-05-02", "active_from_1": "10:00", "active_until_0": "2026-05-01",
          "active_until_1": "10:00"}, "before it begins"),
    ],
)  # fmt: skip
def test_what_could_not_work_is_refused_with_a_sentence(values, told, db):
    count = Keyword.objects.count()
    assert told in add(client_of(make_person("Approver")), **values).content.decode()
    assert Keyword.objects.count() == count


def test_the_same_word_may_hold_at_another_time(db):
    approver = client_of(make_person("Approver"))
    first = {
        "active_from_0": "2026-05-01",
        "active_from_1": "00:00",
        "active_until_0": "2026-06-01",
        "active_until_1": "00:00",
    }
    later = {"active_from_0": "2026-06-01", "active_from_1": "00:00"}
    add(approver, **first)
    assert (
        "There is this keyword already"
        in add(approver, active_from_0="2026-05-15", active_from_1="00:00").content.decode()
    )
    add(approver, **later)
    assert Keyword.objects.filter(word="info").count() == 2


def test_operators_look_at_keywords_and_change_none(db):
    operator = client_of(make_person("Operator"))
    assert operator.get(LIST).status_code == 200
    assert add(operator).status_code == 403


def test_compose_and_the_account_say_that_a_kind_is_exempt(make_account):
    account = make_account("rajasms", options={"opt_out_exempt_kinds": "otp"})
    warned = examine(Draft(account=account, recipients=[NUMBER], text="1234", kind=Kind.OTP)).warnings
    assert any("also to numbers that have opted out" in sentence for sentence in warned)
    plain = examine(Draft(account=account, recipients=[NUMBER], text="1234")).warnings
    assert not any("opted out" in sentence for sentence in plain)
    page = client_of(make_person("Administrator")).get(f"/admin/providers/account/{account.pk}/change/")
    assert "also to numbers that have opted out: otp" in page.content.decode()
    assert form_values(page)


def test_no_account_is_deleted_from_beside_the_field_that_names_it(make_account):
    make_account()
    page = client_of(make_person("Administrator")).get(f"{LIST}add/").content.decode()
    assert "change_id_answer_account" in page
    assert "delete_id_" not in page
