"""Personal texts: one pass, nothing expanded twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smsops.messaging.campaigns.merge import clean_value, parse_merge
from smsops.messaging.campaigns.plain import make_plain
from smsops.messaging.text import first_beyond_gsm7


@pytest.mark.parametrize(
    ("text", "values", "rendered"),
    [
        ("Halo {name}", {"name": "Budi"}, "Halo Budi"),
        ("Halo {name|Pelanggan}", {}, "Halo Pelanggan"),
        ("Halo {name|Pelanggan}", {"name": ""}, "Halo Pelanggan"),
        ("Halo { Name |Bapak/Ibu}", {"name": "Budi"}, "Halo Budi"),
        ("{nomor  polis}", {"nomor polis": "A-1"}, "A-1"),
        ("{name}", {"name": "{mobile}", "mobile": "0812"}, "{mobile}"),
        ("{name}{mobile}", {"name": "{mo", "mobile": "bile}"}, "{mobile}"),
        ("a {{b}} c", {"b": "x"}, "a {b} c"),
        ("{name|}", {}, ""),
        ("{0.__class__} {name!r}", {"name": "x"}, " "),
        ("50% %(name)s %s", {"name": "x"}, "50% %(name)s %s"),
    ],
)
def test_it_fills_in_what_it_knows(text, values, rendered):
    assert parse_merge(text).render(values) == rendered


def test_it_tells_what_a_recipient_lacks():
    merge = parse_merge("{name|Anda} {kota} {kode}")
    assert merge.keys == ("name", "kota", "kode")
    assert merge.lacking({"kode": "7"}) == ["kota"]


@pytest.mark.parametrize(("text", "strays"), [("a { b", 1), ("a } b {", 2), ("{}", 2), ("{{}}", 0), ("{ }", 1)])
def test_a_brace_of_no_field_is_told(text, strays):
    assert parse_merge(text).strays == strays


@given(st.text(), st.text())
def test_a_value_arrives_as_it_is_whatever_it_holds(before, value):
    literal = before.replace("{", "{{").replace("}", "}}")
    assert parse_merge(f"{literal}\n{{x}}").render({"x": value}) == f"{before}\n{value}"


@given(st.text())
def test_a_cleaned_value_stays_on_its_line(value):
    cleaned = clean_value(value)
    assert not {"\n", "\r", "\x00", "\x1b"} & set(cleaned)
    assert clean_value(cleaned) == cleaned


def test_typographic_characters_become_plain_ones():
    plain = make_plain("“Diskon” – 50\u00a0%… Budi’s\u200b • promo")
    assert plain == '"Diskon" - 50 %... Budi\'s * promo'
    assert first_beyond_gsm7(plain) == -1


def test_letters_and_pictures_are_left_alone():
    assert make_plain("你好 😀 ł") == "你好 😀 ł"
