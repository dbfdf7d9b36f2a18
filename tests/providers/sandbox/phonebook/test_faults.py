"""What may go wrong in the sandbox's phone book when a test asks for it."""

import pytest
import requests

from providers.sandbox.phonebook import FAULTS
from tests.providers.sandbox.conftest import Client, md5
from tests.providers.sandbox.phonebook.entries import ANA, rows_of

# --- what may go wrong ------------------------------------------------------------------------------------------------


def test_the_names_of_the_calls_are_kept_in_order(book, ask, add):
    add()
    ask("phbkGetList")
    ask("groupgetlist")
    assert book.calls == ["phbkAdd", "phbkGetList", "groupGetList"]


def test_a_fault_comes_after_so_many_calls_and_so_many_times(book, ask):
    book.seed(entries=[ANA])
    book.fault("phbkGetList", "error_500", after=1, times=2)
    assert [ask("phbkGetList").status_code for _ in range(4)] == [200, 500, 500, 200]
    book.fault("*", "error_500", after=1)
    assert [ask(name).status_code for name in ("groupGetList", "phbkGetList", "groupGetList")] == [200, 500, 200]
    book.fault("phbkGetList", "error_500", times=9)
    book.clear_faults()
    assert ask("phbkGetList").status_code == 200


@pytest.mark.parametrize("kind", ["logged_out", "nonsense", "error_500", "reset_before", "code:1703"])
def test_some_faults_leave_everything_undone(book, add, kind):
    book.seed(groups=["Office"])
    book.fault("phbkAdd", kind)
    try:
        assert not add().startswith("1701")
    except requests.ConnectionError:
        assert kind == "reset_before"
    assert book.entries == {}


@pytest.mark.parametrize(("kind", "answer"), [("reset_after", None), ("bare_1701", "1701"), ("cut", "170")])
def test_others_come_after_it_is_done(book, add, kind, answer):
    book.seed(groups=["Office"])
    book.fault("phbkAdd", kind)
    try:
        assert add() == answer
    except requests.ConnectionError:
        assert answer is None
    assert len(book.entries) == 1


def test_an_answer_can_stay_away_for_ever(sandbox, book):
    book.fault("groupAdd", "silent")
    impatient = Client(sandbox, timeout=0.2)
    with pytest.raises(requests.Timeout):
        impatient.get("/web2sms/api/groupAdd.aspx", username="demo", group="Bos", auth=md5("Bosdemo-secret"))
    assert list(book.groups.values()) == ["Bos"]
    impatient.session.close()


def test_pages_can_be_short_repeated_empty_or_cut(book, ask):
    book.seed(entries=[ANA | {"id": str(n)} for n in range(1, 21)])

    def page_2(kind):
        book.fault("phbkGetList", kind)
        return ask("phbkGetList", page=2, size=10)

    assert [row[0] for row in rows_of(page_2("short_page"))] == ["11", "12", "13", "14", "15"]
    assert rows_of(page_2("repeated_page"))[0][0] == "1"
    assert page_2("empty_page").text == "1704"
    whole = ask("phbkGetList", page=2, size=10).content
    assert whole.startswith(page_2("cut").content)


def test_there_is_no_fault_by_another_name(book):
    with pytest.raises(ValueError, match="meteor"):
        book.fault("phbkAdd", "meteor")
    assert "short_page" in FAULTS


# --- steering over HTTP -----------------------------------------------------------------------------------------------


def test_the_book_is_filled_steered_and_shown_over_http(client, ask):
    body = {
        "entries": [ANA], "groups": ["Kosong"], "delimiters": "euro", "list_columns": 7, "page_cap": 5,
        "fault": {"call": "phbkGetList", "kind": "code:1703", "times": 1},
    }  # fmt: skip
    (id,) = client.post("/_sandbox/phonebook", json=body).json()["ids"]
    assert ask("phbkGetList").text == "1703"
    assert ask("phbkGetList").text.startswith(f"{id}€Ana€")
    shown = client.get("/_sandbox/phonebook").json()
    assert shown["entries"] == [{"id": id, **ANA}]
    assert sorted(shown["groups"].values()) == ["Kosong", "Office"]
    assert shown["calls"] == ["phbkGetList", "phbkGetList"]
    client.post("/_sandbox/phonebook", json={"username": "toko", "groups": ["Toko"]})
    assert list(client.get("/_sandbox/phonebook", username="toko").json()["groups"].values()) == ["Toko"]


@pytest.mark.parametrize(
    "body",
    [
        {"delimiters": "comma"}, {"list_columns": 5}, {"page_cap": 0}, {"fault": {"call": "phbkAdd"}},
        {"fault": {"call": "phbkAdd", "kind": "meteor"}}, {"entries": [{"colour": "red"}]}, [1],
    ],
)  # fmt: skip
def test_steering_with_nonsense_is_answered_by_400(client, body):
    assert client.post("/_sandbox/phonebook", json=body).status_code == 400
