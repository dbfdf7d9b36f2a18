"""What kind of file this is, by its content and never by its name."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext_noop as _

from contacts.uploads.refusal import FILE_BYTES, FileRefused

CSV, XLSX, VCARD = "csv", "xlsx", "vcard"
BLOCK = 1 << 20
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Bytes that no text has: control characters but tab, line ends, form feed, and the end mark of old systems.
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x19\x1b-\x1f]")
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_VCARD = re.compile(r"\s*BEGIN:VCARD", re.IGNORECASE)
# Five bytes that Windows-1252 gives no character.
_NOT_WINDOWS = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def find_kind(file: IO[bytes]) -> tuple[str, str]:
    """(kind, encoding) of a file, the encoding "" for a workbook. Raises FileRefused."""
    if not (head := file.read(4096)).strip():
        raise FileRefused(_("The file is empty."))
    if file.seek(0, 2) > FILE_BYTES:
        raise FileRefused(_("The file is larger than %(most)d MB. Split it into several."), most=FILE_BYTES >> 20)
    if head.startswith(_OLD_OFFICE):
        raise FileRefused(_("This is an old Excel file, or one with a password. Save it as .xlsx or as CSV."))
    if head.startswith(b"PK"):
        return _kind_of_archive(file), ""
    encoding = find_encoding(file)
    file.seek(0)
    start = codecs.getincrementaldecoder(encoding)().decode(head)
    return (VCARD if _VCARD.match(start.lstrip("\ufeff")) else CSV), encoding


def _kind_of_archive(file: IO[bytes]) -> str:
    try:
        names = zipfile.ZipFile(file).namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise FileRefused(_("This workbook is damaged. Open it in Excel and save it anew.")) from None
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused(_("This workbook holds macros. Save it as .xlsx, without macros."))
    if "xl/workbook.xml" not in names:
        raise FileRefused(_("This is no spreadsheet. Choose a CSV or XLSX file."))
    return XLSX


def find_encoding(file: IO[bytes]) -> str:
    """The encoding of a text, read from its marks or from every line of it. Raises FileRefused."""
    file.seek(0)
    head = file.read(4096)
    for mark, encoding in _MARKS.items():
        if head.startswith(mark):
            return _checked(file, encoding)
    if b"\x00" in head and (found := _unmarked_utf16(head)):
        return _checked(file, found)
    return _read_through(file)


def _unmarked_utf16(head: bytes) -> str | None:
    """Half of the bytes of such a text are zero, all on one side."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    most = len(head) // 2 * 0.6
    if even == 0 and odd > most:
        return "utf-16-le"
    return "utf-16-be" if odd == 0 and even > most else None


def _checked(file: IO[bytes], encoding: str) -> str:
    """The encoding that a mark claims, if all of the file keeps to it."""
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        for block in _blocks(file):
            if "\x00" in decoder.decode(block):
                raise _not_text()
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _mixed() from None
    return encoding


def _read_through(file: IO[bytes]) -> str:
    """UTF-8 where every line is, Windows-1252 where none of those with accents is; both together are refused."""
    unicode_lines = windows_lines = 0
    for line in _lines(file):
        if _BINARY.search(line):
            raise _not_text()
        if not _NOT_ASCII.search(line):
            continue
        try:
            line.decode()
            unicode_lines += 1
        except UnicodeDecodeError:
            windows_lines += 1
            if _NOT_WINDOWS.search(line):
                raise (_mixed() if unicode_lines else _not_text()) from None
    if windows_lines and unicode_lines:
        raise _mixed()
    return "cp1252" if windows_lines else "utf-8"


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Lines, an endless one in pieces that cut no UTF-8 character."""
    file.seek(0)
    rest = b""
    while line := file.readline(BLOCK):
        line = rest + line
        rest = b"" if line.endswith(b"\n") else _cut_character(line)
        yield line[: len(line) - len(rest)]
    if rest:
        yield rest


def _cut_character(line: bytes) -> bytes:
    """The bytes at the end that begin a character without ending it."""
    for length in range(1, min(4, len(line)) + 1):
        byte = line[-length]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return line[-length:] if needed > length else b""
        if byte < 0x80:
            break
    return b""


def _not_text() -> FileRefused:
    return FileRefused(_("This is no text: the file holds binary data. Choose a CSV or XLSX file."))


def _mixed() -> FileRefused:
    return FileRefused(
        _("The file mixes encodings: some of its letters cannot be read for certain. Save it anew as “CSV UTF-8”.")
    )
