"""From the words above a column to our field: Indonesian, English, Google, Outlook and telephones (pure).

A target is "" (left out), a field's name, or `attributes.<key>` for a merge field of that key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from contacts.importing.dates import read_date
from contacts.importing.doctor import repair_number
from contacts.uploads.cells import Formula
from providers.cleaning import clip

ATTRIBUTE = "attributes."
NAME, MOBILE, GROUPS, ADDRESS = "name", "mobile", "groups", "address"
BIRTH_DATE, DESCRIPTION, TIME_ZONE, ATTRIBUTES = "birth_date", "description", "time_zone", "attributes"
FIELDS = (NAME, MOBILE, GROUPS, ADDRESS, BIRTH_DATE, DESCRIPTION, TIME_ZONE)
PHONE = "phone"  # a telephone of any kind: the mobile number only where no column is called so
ENOUGH = 0.6  # of the filled cells of a column that must look alike

_WORDS: dict[str, str] = {
    NAME: "name|full name|display name|contact name|contact|file as|formatted name|nama|nama lengkap|nama kontak|nama"
    " pelanggan|nama siswa|nama customer|nama panggilan|customer name|customer|pelanggan|fn",
    "given": "first name|given name|nama depan",
    "middle": "middle name|additional name|nama tengah",
    "family": "last name|family name|surname|nama belakang|nama keluarga",
    MOBILE: "mobile|mobile number|mobile phone|mobile no|cell|"
    "cell phone|cellphone|handphone|hand phone|hp|no hp|nomor hp|"
    "no handphone|nomor handphone|nomor ponsel|no ponsel|ponsel|nomor seluler|seluler|telepon seluler|telepon genggam|"
    "no wa|nomor wa|wa|whatsapp|no whatsapp|nomor whatsapp|whatsapp number|msisdn|gsm|telp seluler",
    PHONE: "phone|phone number|telephone|tel|no telp|nomor telp|telp|telepon|no telepon|nomor telepon|nomor|"
    "number|no tlp|tlp|primary phone|home phone|business phone|other phone|contact number|nomor kontak|"
    "no kontak|phone no",
    GROUPS: "groups|group|group membership|labels|label|categories|category|kategori|grup|kelompok|golongan|tags|tag",
    ADDRESS: "address|alamat|alamat lengkap|alamat rumah|home address|street|jalan|full address|street address",
    "street": "home street|business street",
    "city": "home city|home state|home postal code|home country|home country/region",
    BIRTH_DATE: "birth date|birthdate|birthday|date of birth|dob|bday|tanggal lahir|tgl lahir|tgl. lahir|ulang tahun|"
    "hari lahir|lahir",
    DESCRIPTION: "description|notes|note|keterangan|catatan|deskripsi|ket|remarks|memo",
    TIME_ZONE: "time zone|timezone|zona waktu|zona",
    ATTRIBUTES: "attributes|merge fields|kolom tambahan",
}
_KNOWN = {word: field for field, words in _WORDS.items() for word in words.split("|")}
_NUMBERED = (
    (re.compile(r"(?:phone|telepon) \d+ - (?:value|nilai)"), MOBILE),
    (re.compile(r"address \d+ - formatted"), ADDRESS),
)
_PLAIN_FIELD = {"given": NAME, "middle": NAME, "family": NAME, "street": ADDRESS, "city": ADDRESS}


def guess_mapping(headers: Sequence[str], sample: Sequence[Sequence[str]]) -> list[str]:
    """A target for each column, by its header and else by what stands below."""
    found = [known_field(header) for header in headers]
    found = _settle_names(_settle_phones(found))
    found = [_PLAIN_FIELD.get(field, field) for field in found]
    columns = [[row[place] for row in sample if place < len(row)] for place in range(len(headers))]
    if MOBILE not in found:
        _take_first(found, columns, MOBILE, _looks_like_number)
    if BIRTH_DATE not in found and not any(headers):
        _take_first(found, columns, BIRTH_DATE, _looks_like_date)
    if NAME not in found and not any(headers):
        _take_first(found, columns, NAME, _looks_like_name)
    return found


def known_field(header: str) -> str:
    if header.startswith(ATTRIBUTE) and header != ATTRIBUTE:
        return header
    words = " ".join(re.sub(r"[_.:*]", " ", header).split()).casefold()
    if words in _KNOWN:
        return _KNOWN[words]
    return next((field for pattern, field in _NUMBERED if pattern.fullmatch(words)), "")


def _settle_phones(found: list[str]) -> list[str]:
    """Of telephones that are not called mobile only the first counts, and only where none is."""
    place = -1 if MOBILE in found or PHONE not in found else found.index(PHONE)
    return [
        ("" if field == PHONE and here != place else MOBILE if field == PHONE else field)
        for here, field in enumerate(found)
    ]


def _settle_names(found: list[str]) -> list[str]:
    """Where the whole name stands in a column, its parts are left out."""
    parts = {"given", "middle", "family"}
    if NAME not in found:
        return found
    return ["" if field in parts else field for field in found]


def _take_first(found: list[str], columns: list[list[str]], field: str, looks_alike: Callable[[str], object]) -> None:
    for place, cells in enumerate(columns):
        filled = [cell for cell in cells if cell.strip()]
        alike = sum(bool(looks_alike(cell)) for cell in filled)
        if not found[place] and filled and alike >= ENOUGH * len(filled):
            found[place] = field
            return


def _looks_like_number(cell: str) -> bool:
    return repair_number(cell).number is not None


def _looks_like_date(cell: str) -> bool:
    return read_date(cell) is not None


def _looks_like_name(cell: str) -> bool:
    return not isinstance(cell, Formula) and any(letter.isalpha() for letter in cell)


def has_header(first: Sequence[str]) -> bool:
    """Whether the first row names the columns: a row with a telephone number is a contact."""
    if sum(bool(known_field(cell)) for cell in first) >= 2:
        return True
    return not any(_looks_like_number(cell) for cell in first if cell.strip())


def split_header(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """(headers, rows below them); a list without headers has empty ones. As wide as the widest row."""
    width = max(map(len, rows))
    below = rows[1:] if has_header(rows[0]) else rows
    named = rows[0] if len(below) < len(rows) else []
    return [clip(cell.strip(), 200) for cell in [*named, *[""] * (width - len(named))]], below
