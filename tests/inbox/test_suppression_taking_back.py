"""An import of opt-outs that was a mistake: what it alone put there is lifted, and nothing else."""

import pytest

from smsops.inbox.models import Suppression, SuppressionEvent, SuppressionImport
from smsops.inbox.optouts.importing.taking_back import (
    CHUNK,
    count_to_take_back,
    start_taking_back,
    take_back_step,
    take_numbers_back,
)
from smsops.inbox.optouts.importing.tasks import run_suppression_import, wake_suppression_imports
from smsops.inbox.suppressions import add_suppression, lift_suppression
from tests.inbox.test_suppression_import import PAGE, confirm, many, read
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


def imported(text):
    found = read(text)
    confirm(found)
    return found


def number(place):
    return f"+62812{place:08d}"


def left():
    return list(Suppression.objects.order_by("number").values_list("number", flat=True))


def take_back(found, why="the wrong file", actor=None):
    assert start_taking_back(found=found, why=why, actor=actor)
    assert not take_back_step(import_id=found.pk, seconds=60)
    found.refresh_from_db()


def test_it_lifts_what_the_import_put_there_and_says_who_and_why():
    add_suppression(number=number(1), reason="staff")
    found, person = imported(many(3)), make_person("Approver")
    assert count_to_take_back(found) == 2
    take_back(found, actor=person)
    assert (found.state, found.taken_back, found.taken_back_by) == ("taken", 2, person)
    assert left() == [number(1)]
    told = SuppressionEvent.objects.filter(kind="lifted").order_by("number")
    assert list(told.values_list("number", "note", "actor")) == [
        (number(0), "the wrong file", person.pk),
        (number(2), "the wrong file", person.pk),
    ]


@pytest.mark.parametrize(
    "touch",
    [
        lambda: add_suppression(number=number(1), reason="stop", source_text="STOP"),
        lambda: add_suppression(number=number(1), reason="staff"),
        lambda: imported(many(1, start=1)),
        lambda: lift_suppression(number=number(1)) and add_suppression(number=number(1), reason="staff"),
    ],
    ids=["the person himself", "staff", "another list", "lifted and entered again"],
)
def test_who_was_opted_out_by_somebody_else_too_stays_so(touch):
    found = imported(many(3))
    touch()
    take_back(found)
    assert left() == [number(1)]


def test_that_the_person_said_so_himself_stands_in_the_log():
    imported(many(1))
    add_suppression(number=number(0), reason="stop", source_text="STOP")
    add_suppression(number=number(0), reason="stop", source_text="STOP")
    assert list(SuppressionEvent.objects.order_by("pk").values_list("reason", flat=True)) == ["imported", "stop"]


def test_a_list_that_was_read_before_the_other_was_taken_back_holds_in_full():
    first, second = imported(many(3)), read(many(3))
    assert second.known == 3
    take_back(first)
    confirm(second)
    assert left() == [number(0), number(1), number(2)]


def test_many_are_lifted_piece_by_piece(django_assert_max_num_queries):
    found = imported(many(CHUNK + 500))
    start_taking_back(found=found, why="x", actor=None)
    # SQLite inserts some dozens at a time.
    with django_assert_max_num_queries(30):
        assert take_numbers_back(import_id=found.pk)
    assert Suppression.objects.count() == 500
    SuppressionImport.objects.update(touched_at="2026-01-01T00:00Z")
    wake_suppression_imports()
    run_suppression_import(found.pk)
    found.refresh_from_db()
    assert (found.state, found.taken_back) == ("taken", CHUNK + 500)


def test_it_happens_once_and_only_to_what_was_imported():
    waiting = read(many(2))
    assert not start_taking_back(found=waiting, why="x", actor=None)
    found = imported(many(2))
    take_back(found)
    assert not start_taking_back(found=found, why="x", actor=None)
    assert not take_numbers_back(import_id=found.pk)


def test_it_can_be_taken_back_after_its_rows_were_forgotten():
    found = imported(many(2))
    found.rows.all().delete()
    take_back(found)
    assert left() == []


def test_an_approver_sees_how_many_says_why_and_is_told():
    client, found = client_of(make_person("Approver")), imported(many(3))
    add_suppression(number=number(1), reason="staff")
    address = f"{PAGE}{found.pk}/take-back/"
    assert address in client.get(f"{PAGE}{found.pk}/").content.decode()
    page = client.get(address).content.decode()
    assert "2 numbers can have messages again" in page
    assert "1 number of this import is left as it is" in page
    assert "This field is required" in client.post(address, {"why": ""}).content.decode()
    assert Suppression.objects.count() == 3
    done = client.post(address, {"why": "the wrong file"}, follow=True).content.decode()
    assert "2 opt-outs were lifted." in done
    assert "the wrong file" in done
    assert client.get(address, follow=True).redirect_chain


@pytest.mark.parametrize("role", ["Operator", "Support"])
def test_others_take_nothing_back(role):
    found = imported(many(1))
    assert client_of(make_person(role)).post(f"{PAGE}{found.pk}/take-back/", {"why": "x"}).status_code == 403
    assert left() == [number(0)]
