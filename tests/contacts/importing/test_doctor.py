"""Numbers that spreadsheets and people have damaged."""

from datetime import date

import pytest

from contacts.importing.dates import read_date
from contacts.importing.doctor import repair_number
from contacts.uploads.cells import Figure, Formula

NUMBER = "+6281234567890"


@pytest.mark.parametrize(
    ("cell", "note"),
    [
        ("081234567890", None),
        ("+62 812-3456-7890", None),
        ("6281234567890", None),
        ("81234567890", "lost_zero"),
        (Formula('="081234567890"'), "formula_text"),
        ("0812\u00a03456\u00a07890", "invisible"),
        ("\u202a+6281234567890\u202c", "invisible"),
        ("+62 0812 3456 7890", "double_prefix"),
        ("0062 812 3456 7890", "international"),
        ("6.281234567890E+12", "scientific"),
        ("6,281234567890E+12", "scientific"),
        ("6281234567890.0", "tail"),
        ("HP: 0812-3456-7890 (Budi)", "words"),
    ],
)
def test_it_repairs_what_can_be_repaired_for_certain(cell, note):
    reading = repair_number(cell)
    assert reading.number == NUMBER
    assert reading.notes == ((note,) if note else ())
    assert reading.others == ()


@pytest.mark.parametrize(
    "cell", ["6.28E+12", "6,2812E+12", "8.12346E+10", "6.28123456789E+12", Figure("6280000000000")]
)
def test_lost_digits_are_refused_and_never_guessed(cell):
    assert (repair_number(cell).number, repair_number(cell).reason) == (None, "digits_lost")


def test_a_decimal_tail_never_becomes_a_digit():
    assert repair_number("8123456789.0").number == "+628123456789"


@pytest.mark.parametrize(
    "cell",
    [
        "0812-3456-7890 / 0813 1111 2222",
        "081234567890;081311112222",
        "081234567890\n081311112222",
        "081234567890 081311112222",
        "+62 812 3456 7890 atau 0813 1111 2222",
        "0812 3456 7890 ::: +62 813-1111-2222",
    ],
)
def test_of_two_numbers_the_first_counts_and_the_second_is_kept(cell):
    reading = repair_number(cell)
    assert (reading.number, reading.others) == (NUMBER, ("+6281311112222",))
    assert "several" in reading.notes


def test_a_mobile_number_goes_before_a_landline():
    reading = repair_number("(021) 500-1234 / 0812 3456 7890")
    assert (reading.number, reading.others) == (NUMBER, ("+62215001234",))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "no_number"),
        ("\u00a0", "no_number"),
        ("Budi", "not_a_number"),
        ("0812ABCD890", "not_a_number"),
        ("0812 3456 7890 ext 5", "not_a_number"),
        ("08123456789012345", "not_a_number"),
        (Formula("=A1&B1"), "is_formula"),
        (Formula("=cmd|'/C calc'!A0"), "is_formula"),
    ],
)
def test_what_is_no_number_says_why(cell, reason):
    assert (repair_number(cell).number, repair_number(cell).reason) == (None, reason)


@pytest.mark.parametrize(
    "cell",
    ["1990-08-17", "17/8/1990", "17-08-90", "17.8.1990", "17 Agustus 1990", "17 agu 1990", "August 17, 1990",
     "19900817", "1990-08-17 00:00:00", "1990-08-17T00:00:00Z"],
)  # fmt: skip
def test_days_are_read_as_people_write_them(cell):
    assert read_date(cell, today=date(2026, 1, 1)) == date(1990, 8, 17)


@pytest.mark.parametrize("cell", ["", "--08-17", "31/02/1990", "1990", "17/8/2090", "0001-01-01", "soon", "8/17/1990"])
def test_what_is_no_day_in_the_past_is_none(cell):
    assert read_date(cell, today=date(2026, 1, 1)) is None
