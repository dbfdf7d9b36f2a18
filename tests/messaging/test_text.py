"""GSM-7 with its extension table, UCS-2 by UTF-16 units, and where a text is cut into parts."""

import pytest

from providers.types import Encoding
from smsops.messaging.text import GSM7_BASIC, GSM7_EXTENSION, clean_text, measure, name_character


def test_it_knows_all_127_characters_of_the_basic_table_and_the_extension():
    assert len(GSM7_BASIC) == 127
    assert set("^{}\\[~]|€\f") == GSM7_EXTENSION


@pytest.mark.parametrize(("length", "segments"), [(1, 1), (160, 1), (161, 2), (306, 2), (307, 3), (459, 3), (460, 4)])
def test_it_counts_plain_text_by_160_then_153(length, segments):
    assert measure("a" * length).segments == segments


@pytest.mark.parametrize(("length", "segments"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3)])
def test_it_counts_unicode_text_by_70_then_67(length, segments):
    measured = measure("ž" * length)
    assert (measured.encoding, measured.segments) == (Encoding.UCS2, segments)


def test_it_counts_every_character_of_the_extension_twice():
    for char in GSM7_EXTENSION:
        assert measure(char).units == 2
    assert measure("€" * 80).segments == 1
    assert measure("€" * 81).segments == 2


def test_it_counts_extension_characters_once_in_unicode():
    assert measure("ž" + "€" * 69).segments == 1


def test_it_counts_an_emoji_as_two_units():
    measured = measure("😀" * 35)
    assert (measured.units, measured.segments, measured.remaining) == (70, 1, 0)
    assert measure("😀" * 36).segments == 2


def test_it_never_tears_a_surrogate_pair_over_two_parts():
    # 67 units a part hold 33 pairs: 67 pairs need three parts, though 134 units would fill two.
    assert measure("😀" * 66).segments == 2
    assert measure("😀" * 67).segments == 3


def test_it_never_tears_an_escaped_character_over_two_parts():
    text = "a" * 152 + "€" + "a" * 151
    assert measure(text).units == 305
    assert measure(text).segments == 2
    assert measure(text + "a").segments == 3


@pytest.mark.parametrize("text", ["a", "a" * 160, "a" * 161, "a" * 152 + "€a", "ž" * 71, "😀" * 34])
def test_the_room_it_promises_is_the_room_there_is(text):
    measured = measure(text)
    assert measure(text + "a" * measured.remaining).segments == measured.segments
    assert measure(text + "a" * (measured.remaining + 1)).segments == measured.segments + 1


def test_it_names_the_first_character_that_forces_unicode_and_its_place():
    measured = measure("Halo, Budi’s order… 😀")
    assert (measured.culprit, measured.culprit_index) == ("’", 10)


def test_it_names_no_character_in_plain_text():
    assert (measure("Rp 1.842.000 {ok}").culprit, measure("x").culprit_index) == ("", -1)


def test_a_straight_double_quote_is_plain_text():
    assert measure('"Promo"').encoding is Encoding.GSM7


@pytest.mark.parametrize(("length", "segments"), [(140, 1), (141, 2), (268, 2), (269, 3)])
def test_it_counts_latin_1_by_bytes(length, segments):
    assert measure("â" * length, Encoding.LATIN1).segments == segments


@pytest.mark.parametrize(("length", "segments"), [(140, 1), (141, 2), (153, 2), (306, 2), (307, 3)])
def test_one_flash_message_is_140_characters(length, segments):
    assert measure("a" * length, Encoding.GSM7, is_flash=True).segments == segments


def test_it_cleans_what_cannot_go_on_the_air():
    assert clean_text("a\x00b\r\nc\rd\te\x1bf\ud800g\x85h") == "ab\nc\nd efgh"


def test_it_keeps_emoji_and_their_joiners():
    assert clean_text("👩‍🚀 ok") == "👩‍🚀 ok"


def test_it_makes_an_invisible_character_findable():
    assert name_character("’") == "’ (U+2019)"
    assert name_character("\u00a0") == "U+00A0"
