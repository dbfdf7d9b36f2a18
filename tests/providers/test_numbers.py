"""Numbers in any spelling, and the operators that prefixes belong to."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.numbers import display, is_mobile, operator_of, to_e164


@pytest.mark.parametrize(
    "spelling",
    ["081234567890", "6281234567890", "+6281234567890", "006281234567890", "0812-3456-7890", "+62 812 3456 7890",
     " 0812.3456.7890 ", "(0812) 3456 7890"],
)  # fmt: skip
def test_every_spelling_is_one_number(spelling):
    assert to_e164(spelling) == "+6281234567890"


@pytest.mark.parametrize("spelling", ["", "abc", "0812", "0812345678901234567", "0812ABCD890", "🙂", "08" * 500])
def test_what_cannot_be_a_number_is_none(spelling):
    assert to_e164(spelling) is None


def test_a_foreign_number_keeps_its_country():
    assert to_e164("+65 8123 4567") == "+6581234567"


@pytest.mark.parametrize(
    ("number", "operator"), [("+6281234567890", "Telkomsel"), ("+6281734567890", "XL"), ("+628990000001", "Indosat")]
)
def test_a_prefix_tells_the_operator(number, operator):
    assert operator_of(number).startswith(operator)


def test_a_landline_is_no_mobile():
    assert is_mobile("+6281234567890")
    assert not is_mobile(to_e164("021 5551234"))


def test_people_read_numbers_in_groups():
    assert display("+6281234567890") == "0812-3456-7890"
    assert display("+6581234567") == "+65 8123 4567"
    assert display("TELKOMSEL") == "TELKOMSEL"


@settings(max_examples=300)
@given(st.from_regex(r"\A(0|62|\+62)8[0-9]{6,13}\Z"))
def test_the_short_way_says_what_the_library_says(spelling):
    number = phonenumbers.parse(spelling if spelling[0] in "0+" else f"+{spelling}", "ID")
    expected = phonenumbers.format_number(number, 0) if phonenumbers.is_valid_number(number) else None
    assert to_e164(spelling) == expected
