"""What the gate lets pass but tells the person before he sends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import money, told
from providers.models import Account
from providers.numbers import operator_of
from providers.types import Channel, Encoding
from smsops.messaging.campaigns.holding import held_until
from smsops.messaging.checking.drafts import Verdict
from smsops.messaging.choices import KIND_CHOICES
from smsops.messaging.models import Outbox
from smsops.messaging.opt_outs import exempt_kinds
from smsops.messaging.text import measure, name_character

# "Unicode from alpha accounts is not supported by Telkomsel and XL"; AXIS is XL's network.
NO_UNICODE_FROM_ALPHA = frozenset({"Telkomsel", "XL", "AXIS"})


def _warn_of_suspension(verdict: Any) -> str:
    return suspension_told(verdict.draft.account)


def suspension_told(account: Account) -> str:
    """What becomes of messages by a suspended account; "" of any other."""
    if not account.suspended_reason:
        return ""
    return _("The account “%(account)s” is suspended (%(reason)s). The messages wait until somebody resumes it.") % {
        "account": account.name,
        "reason": told(account.suspended_reason).removesuffix("."),
    }


def _warn_of_hold(verdict: Any) -> str:
    reason = Outbox.objects.filter(held_since__isnull=False).values_list("hold_reason", flat=True).first()
    if reason is None:
        return ""
    words = _("The outbox is held (%(reason)s). The messages wait until somebody releases it.")
    return words % {"reason": told(reason).removesuffix(".")}


def _warn_of_exemption(verdict: Any) -> str:
    draft = verdict.draft
    if draft.kind.value not in exempt_kinds(draft.account.options):
        return ""
    return _("“%(account)s” sends %(kind)s messages also to numbers that have opted out, as its options say.") % {
        "account": draft.account.name,
        "kind": dict(KIND_CHOICES)[draft.kind.value],
    }


def warn_of_invalid(verdict: Verdict) -> str:
    count = len(verdict.invalid)
    if not count:
        return ""
    return (
        ngettext(
            "%(count)d entry gets nothing: %(first)s (%(reason)s).",
            "%(count)d entries get nothing, e.g. %(first)s (%(reason)s).",
            count,
        )
        % verdict.told_invalid()
    )


def _warn_of_duplicates(verdict: Verdict) -> str:
    if not verdict.duplicates:
        return ""
    return ngettext(
        "%(count)d number was there before; each number gets the message once.",
        "%(count)d numbers were there before; each number gets the message once.",
        verdict.duplicates,
    ) % {"count": verdict.duplicates}


def _warn_of_unicode(verdict: Verdict) -> str:
    measured, draft = verdict.measure, verdict.draft
    if measured.encoding is not Encoding.UCS2 or not measured.culprit or draft.channel is not Channel.SMS:
        return ""
    plain = measure("".join("?" if char == measured.culprit else char for char in draft.text))
    if plain.segments >= measured.segments:
        return ""
    return _("%(char)s makes the whole text Unicode: %(now)d segments instead of %(plain)d.") % {
        "char": name_character(measured.culprit),
        "now": measured.segments,
        "plain": plain.segments,
    }


def _warn_of_alpha_sender(verdict: Verdict) -> str:
    draft = verdict.draft
    is_unicode = verdict.measure.encoding is Encoding.UCS2 and draft.channel is Channel.SMS
    if not is_unicode or account_option(draft.account, "sender_kind") != "alpha":
        return ""
    count = sum(operator_of(number) in NO_UNICODE_FROM_ALPHA for number in verdict.recipients)
    if not count:
        return ""
    return ngettext(
        "%(count)d recipient is at Telkomsel or XL, which deliver no Unicode text from a sender name. "
        "Remove the special characters.",
        "%(count)d recipients are at Telkomsel or XL, which deliver no Unicode text from a sender name. "
        "Remove the special characters.",
        count,
    ) % {"count": count}


def _warn_of_the_night(verdict: Verdict) -> str:
    leaves = held_until(verdict)
    if leaves is None:
        return ""
    return _("Quiet hours: it waits until %(moment)s, by each recipient's own clock.") % {
        "moment": timezone.localtime(leaves).strftime("%H:%M %Z")
    }


def _warn_of_balance(verdict: Verdict) -> str:
    account, cost = verdict.draft.account, verdict.cost
    if cost is None or account.balance is None:
        return ""
    available = account.balance + (account.balance_bonus or 0)
    if cost <= available:
        return ""
    return _("This costs %(cost)s, but the last balance was %(balance)s.") % {
        "cost": money(cost, account.currency),
        "balance": money(available, account.currency),
    }


def account_option(account: Account, name: str) -> Any:
    """An option of an account, or its adapter's default; None where the adapter has no such option."""
    defaults = {field.name: field.default for field in account.adapter.all_options()}
    return account.options.get(name, defaults[name]) if name in defaults else None


def operators_of(numbers: tuple[str, ...]) -> list[tuple[str, int]]:
    """How many of the numbers each operator has, the largest first; "" where nobody knows."""
    return Counter(operator_of(number) for number in numbers).most_common()


WARNINGS: tuple[Callable[[Verdict], str], ...] = (
    _warn_of_suspension,
    _warn_of_hold,
    _warn_of_exemption,
    warn_of_invalid,
    _warn_of_duplicates,
    _warn_of_unicode,
    _warn_of_alpha_sender,
    _warn_of_the_night,
    _warn_of_balance,
)
# What holds for a campaign as for a single message.
COMMON_WARNINGS: tuple[Callable[[Any], str], ...] = (_warn_of_hold, _warn_of_exemption)
