"""How Unified answers: its code tables, and the pure reader of its list of `code|number|id`.

The server works through the destinations in order and stops at the first error that is not a bad number; those
behind it were not processed and are not in the answer. A list that ends otherwise leaves the missing ones uncertain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from providers.codes import (
    CodeMeaning,
    accepted,
    account,
    look_up,
    not_processed,
    refused,
    uncertain,
)
from providers.errors import NotSent
from providers.reading import Unreadable, digits
from providers.types import AccountTrouble, OutboundMessage, Outcome, SubmitResult

SUCCESS, BAD_NUMBER, TIMED_OUT, TRY_AGAIN = "1701", "1706", "1715", "1709"
CODE_LENGTH = 4

# SMPP v3.4, section 5.1.3; Unified sends them in decimal. 8 and 69 have a line of their own in its document.
SMPP_NAMES: dict[int, str] = {
    1: "ESME_RINVMSGLEN",
    2: "ESME_RINVCMDLEN",
    3: "ESME_RINVCMDID",
    4: "ESME_RINVBNDSTS",
    5: "ESME_RALYBND",
    6: "ESME_RINVPRTFLG",
    7: "ESME_RINVREGDLVFLG",
    10: "ESME_RINVSRCADR",
    11: "ESME_RINVDSTADR",
    12: "ESME_RINVMSGID",
    13: "ESME_RBINDFAIL",
    14: "ESME_RINVPASWD",
    15: "ESME_RINVSYSID",
    17: "ESME_RCANCELFAIL",
    19: "ESME_RREPLACEFAIL",
    20: "ESME_RMSGQFUL",
    21: "ESME_RINVSERTYP",
    51: "ESME_RINVNUMDESTS",
    52: "ESME_RINVDLNAME",
    64: "ESME_RINVDESTFLAG",
    66: "ESME_RINVSUBREP",
    67: "ESME_RINVESMCLASS",
    68: "ESME_RCNTSUBDL",
    72: "ESME_RINVSRCTON",
    73: "ESME_RINVSRCNPI",
    80: "ESME_RINVDSTTON",
    81: "ESME_RINVDSTNPI",
    83: "ESME_RINVSYSTYP",
    84: "ESME_RINVREPFLAG",
    85: "ESME_RINVNUMMSGS",
    88: "ESME_RTHROTTLED",
    97: "ESME_RINVSCHED",
    98: "ESME_RINVEXPIRY",
    99: "ESME_RINVDFTMSGID",
    100: "ESME_RX_T_APPN",
    101: "ESME_RX_P_APPN",
    102: "ESME_RX_R_APPN",
    103: "ESME_RQUERYFAIL",
    192: "ESME_RINVOPTPARSTREAM",
    193: "ESME_ROPTPARNOTALLWD",
    194: "ESME_RINVPARLEN",
    195: "ESME_RMISSINGOPTPARAM",
    196: "ESME_RINVOPTPARAMVAL",
    254: "ESME_RDELIVERYFAILURE",
    255: "ESME_RUNKNOWNERR",
}

CODES: dict[str, CodeMeaning] = {
    SUCCESS: accepted(_("Accepted.")),
    "1702": refused(_("A parameter is missing or empty.")),
    "1703": account(AccountTrouble.CREDENTIALS, _("The user name or password is wrong.")),
    "1704": refused(_("Invalid message type.")),
    "1705": refused(_("Invalid message.")),
    BAD_NUMBER: refused(_("Invalid number.")),
    "1707": refused(_("Invalid sender ID.")),
    "1708": refused(_("Invalid request for a delivery report.")),
    # The only code after which the document allows sending again.
    TRY_AGAIN: not_processed(_("The provider could not validate the user; it asks to try again.")),
    "1710": uncertain(_("Internal error at the provider.")),
    TIMED_OUT: uncertain(_("The provider's answer took too long; it forbids sending again."), never_resend=True),
    "1725": account(AccountTrouble.CREDIT, _("The credit is used up.")),
    "1025": account(AccountTrouble.CREDIT, _("The credit is used up.")),
    "1732": refused(_("The number is on the do-not-disturb list."), never_resend=True),
    "1042": refused(_("The number is expressly on the do-not-disturb list."), never_resend=True),
    "1028": refused(_("Rejected as spam.")),
    "1033": refused(_("The text fits no approved template.")),
    "1041": refused(_("Rejected as a duplicate.")),
    "8": uncertain(_("Internal error at the provider.")),
    "69": uncertain(_("Internal error at the provider.")),
    "16": account(AccountTrouble.ADDRESS, _("Our IP address is blacklisted.")),
    "18": account(AccountTrouble.ADDRESS, _("Our IP address is not on the provider's list.")),
} | {str(number): refused(name) for number, name in SMPP_NAMES.items()}

# Bad numbers do not stop the server; after 1715 nobody knows whether it stopped.
STOPPING_CODES = frozenset(CODES) - {SUCCESS, BAD_NUMBER, TIMED_OUT}
_NUMBER_OF_NAME = {name: str(number) for number, name in SMPP_NAMES.items()} | {
    "ESME_RSYSERR": "8",
    "ESME_RSUBMITFAIL": "69",
}
_ENTRY = re.compile(
    r"(?P<code>\d{1,5}|0x[0-9a-f]{1,8}|ESME_\w+|scheduled)(?:\|(?P<number>[^|:]*)(?:[|:](?P<id>.*))?)?", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One `code|number|id` of an answer; number and id may be missing."""

    code: str
    number: str
    message_id: str


def read_results(text: str, messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
    """One result per message, in order; raises where nothing at all was processed, ValueError on nonsense."""
    entries, is_clean = read_entries(text)
    if entries[0].code == "scheduled":
        return _scheduled_results(entries, messages)
    if len(entries) == 1 and (len(messages) == 1 or not entries[0].number) and not _ends_inside(entries[0], messages):
        return _raise_if_stopped(_whole_results(entries[0], messages, text))
    return _raise_if_stopped(_matched_results(entries, messages, is_clean=is_clean))


def read_entries(text: str) -> tuple[list[Entry], bool]:
    """All entries, and whether there was nothing else between them. Lines that hold none (warnings) do not count."""
    entries: list[Entry] = []
    is_clean = True
    for line in text.replace("{", "").replace("}", "").splitlines():
        pieces = [piece.strip() for piece in line.split("<")[0].split(",") if piece.strip()]
        found = [_ENTRY.fullmatch(piece) for piece in pieces]
        if not found or found[0] is None:
            continue
        entries += [_entry(match) for match in found if match]
        is_clean = is_clean and all(found)
    if not entries:
        raise Unreadable(gettext_noop("no entry in the answer"))
    return entries, is_clean


def _entry(found: re.Match[str]) -> Entry:
    number, message_id = (found["number"] or "").strip(), (found["id"] or "").strip()
    if found["code"].lower() == "scheduled":
        return Entry("scheduled", "", message_id or number)
    return Entry(_plain_code(found["code"]), number, message_id)


def _plain_code(code: str) -> str:
    """SMPP codes may come by name or in hexadecimal."""
    if code[:2].lower() == "0x":
        return str(int(code, 16))
    return _NUMBER_OF_NAME.get(code.upper(), code)


def _scheduled_results(entries: Sequence[Entry], messages: Sequence[OutboundMessage]) -> list[SubmitResult]:
    """`Scheduled|id`, once for the request or once per destination."""
    ids = [entry.message_id for entry in entries]
    if len(ids) == 1:
        ids *= len(messages)
    if len(ids) != len(messages) or any(entry.code != "scheduled" for entry in entries):
        raise Unreadable(gettext_noop("scheduled in part"))
    return [CODES[SUCCESS].result(SUCCESS, provider_message_id=message_id) for message_id in ids]


def _whole_results(entry: Entry, messages: Sequence[OutboundMessage], text: str) -> list[SubmitResult]:
    """A bare code answers the whole request, and a single entry a single message whatever its number's spelling."""
    if not entry.number and not _is_code_by_itself(entry.code, text):
        raise Unreadable(gettext_noop("a number that may be no code, or only the beginning of one"))
    return [_entry_result(entry) for _message in messages]


def _is_code_by_itself(code: str, text: str) -> bool:
    """Whether a bare code is no cut-off longer one, and, where it is short, no chance number on an error page."""
    is_beginning = "|" in text or any(longer.startswith(code) and longer != code for longer in CODES)
    return not is_beginning and (len(code) >= CODE_LENGTH or len(text.split()) == 1)


def _entry_result(entry: Entry) -> SubmitResult:
    return look_up(CODES, entry.code).result(entry.code, provider_message_id=entry.message_id)


def _matched_results(
    entries: Sequence[Entry], messages: Sequence[OutboundMessage], *, is_clean: bool
) -> list[SubmitResult]:
    numbers = [digits(message.recipient) for message in messages]
    by_number = _complete_entries(entries, numbers)
    last = entries[-1]
    is_whole = is_clean and len(by_number) == len(entries)
    has_stopped = is_whole and last.code in STOPPING_CODES
    stopped_at = numbers.index(digits(last.number)) if has_stopped else len(numbers)
    trouble = None if is_whole else look_up(CODES, last.code).trouble
    return [
        _entry_result(by_number[number])
        if number in by_number
        else _missing(last.code, is_behind=place > stopped_at, trouble=trouble)
        for place, number in enumerate(numbers)
    ]


def _complete_entries(entries: Sequence[Entry], numbers: Sequence[str]) -> dict[str, Entry]:
    """The entries that name one of our destinations; of two for one number, an acceptance counts."""
    complete: dict[str, Entry] = {}
    for entry in entries:
        number = digits(entry.number)
        is_cut_off = entry is entries[-1] and _may_be_cut_off(entry, numbers)
        if number in numbers and not is_cut_off and (number not in complete or entry.code == SUCCESS):
            complete[number] = entry
    return complete


def _may_be_cut_off(entry: Entry, numbers: Sequence[str]) -> bool:
    """Whether the last entry's number could be the beginning of another of our destinations."""
    number = digits(entry.number)
    return not entry.message_id and any(other.startswith(number) and other != number for other in numbers)


def _ends_inside(entry: Entry, messages: Sequence[OutboundMessage]) -> bool:
    """Whether a single entry breaks off within its number, so that nobody knows what it would have said."""
    return bool(entry.number) and _may_be_cut_off(entry, [digits(message.recipient) for message in messages])


def _missing(code: str, *, is_behind: bool, trouble: AccountTrouble | None) -> SubmitResult:
    """A destination that the answer does not name: behind the stop, or nobody knows."""
    if is_behind:
        return SubmitResult(Outcome.NOT_PROCESSED, text=gettext("The provider stopped before this number."), code=code)
    text = gettext("The provider's answer does not name this number.")
    return SubmitResult(Outcome.UNCERTAIN, text=text, account_refusal=trouble)


def _raise_if_stopped(results: list[SubmitResult]) -> list[SubmitResult]:
    """Nothing processed at all is an exception: the account must stop, or may try again later."""
    if any(result.outcome is not Outcome.NOT_PROCESSED for result in results):
        return results
    first = results[0]
    if first.account_refusal is not None:
        raise CODES[first.code].refusal(first.code)
    raise NotSent(first.text, code=first.code)
