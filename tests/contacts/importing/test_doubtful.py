"""Doubtful rows are taken or left one by one, or all that are alike."""

import io

import pytest

from contacts.importing.services import STEPS, create_import, decide_doubtful, start_reading
from contacts.models import Contact

LIST = b"""Nama;HP;Tgl Lahir
Budi;081234567890;1990-01-32
Ani;081311112222;31/02/1990
Siti;081344445555;1990-01-01
Tono;081355556666;kemarin
"""


@pytest.fixture
def made(db):
    made = create_import(file=io.BytesIO(LIST), name="a.csv")
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    STEPS.read_step(import_id=made.pk, seconds=60)
    made.refresh_from_db()
    assert (made.new, made.doubtful) == (1, 3)
    return made


def post(client, made, page, **data):
    return client.post(f"/admin/contacts/import/{made.pk}/{page}/", data, follow=True).content.decode()


def names():
    return sorted(Contact.objects.values_list("name", flat=True))


def test_one_is_taken_and_the_others_stay_out(operator, made):
    page = post(operator, made, "decide", number=3, what="take", after=0)
    assert "1 doubtful row will be imported." in page
    assert "Leave it out" in page
    post(operator, made, "apply")
    assert names() == ["Ani", "Siti"]
    made.refresh_from_db()
    assert (made.state, made.applied, made.accepted) == ("done", 2, 1)
    told = b"".join(operator.get(f"/admin/contacts/import/{made.pk}/rejected.csv").streaming_content).decode()
    assert "Ani" not in told
    assert "Budi" in told


def test_all_alike_are_taken_and_one_of_them_left(operator, made):
    assert "3 doubtful rows will be imported." in post(operator, made, "decide", number=2, what="take_all")
    assert "1 doubtful row is left out." in post(operator, made, "decide", number=5, what="leave")
    post(operator, made, "apply")
    assert names() == ["Ani", "Budi", "Siti"]


def test_all_are_taken_by_one_tick(operator, made):
    post(operator, made, "apply", doubtful="on")
    assert names() == ["Ani", "Budi", "Siti", "Tono"]


def test_a_decision_given_twice_counts_once(made):
    decision = {"contact_import": made, "number": 2, "is_alike": True}
    assert decide_doubtful(**decision, is_accepted=True) == 3
    assert decide_doubtful(**decision, is_accepted=True) == 0
    assert decide_doubtful(**decision, is_accepted=False) == 3
    made.refresh_from_db()
    assert made.accepted == 0


@pytest.mark.parametrize("data", [{}, {"number": "x", "what": "take"}, {"number": "4", "what": "take"},
                                  {"number": "2", "what": "x"}, {"number": "9" * 30, "what": "take"}])  # fmt: skip
def test_nonsense_decides_nothing(operator, made, data):
    post(operator, made, "decide", **data)
    made.refresh_from_db()
    assert made.accepted == 0


def test_it_is_too_late_once_it_was_confirmed(operator, made):
    post(operator, made, "apply")
    post(operator, made, "decide", number=2, what="take")
    STEPS.apply_step(import_id=made.pk, seconds=1)
    assert names() == ["Siti"]


def test_reading_it_anew_forgets_the_decisions(operator, made):
    decide_doubtful(contact_import=made, number=2, is_accepted=True, is_alike=True)
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    STEPS.read_step(import_id=made.pk, seconds=60)
    made.refresh_from_db()
    assert (made.accepted, made.doubtful) == (0, 3)
