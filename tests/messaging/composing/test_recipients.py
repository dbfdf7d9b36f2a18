"""Numbers as people paste them."""

import pytest

from smsops.messaging.composing.recipients import as_mobile, split_recipients


def read(pasted):
    return [as_mobile(spelling) or spelling for spelling in split_recipients(pasted)]


@pytest.mark.parametrize("separator", ["\n", "\r\n", ",", ", ", ";", "\t", " ", "  ", " / ", " | ", ",\n"])
def test_it_reads_any_separator(separator):
    assert read(separator.join(["081234567890", "081398765432"])) == ["+6281234567890", "+6281398765432"]


@pytest.mark.parametrize(
    "spelling",
    [
        "081234567890",
        "6281234567890",
        "+6281234567890",
        "006281234567890",
        "81234567890",
        "0812 3456 7890",
        "0812-3456-7890",
        "0812.3456.7890",
        "(0812) 3456 7890",
        "+62 812-3456-7890",
        "+62 (812) 3456 7890",
        "0812‑3456–7890",
        "\u202a+62 812\u00a03456 7890\u202c",
    ],
)
def test_it_reads_any_spelling(spelling):
    assert read(spelling) == ["+6281234567890"]


def test_it_tells_numbers_from_the_spaces_inside_them():
    assert read("0812 3456 7890 0813 1111 2222 +62 856 7777 888") == [
        "+6281234567890",
        "+6281311112222",
        "+628567777888",
    ]


def test_it_keeps_what_is_no_number_as_it_was_written():
    assert read("Budi 081234567890, Siti Aminah\n12 34") == ["Budi", "+6281234567890", "Siti Aminah", "12 34"]


def test_it_does_not_guess_where_words_can_be_read_in_two_ways():
    pasted = "0812 34567 81234 5678"
    assert as_mobile(pasted) is None
    assert len(split_recipients(pasted)) <= 2


def test_it_refuses_letters_and_spreadsheet_damage():
    assert [as_mobile(each) for each in ("0812ABCD890", "8.12E+10", "0812345")] == [None, None, None]


def test_it_refuses_fixed_lines():
    assert as_mobile("021-500-1234") is None


def test_it_reads_numbers_from_abroad():
    assert read("+65 8123 4567") == ["+6581234567"]


def test_it_reads_nothing_from_nothing():
    assert split_recipients(" ,\n;\t ") == []


def test_it_reads_hostile_text_in_bounded_time():
    assert split_recipients("0 8 1 2 " * 5000)
