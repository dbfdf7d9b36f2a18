"""Files that are wrong: a clear sentence, nothing stored, memory bounded."""

import tracemalloc
import zipfile

import pytest
from django.core.management import CommandError

from contacts.models import Contact, ContactImport, FilePiece, ImportRow, StoredFile
from tests.contacts.importing.conftest import write_workbook

GOOD = b"name,mobile\nBudi,081234567890\n"
MOST_MEMORY = 64 << 20


def workbook(path, parts):
    """A good workbook with some of its parts replaced or added; a part is bytes, or pieces of them."""
    write_workbook(path, [["name", "mobile"], ["Budi", "081234567890"]])
    with zipfile.ZipFile(path) as archive:
        kept = {name: [archive.read(name)] for name in archive.namelist()}
    kept |= parts
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, pieces in kept.items():
            with archive.open(name, "w") as part:
                part.writelines(pieces)
    return path


SHEET, TEXTS = "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"
HEAD = b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


INLINE, INLINE_END = b'<row r="1"><c r="A1" t="inlineStr"><is><t>', b"</t></is></c></row>"


MEGABYTE = 1 << 20
# What the file holds, in pieces, and words of the sentence that refuses it.
WRONG = {
    "a picture": ([b"\x89PNG\r\n\x1a\n", bytes(range(256)) * 40], "binary"),
    "a program": ([b"MZ\x90\x00\x03", bytes(5000)], "binary"),
    "an old workbook": ([b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", bytes(600)], "old Excel"),
    "a broken archive": ([b"PK\x03\x04", bytes(600)], "damaged"),
    "nothing": ([], "empty"),
    "only spaces": ([b" \r\n \n\n"], "empty"),
    "only separators": ([b",,,\n,,,\n"], "no rows"),
    "two hundred columns": ([b",".join(b"c%d" % n for n in range(200)), b"\n"], "200 columns"),
    "a cell of 50 MB": ([GOOD, b'"', *[b"x" * MEGABYTE] * 50, b'",0812\n'], "more than 32767 characters"),
    "a line of 50 MB": ([GOOD, *[b"x" * MEGABYTE] * 50], "more than 32767 characters"),
    "a quote never closed": ([GOOD, b'"Budi,0812\n', *[b"x,y\n" * 1000] * 60], "more than 32767 characters"),
    "two encodings": ([GOOD, "José,081\n".encode(), "José,081\n".encode("cp1252")], "mixes encodings"),
    "broken UTF-16": ([b"\xff\xfe", "name,mobile\n".encode("utf-16-le"), b"\x00\xd8a\x00"], "mixes encodings"),
    "zeros": ([GOOD, bytes(2000)], "binary"),
    "more than 100 MB": ([GOOD * 40_000] * 120, "100 MB"),
}


@pytest.fixture
def refuse(import_file):
    """Import a file that must be refused; returns the sentence."""

    def run(path):
        tracemalloc.start()
        with pytest.raises(CommandError) as refusal:
            import_file(path)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < MOST_MEMORY
        stored = (Contact, ContactImport, ImportRow, FilePiece, StoredFile)
        assert [model.objects.count() for model in stored] == [0] * len(stored)
        assert "\n" not in str(refusal.value)
        return str(refusal.value)

    return run


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_is_refused_with_a_clear_sentence(tmp_path, refuse, name):
    pieces, words = WRONG[name]
    with (tmp_path / "wrong.csv").open("wb") as file:
        file.writelines(pieces)
    assert words in refuse(tmp_path / "wrong.csv")


def test_a_wrong_place_far_down_leaves_nothing_behind(write, refuse):
    rows = b"".join(b"Nama %d,0812%08d\n" % (n, n) for n in range(3000))
    assert "row 3002" in refuse(write("a.csv", b"name,mobile\n" + rows + b"x" * 40_000 + b",0812\n"))


def test_macros_are_refused(tmp_path, refuse):
    assert "macros" in refuse(workbook(tmp_path / "a.xlsx", {"xl/vbaProject.bin": [b"x"]}))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path, refuse):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "Halo")
    assert "no spreadsheet" in refuse(tmp_path / "a.xlsx")


HOSTILE = {
    "a sheet of 600 MB": (SHEET, [HEAD, b"<!--", *[b" " * MEGABYTE] * 600, b"-->", TAIL], "too large once unpacked"),
    "texts of 80 MB": (TEXTS, [b"<sst>", *[b"<si><t>x</t></si>" * 50_000] * 100, b"</sst>"], "too large once unpacked"),
    "a picture of 40 MB": ("xl/media/image1.png", [bytes(MEGABYTE)] * 40, "too large once unpacked"),
    "a cell of 50 MB": (SHEET, [HEAD, INLINE, *[b"x" * MEGABYTE] * 50, INLINE_END, TAIL], "more than 32767 char"),
    "a row of 50 MB": (SHEET, [HEAD, INLINE, *[b"x</t><t>" * 5000] * 1200, INLINE_END, TAIL], "more than 32767 char"),
    "a far column": (SHEET, [HEAD, b'<row r="1"><c r="XFD1"><v>1</v></c></row>', TAIL], "columns"),
    "an unclosed sheet": (SHEET, [HEAD, b"<row><c>"], "damaged"),
    "an entity": (
        SHEET,
        [b'<!DOCTYPE x [<!ENTITY a "aaaa">]>', HEAD.split(b"?>")[1], INLINE, b"&a;", INLINE_END, TAIL],
        "damaged",
    ),
    "no workbook": ("xl/workbook.xml", [b"<nonsense/>"], "no rows"),
    "no rows": (SHEET, [HEAD, TAIL], "no rows"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_before_it_fills_the_memory(tmp_path, refuse, name):
    part, pieces, words = HOSTILE[name]
    assert words in refuse(workbook(tmp_path / "a.xlsx", {part: pieces}))


def test_a_size_that_the_archive_lies_about_is_measured(tmp_path, refuse):
    path = workbook(tmp_path / "a.xlsx", {SHEET: [HEAD, INLINE, b"x" * MEGABYTE, INLINE_END, TAIL]})
    data = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size.to_bytes(4, "little")
    path.write_bytes(data.replace(size, (100).to_bytes(4, "little")))
    assert refuse(path)


def test_a_card_that_is_cut_off_is_refused(write, refuse):
    assert "cut off" in refuse(write("a.vcf", "BEGIN:VCARD\nFN:Budi\nTEL:081234567890\n"))


def test_a_card_without_an_end_is_refused_before_it_fills_the_memory(write, refuse):
    assert "too large" in refuse(write("a.vcf", "BEGIN:VCARD\n" + "NOTE:xxxxxxxxxxxxxxxxxxx\n" * 400_000))


def test_a_broken_card_is_a_refused_row_among_good_ones(write, import_file):
    good = "BEGIN:VCARD\nVERSION:3.0\nFN:Budi\nTEL:081234567890\nEND:VCARD\n"
    told = import_file(write("a.vcf", good + "BEGIN:VCARD\nVERSION:3.0\nTEL\n:::\nEND:VCARD\n" + good))
    assert (told["new"], told["unchanged"], told["refused"]) == (1, 1, 1)
