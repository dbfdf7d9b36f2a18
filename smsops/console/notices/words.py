"""A notice in the reader's language: what happened, what to do, and where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import money, told
from smsops.console.notices.models import Notice, NoticeKind


@dataclass(frozen=True, slots=True)
class Words:
    """`title` is one line; `text` says more and what to do; `url` leads there, `link` says where."""

    title: str
    text: str
    url: str
    link: str


def words_of(notice: Notice) -> Words:
    return WORDS[NoticeKind(notice.kind)](notice.detail)


def _account_url(detail: dict[str, Any]) -> str:
    return reverse("admin:providers_account_change", args=[detail["account"]])


def _campaign_url(detail: dict[str, Any]) -> str:
    return reverse("messaging:campaign", args=[detail["campaign"]])


def _amount(detail: dict[str, Any], name: str) -> str:
    return money(Decimal(detail[name]), detail["currency"])


def _moment(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M Y H:i T")


def _account_stopped(detail: dict[str, Any]) -> Words:
    title = _("Account “%(name)s” was stopped") % detail
    text = _(
        "Until somebody resumes it nothing leaves through it, and it is asked for no reports and answers. Its provider "
        "said: %(reason)s"
    )
    return Words(title, text % {"reason": told(detail["reason"])}, _account_url(detail), _("To the account"))


def _low_balance(detail: dict[str, Any]) -> Words:
    values = detail | {"balance": _amount(detail, "balance"), "limit": _amount(detail, "limit")}
    title = _("Balance of “%(name)s”: %(balance)s") % values
    text = _("That is under %(limit)s, the amount set at the account. Top it up before it runs out.") % values
    return Words(title, text, _account_url(detail), _("To the account"))


def _short_balance(detail: dict[str, Any]) -> Words:
    title = _("The balance of “%(name)s” does not last for the campaign “%(title)s”") % detail
    at = detail["at"]
    values = {
        "balance": _amount(detail, "balance"),
        "needed": _amount(detail, "needed"),
        "moment": _moment(datetime.fromisoformat(at)) if at else _("now"),
    }
    text = _("There are %(balance)s; with what leaves before it, %(needed)s are needed (%(moment)s). Top up, or split.")
    return Words(title, text % values, _account_url(detail), _("To the account"))


def _approval(detail: dict[str, Any]) -> Words:
    title = _("Campaign “%(title)s” waits for approval") % detail
    count, cost = detail["count"], detail["cost"]
    sentences = [
        _who_asked(detail),
        ngettext("It goes to %(count)s recipient.", "It goes to %(count)s recipients.", count)
        % {"count": number_format(count)},
        _("Expected cost: %(cost)s.") % {"cost": money(Decimal(cost) if cost else None, detail["currency"])},
        _("Nothing of it is sent until somebody else approves it."),
    ]
    return Words(title, " ".join(filter(None, sentences)), _campaign_url(detail), _("To the campaign"))


def _who_asked(detail: dict[str, Any]) -> str:
    """A turn of what repeats is asked for by nobody."""
    if detail["asked_by"]:
        return _("%(asked_by)s asks for it.") % detail
    return _("%(written_by)s wrote it.") % detail if detail["written_by"] else ""


def _campaign_missed(detail: dict[str, Any]) -> Words:
    title = _("Campaign “%(title)s” missed its start") % detail
    text = _("%(reason)s Nothing of it is sent until somebody decides.") % {"reason": told(detail["reason"])}
    return Words(title, text, _campaign_url(detail), _("To the campaign"))


def _campaign_paused(detail: dict[str, Any]) -> Words:
    if detail.get("is_missed"):
        return _campaign_missed(detail)
    title = _("Campaign “%(title)s” stopped by itself") % detail
    text = _("%(reason)s What waits goes on when somebody resumes it.") % {"reason": told(detail["reason"])}
    return Words(title, text.strip(), _campaign_url(detail), _("To the campaign"))


def _uncertain(detail: dict[str, Any]) -> Words:
    count = detail["count"]
    title = ngettext(
        "%(count)d message of “%(name)s” became uncertain",
        "%(count)d messages of “%(name)s” became uncertain",
        count,
    ) % {"count": count, "name": detail["name"]}
    said = " ".join(filter(None, (detail["code"], told(detail["words"])))) or _("No answer that could be read.")
    # Providers rarely end a sentence.
    said = said if said.endswith((".", "!", "?", "…")) else f"{said}."
    text = _("%(moment)s: %(said)s Nobody knows whether they went out; none is sent again by itself.")
    values = {"moment": _moment(datetime.fromtimestamp(detail["stamp"], UTC)), "said": said}
    url = reverse("console:incident", args=[detail["account"], detail["stamp"], detail["what"]])
    return Words(title, text % values, url, _("To the incident"))


def _sync_failed(detail: dict[str, Any]) -> Words:
    title = _("The phone book of “%(name)s” could not be read") % detail
    text = _("Contacts here and there may differ until a run succeeds. %(reason)s") % {"reason": told(detail["reason"])}
    return Words(title, text.strip(), reverse("contacts:sync_run", args=[detail["run"]]), _("To the run"))


def _no_reports(detail: dict[str, Any]) -> Words:
    title = _("No delivery reports for “%(name)s”") % detail
    text = _(
        "Messages were sent over an hour ago, and not one was reported on. Compare the callback address at the "
        "provider with the one at the account, and look whether the provider can reach it."
    )
    return Words(title, text, _account_url(detail), _("To the account"))


WORDS: Mapping[NoticeKind, Callable[[dict[str, Any]], Words]] = {
    NoticeKind.ACCOUNT_STOPPED: _account_stopped,
    NoticeKind.LOW_BALANCE: _low_balance,
    NoticeKind.SHORT_BALANCE: _short_balance,
    NoticeKind.APPROVAL: _approval,
    NoticeKind.CAMPAIGN_PAUSED: _campaign_paused,
    NoticeKind.UNCERTAIN: _uncertain,
    NoticeKind.SYNC_FAILED: _sync_failed,
    NoticeKind.NO_REPORTS: _no_reports,
}
