"""How smsmasking answers about its phone book: codes, lists and complete entries. Pure.

Fields are delimited with Char(128), records with Char(129). On the wire that may be the bytes 80 and 81, their UTF-8
(C2 80, C2 81), or a € for the 128. What looks like neither a list nor a code raises ValueError: nothing may ever be
taken for "there are no more entries" but the provider's own word for it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from django.utils.translation import gettext_noop

from providers.adapters.smsmasking_answers import CODES, NO_DATA, SUCCESS, raise_for_code, read_answer
from providers.adapters.smsmasking_days import read_day
from providers.errors import EntryRefused, Uncertain
from providers.reading import Unreadable, decode
from providers.types import RemoteEntry, RemoteGroup

FIELD, RECORD, EURO = "\x80", "\x81", "€"
DELIMITERS = FIELD + RECORD + EURO
EMPTY = frozenset({NO_DATA, "1709"})
# "There is no such entry" and "no such group": the only answers that may ever lead to a deletion here.
ENTRY_GONE, GROUP_GONE = frozenset({NO_DATA, "1722"}), frozenset({NO_DATA, "1712"})
REFUSALS = {
    NO_DATA: gettext_noop("The provider has no such entry or group."),
    # The two swapped their meaning between versions of the platform.
    "1706": gettext_noop("The provider does not take this number."),
    "1707": gettext_noop("The provider does not take this number."),
    "1709": gettext_noop("The group is empty at the provider."),
    "1711": gettext_noop("The provider does not take this group name."),
    "1712": gettext_noop("The provider has no such group."),
    "1721": gettext_noop("The provider does not take this name."),
    "1722": gettext_noop("The provider has no such entry."),
    "1731": gettext_noop("The provider has this name already."),
}
LIST_WIDTH, FULL_WIDTH = 4, 7
# Where the document's order has the mobile.
MOBILE = 2

# What a delimiter may look like in a reply that was read as text.
_PADDING = f" \t\r\n{DELIMITERS}\ufffd"
_ID = re.compile(r"[^\s<>\"'&|,;=]{1,64}")
_NEW_ID = re.compile(r"(?P<id>\{?[\w-]*\d[\w-]*\}?)(?![^\s|,:;=\x80\x81€\ufffd])")
_PHONE = re.compile(r"\+?[\d\s().-]{7,24}")
_PAGES = (re.compile(r"<!doctype\s+html\b", re.IGNORECASE), re.compile(r"<html\b", re.IGNORECASE))

Row = list[str]


# --- codes -------------------------------------------------------------------------------------------------------


def read_code(text: str) -> tuple[str, str]:
    """Code and what follows; one that means "gone" counts only at the very start of the answer."""
    code, rest = read_answer(text)
    if code in ENTRY_GONE | GROUP_GONE and not text.lstrip(" \t\r\n").startswith(code):
        raise Unreadable(gettext_noop("a code in the middle of something else"))
    return code, rest.strip(_PADDING)


def raise_for_phonebook(code: str, rest: str = "", *, is_fine: frozenset[str] = frozenset()) -> None:
    """Nothing for a success; AccountRefused, EntryRefused or Uncertain for what else it may be."""
    if code == SUCCESS or code in is_fine:
        return
    if code in REFUSALS:
        raise EntryRefused(rest or REFUSALS[code], code=code)
    if code in CODES and CODES[code].trouble is not None:
        raise_for_code(code)
    raise Uncertain(gettext_noop("The provider did not say whether it was done."), code=code)


def read_new_id(text: str) -> str:
    """The id behind 1701, or "" where there is none; raises for any other code."""
    code, rest = read_code(text)
    raise_for_phonebook(code, rest)
    found = _NEW_ID.match(rest)
    return found["id"] if found else ""


# --- bytes → rows ------------------------------------------------------------------------------------------------


def read_rows(body: bytes, *, page: int = 1) -> list[Row]:
    """Records of fields; [] for an empty list. Raises for a code that is no list, ValueError for nonsense.

    An answer without a single byte ends a list that has begun, but proves no empty phone book.
    """
    if page > 1 and not body.strip():
        return []
    if (code := read_status(body)) is not None:
        raise_for_phonebook(code, is_fine=EMPTY)
        return []
    rows, is_closed = split_records(body)
    if rows[0] == [SUCCESS]:
        del rows[0]
    if any(len(row) < 2 or not _ID.fullmatch(row[0]) for row in rows):
        raise Unreadable(gettext_noop("a record without an id or without fields"))
    if len(rows) > 1 and not is_closed and len(rows[-1]) < usual_width(rows[:-1]):
        raise Unreadable(gettext_noop("the last record is cut off"))
    return rows


def read_status(body: bytes) -> str | None:
    """The code of an answer that is no list; None where it has fields. ValueError where it is neither."""
    bare = without_page(decode(body)).strip(_PADDING)
    if FIELD in bare or EURO in bare:
        return None
    return read_code(bare)[0]


def split_records(body: bytes) -> tuple[list[Row], bool]:
    """Trimmed fields of every record, and whether a delimiter ended the last one."""
    records = _split(body.removeprefix(b"\xef\xbb\xbf"))
    records[-1][-1] = without_page(records[-1][-1])
    # A warning of the server's may stand on lines before the first id.
    records[0][0] = (records[0][0].strip().splitlines() or [""])[-1]
    rows = [[field.strip() for field in record] for record in records]
    is_closed = rows[-1] == [""]
    return [row for row in rows if row != [""]], is_closed


def _split(body: bytes) -> list[Row]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        _refuse_half_a_character(body)
        return [[_from_1252(field) for field in record.split(b"\x80")] for record in body.split(b"\x81")]
    field = FIELD if FIELD in text else EURO
    return [record.split(field) for record in text.split(RECORD)]


def _refuse_half_a_character(body: bytes) -> None:
    """UTF-8 cut inside a character is no Windows-1252, and every name in it would be misread as such."""
    for length in (1, 2, 3):
        head = body[:-length].decode("utf-8", "ignore")
        if head.encode() == body[:-length] and any(delimiter in head for delimiter in DELIMITERS):
            raise Unreadable(gettext_noop("the answer ends inside a character"))


def _from_1252(field: bytes) -> str:
    return field.decode("cp1252", errors="replace")


def without_page(text: str) -> str:
    """Without the page that ASP.NET may put after everything, on a line of its own."""
    if text.rstrip()[-7:].lower() != "</html>":
        return text
    for pattern in _PAGES:
        starts = [found.start() for found in pattern.finditer(text)]
        if starts:
            head = text[: starts[-1]].rstrip(" \t")
            return head if not head or head[-1] in f"\r\n{RECORD}\ufffd" else text
    return text


# --- rows → entries and groups -----------------------------------------------------------------------------------


def read_entries(body: bytes, *, page: int = 1, group: str = "") -> list[RemoteEntry]:
    """The entries of a list; `group` stands in where the list of a group does not repeat its name."""
    rows = without_status(read_rows(body, page=page), lambda row: is_phone(row, 3) and not is_phone(row, MOBILE))
    if not rows:
        return []
    width = usual_width(rows)
    column = mobile_column(rows, width)
    return [make_entry(arrange(row, width, column), width, group) for row in rows]


def read_entry(body: bytes, remote_id: str) -> RemoteEntry | None:
    """The entry of that id; None where the provider has none. ValueError for any other entry."""
    if (code := read_status(body)) is not None:
        raise_for_phonebook(code, is_fine=ENTRY_GONE)
        if code == SUCCESS:
            raise Unreadable(gettext_noop("a success without an entry"))
        return None
    rows = without_status(read_rows(body), lambda row: row[1] == remote_id)
    for row in rows:
        if row[0] == remote_id:
            width = usual_width([row])
            return make_entry(arrange(row, width, mobile_column([row], width)), width, "")
    raise Unreadable(gettext_noop("another entry than the one asked for"))


def read_groups(body: bytes, *, page: int = 1) -> list[RemoteGroup]:
    """Id and name; a name that holds the delimiter itself is put together again where its neighbours show it."""
    rows = without_status(read_rows(body, page=page), lambda row: row[1].isdigit() and not row[2].isdigit())
    width = usual_width(rows) if rows else 0
    return [RemoteGroup(row[0], EURO.join(row[1 : 2 + max(0, len(row) - width)])) for row in rows]


def without_status(rows: list[Row], has_id_behind: Callable[[Row], bool]) -> list[Row]:
    """Without a 1701 that stands before the first record's own fields; an entry may have that id, too."""
    if not rows or rows[0][0] != SUCCESS or len(rows[0]) < 3:
        return rows
    is_longer = len(rows) > 1 and len(rows[0]) == usual_width(rows[1:]) + 1
    return [rows[0][1:], *rows[1:]] if is_longer or has_id_behind(rows[0]) else rows


def usual_width(rows: list[Row]) -> int:
    """How many fields a record has; a lone one may have too many, because its name holds the delimiter."""
    if len(rows) == 1:
        found = len(rows[0])
        wanted = FULL_WIDTH if found > FULL_WIDTH else LIST_WIDTH
        return wanted if found != FULL_WIDTH and shift(rows[0], wanted) else found
    counts = Counter(len(row) for row in [row for row in rows if is_phone(row, MOBILE)] or rows)
    most = max(counts.values())
    return min(width for width, count in counts.items() if count == most)


def mobile_column(rows: list[Row], width: int) -> int:
    """The third, or the second or fourth where all numbers are there and none in the third."""
    if any(is_phone(row, MOBILE) or shift(row, width) for row in rows):
        return MOBILE
    for column in (1, 3):
        if column < width and all(is_phone(row, column) for row in rows):
            return column
    if width <= MOBILE:
        raise Unreadable(gettext_noop("no numbers in the list"))
    return MOBILE


def shift(row: Row, width: int) -> int:
    """How many fields the mobile stands too far right, because the name holds the delimiter."""
    extra = len(row) - width
    return extra if extra > 0 and not is_phone(row, MOBILE) and is_phone(row, MOBILE + extra) else 0


def is_phone(row: Row, column: int) -> bool:
    text = row[column] if column < len(row) else ""
    return bool(_PHONE.fullmatch(text)) and 7 <= sum(map(str.isdigit, text)) <= 15


def arrange(row: Row, width: int, column: int) -> Row:
    """Id, name, mobile and the rest, in the document's order."""
    if extra := shift(row, width):
        return [row[0], EURO.join(row[1 : MOBILE + extra]), *row[MOBILE + extra :]]
    others = row[1:column] + row[column + 1 :]
    return [row[0], others[0] if others else "", "".join(row[column : column + 1]), *others[1:]]


def make_entry(row: Row, width: int, group: str) -> RemoteEntry:
    """`group` stands in for a fourth field that is not there; the last three count only where they are certain."""
    address, birth, description = _details(row) if _is_in_place(row, width) else (None, None, None)
    day, words = read_day(birth or "")
    own_group = row[3] if len(row) >= LIST_WIDTH else group
    return RemoteEntry(row[0], row[1], row[2], own_group, address, day, words, description, description is not None)


def _details(row: Row) -> tuple[str | None, str | None, str | None]:
    address, birth, description = [*row[LIST_WIDTH:FULL_WIDTH], None, None, None][:3]
    return address, birth, description


def _is_in_place(row: Row, width: int) -> bool:
    """Whether no field behind the mobile can have slipped: a delimiter in an address pushes the birthday on."""
    return len(row) <= width and (len(row) <= FULL_WIDTH or read_day(row[5])[1] is None)
