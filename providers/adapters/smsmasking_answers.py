"""How smsmasking answers: its code tables, and the pure readers of what it says.

A success is `1701` with the message id behind it, with or without a delimiter; a failure is the bare code.
"""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import NoReturn

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from providers.codes import (
    NOTHING_NEW,
    CodeMeaning,
    ReportMeaning,
    accepted,
    account,
    look_up,
    refused,
    uncertain,
)
from providers.errors import Uncertain
from providers.reading import Unreadable
from providers.types import AccountTrouble, Balance, DeliveryReport, Outcome, ReportStatus, SubmitResult

SUCCESS = "1701"
NO_DATA = "1704"
CODES: dict[str, CodeMeaning] = {
    SUCCESS: accepted(_("Accepted.")),
    "1702": account(AccountTrouble.CREDENTIALS, _("The user name or password is wrong.")),
    "1703": uncertain(_("Internal error at the provider.")),
    NO_DATA: uncertain(_("The provider found no data.")),
    "1705": uncertain(_("The provider could not finish the process.")),
    # The two swapped their meaning between versions of the platform.
    "1706": refused(_("Invalid number or message.")),
    "1707": refused(_("Invalid number or message.")),
    "1708": account(AccountTrouble.CREDIT, _("The credit is used up.")),
    "1709": refused(_("The group is empty.")),
    "1711": refused(_("The provider does not know this group name.")),
    "1712": refused(_("The provider does not know this group id.")),
    "1713": uncertain(_("The provider does not know this message id.")),
    "1721": uncertain(_("Invalid phone book name.")),
    "1722": uncertain(_("Invalid phone book id.")),
    "1731": uncertain(_("The user name already exists.")),
    "1732": account(AccountTrouble.SENDER, _("The sender ID is not valid.")),
    "1733": uncertain(_("Internal error at the provider; contact its administrator.")),
    "1734": account(AccountTrouble.CREDENTIALS, _("The client's user name is not valid.")),
    "1735": account(AccountTrouble.CREDIT, _("The credit value is not valid.")),
    "1751": refused(_("The number is not on WhatsApp.")),
}

BEGINNING = _("Every word that begins like this.")
REPORT_CODES: dict[str, ReportMeaning] = {
    "UNDELIV": ReportMeaning(ReportStatus.UNDELIVERED, BEGINNING),
    "DELIV": ReportMeaning(ReportStatus.DELIVERED, BEGINNING),
    "REJECT": ReportMeaning(ReportStatus.REJECTED, BEGINNING),
    "EXPIR": ReportMeaning(ReportStatus.EXPIRED, BEGINNING),
}

# A warning of ASP.NET may stand before the code or an HTML tail after it, on a line of its own.
# `-` is no delimiter: ids may be GUIDs.
_ANSWER = re.compile(r"^[ \t]*(?P<code>\d{4})(?P<delimiter>[\s|,:;=]*)(?P<rest>[^<\r\n]*)", re.MULTILINE)
_BARE_CODE = re.compile(r"\d{4}")
_REPORT = re.compile(r"(?:(?P<code>\d{4})[\s|,:;=]*)?(?P<word>[^<\r\n]*)")
_ENTRY_BREAK = re.compile(r"[\r\n,;\x81]+")
_BALANCE = re.compile(r"(?:1701[\s|,:;=]+)?(?P<amount>-?\d+(?:\.\d+)?)")
MAX_RAW = 500


def read_answer(text: str) -> tuple[str, str]:
    """Code and what follows it; raises ValueError where no line starts with a code that we can trust."""
    for found in _ANSWER.finditer(text):
        code, rest = found["code"], found["rest"].strip()
        # Four digits glued to more are a failure's code only by chance: a failure stands alone.
        if code == SUCCESS or (code in CODES and (found["delimiter"] or not rest)):
            return code, rest
    if _BARE_CODE.fullmatch(text.strip()):
        return text.strip(), ""
    raise Unreadable(gettext_noop("no code in the answer"))


def read_entries(text: str) -> list[tuple[str, str]]:
    """One answer for a group, or one per member; a reply that is no clean list counts as one answer."""
    pieces = [piece.strip() for piece in _ENTRY_BREAK.split(text) if piece.strip()]
    if len(pieces) > 1 and all(_ANSWER.match(piece) for piece in pieces):
        return [read_answer(piece) for piece in pieces]
    return [read_answer(text)]


def read_result(text: str) -> SubmitResult:
    return result_of(*read_answer(text))


def read_group(text: str) -> list[SubmitResult]:
    """One result for the call or one per member; AccountRefused where the account alone kept everything back."""
    results = [result_of(code, rest) for code, rest in read_entries(text)]
    refusal = next((result for result in results if result.account_refusal is not None), None)
    if refusal is not None and all(result.outcome is Outcome.NOT_PROCESSED for result in results):
        raise CODES[refusal.code].refusal(refusal.code)
    return results


def result_of(code: str, rest: str) -> SubmitResult:
    """An id has a digit somewhere; words behind the code are the provider's text."""
    is_id = code == SUCCESS and any(character.isdigit() for character in rest)
    return look_up(CODES, code).result(code, text="" if is_id else rest, provider_message_id=rest if is_id else "")


def read_status(message_id: str, word: str, *, code: str = "", raw: str = "") -> DeliveryReport:
    """A delivery status by its prefix; any other word is nothing new."""
    upper = word.upper()
    meaning = next((REPORT_CODES[prefix] for prefix in REPORT_CODES if upper.startswith(prefix)), NOTHING_NEW)
    return DeliveryReport(message_id, meaning.status, code=code or word, text=word, raw=raw or word)


def read_report(message_id: str, text: str) -> DeliveryReport:
    """[guess] a bare code, 1701 with the status behind it, or a bare word."""
    found = _REPORT.match(text.strip())
    if found is None or not found.group():
        raise Unreadable(gettext_noop("no report in the answer"))
    code, word = found["code"] or "", found["word"].strip()
    meaning = CODES[code].meaning if code in CODES and code != SUCCESS else ""
    return replace(read_status(message_id, word, code=code, raw=text[:MAX_RAW]), text=word or str(meaning))


def read_balance(text: str) -> Balance:
    """[guess] a bare number, or 1701 and a number; a bare code of the table is an error, not a balance."""
    bare = text.split("<")[0].strip()
    if bare in CODES:
        raise_for_code(bare)
    found = _BALANCE.fullmatch(bare)
    if found is None:
        raise Unreadable(gettext_noop("no balance in the answer"))
    return Balance(Decimal(found["amount"]), raw=text[:MAX_RAW])


def raise_for_code(code: str) -> NoReturn:
    """AccountRefused for a code that blames the account or the request, Uncertain for the provider's own trouble."""
    meaning = look_up(CODES, code)
    if meaning.outcome in (Outcome.UNCERTAIN, Outcome.ACCEPTED):
        raise Uncertain(str(meaning.meaning), code=code)
    raise meaning.refusal(code)
