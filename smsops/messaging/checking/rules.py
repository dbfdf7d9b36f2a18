"""What the gate refuses: one function a rule, each answering with a sentence that says what is wrong and what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from providers.formats import STORED, money, told
from providers.models import Account
from providers.numbers import to_e164
from providers.types import APPROVE_COST, APPROVE_RECIPIENTS, Channel, Encoding, Kind
from smsops.messaging.checking.drafts import Verdict
from smsops.messaging.models import CHANNEL_CHOICES, ENCODING_CHOICES
from smsops.messaging.text import first_beyond, name_character

# Above this an audience is a campaign's, not a pasted list.
MOST_RECIPIENTS = 10_000
FARTHEST = timedelta(days=365)
LONGEST_URL = 500
PERMISSION = "messaging.send_message"
MANY = gettext_noop("%(count)s recipients are more than the %(limit)s that “%(account)s” sends without approval.")
COSTLY = gettext_noop("%(cost)s is more than the %(limit)s that “%(account)s” sends without approval.")
UNKNOWN_COST = gettext_noop("An unknown cost")
STORED.extend((MANY, COSTLY))


def why_no_mobile(spelling: str) -> str:
    """Why an entry gets no message."""
    if re.search(r"\d[.,]?\d*[eE]\+\d", spelling):
        return _("damaged by a spreadsheet: format the column as text and paste it again")
    if to_e164(spelling):
        return _("not a mobile number")
    return _("not a telephone number")


def _check_permission(verdict: Verdict) -> str:
    actor = verdict.draft.actor
    if actor is None or actor.has_perm(PERMISSION):
        return ""
    return _("You may not send messages. Ask an administrator for the right “Can write and send messages”.")


def _check_account(verdict: Verdict) -> str:
    account = verdict.draft.account
    if account.is_active:
        return ""
    return _("The account “%(account)s” is not in use. Choose another one, or have it put to use again.") % {
        "account": account.name
    }


def _check_channel(verdict: Verdict) -> str:
    draft = verdict.draft
    if draft.channel in draft.capabilities.channels:
        return ""
    offered = ", ".join(str(label) for value, label in CHANNEL_CHOICES if value in draft.capabilities.channels)
    return _("The account “%(account)s” cannot send %(channel)s, only %(offered)s.") % {
        "account": draft.account.name,
        "channel": dict(CHANNEL_CHOICES)[draft.channel],
        "offered": offered,
    }


def _check_flash(verdict: Verdict) -> str:
    draft = verdict.draft
    if not draft.is_flash or (draft.capabilities.flash and draft.channel is Channel.SMS):
        return ""
    return _("The account “%(account)s” offers no flash messages here. Choose another type.") % {
        "account": draft.account.name
    }


def _check_wap_push(verdict: Verdict) -> str:
    draft = verdict.draft
    if not (draft.wants_url or draft.wap_url):
        return ""
    if not draft.capabilities.wap_push or draft.channel is not Channel.SMS:
        return _("The account “%(account)s” offers no WAP push. Choose another type.") % {"account": draft.account.name}
    if not _is_web_address(draft.wap_url):
        return _("A WAP push needs a web address that begins with http:// or https://.")
    return ""


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    plain = text.isprintable() and " " not in text and len(text) <= LONGEST_URL
    return plain and parts.scheme in ("http", "https") and bool(parts.hostname)


def _check_sender(verdict: Verdict) -> str:
    draft = verdict.draft
    pattern, sender = draft.capabilities.sender_pattern, draft.sender_id or draft.account.sender_id
    if not pattern and draft.sender_id not in ("", draft.account.sender_id):
        return _("The account “%(account)s” takes no sender ID: the provider has set it. Leave it empty.") % {
            "account": draft.account.name
        }
    if pattern and not sender and not re.fullmatch(pattern, ""):
        return _("The account “%(account)s” needs a sender ID: type one, or enter one at the account.") % {
            "account": draft.account.name
        }
    if not pattern or re.fullmatch(pattern, sender):
        return ""
    return _("The sender ID “%(sender)s” is not allowed by this provider. Check its length and characters.") % {
        "sender": sender
    }


def _check_text(verdict: Verdict) -> str:
    text, limit = verdict.draft.text, verdict.draft.capabilities.max_text
    if not text.strip():
        return _("The text is empty. Write a message.")
    if len(text) <= limit:
        return ""
    return _("The text has %(length)d characters; this account takes at most %(limit)d. Shorten it.") % {
        "length": len(text),
        "limit": limit,
    }


def _check_encoding(verdict: Verdict) -> str:
    draft, measure = verdict.draft, verdict.measure
    place = first_beyond(draft.text, measure.encoding)
    if place >= 0:
        return _(
            "%(char)s, character %(place)d, does not exist in %(encoding)s. Replace it or choose another type."
        ) % {
            "char": name_character(draft.text[place]),
            "place": place + 1,
            "encoding": dict(ENCODING_CHOICES)[measure.encoding],
        }
    if measure.encoding in draft.capabilities.encodings:
        return ""
    return _encoding_refused(verdict)


def _encoding_refused(verdict: Verdict) -> str:
    measure, account = verdict.measure, verdict.draft.account.name
    if measure.encoding is Encoding.UCS2 and measure.culprit:
        return _(
            "%(char)s, character %(place)d, needs Unicode, which the account “%(account)s” cannot send. Replace it."
        ) % {"char": name_character(measure.culprit), "place": measure.culprit_index + 1, "account": account}
    return _("The account “%(account)s” cannot send %(encoding)s. Choose another type.") % {
        "account": account,
        "encoding": dict(ENCODING_CHOICES)[measure.encoding],
    }


def _check_moment(verdict: Verdict) -> str:
    moment = verdict.draft.send_after
    if moment is None:
        return ""
    local = timezone.localtime(moment).strftime("%Y-%m-%d %H:%M %Z")
    if moment <= verdict.examined_at:
        return _("%(moment)s has passed. Choose a later time, or send now.") % {"moment": local}
    if moment > verdict.examined_at + FARTHEST:
        return _("%(moment)s is more than a year away. Choose an earlier time.") % {"moment": local}
    return ""


def _check_schedule(verdict: Verdict) -> str:
    draft = verdict.draft
    if not draft.provider_schedule:
        return ""
    if not draft.capabilities.provider_schedule:
        return _("The account “%(account)s” has no scheduler of its own. Let SMSOps wait instead.") % {
            "account": draft.account.name
        }
    if draft.kind is Kind.PROMOTIONAL:
        return _("A promotional message cannot wait at the provider: a later STOP would not reach it there.")
    return "" if draft.send_after else _("The provider's scheduler needs a date and time.")


def _check_recipients(verdict: Verdict) -> str:
    count = len(verdict.recipients)
    if count > MOST_RECIPIENTS:
        return _("%(count)d numbers are too many for one message: at most %(limit)d. Send it in parts.") % {
            "count": count,
            "limit": MOST_RECIPIENTS,
        }
    if count:
        return ""
    return _no_recipient(verdict)


def _no_recipient(verdict: Verdict) -> str:
    if not verdict.invalid:
        return _("There is no recipient. Enter at least one mobile number.")
    return (
        ngettext(
            "The only entry cannot get this message: %(first)s (%(reason)s).",
            "None of the %(count)d entries can get this message, e.g. %(first)s (%(reason)s).",
            len(verdict.invalid),
        )
        % verdict.told_invalid()
    )


def why_approval(account: Account, *, recipients: int, cost: Decimal | None) -> str:
    """Why a second person has to approve so large a sending through this account, as it is stored (`told` translates
    it); "" where nobody has to."""
    most, most_cost = (_limit(account, name) for name in (APPROVE_RECIPIENTS, APPROVE_COST))
    if most and recipients > most:
        return MANY % {"count": recipients, "limit": most, "account": account.name}
    if most_cost and (cost is None or cost > most_cost):
        known = UNKNOWN_COST if cost is None else money(cost, account.currency)
        return COSTLY % {"cost": known, "limit": money(Decimal(most_cost), account.currency), "account": account.name}
    return ""


def _limit(account: Account, name: str) -> int:
    try:
        return int(account.options.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def _check_approval(verdict: Verdict) -> str:
    draft = verdict.draft
    reason = why_approval(draft.account, recipients=len(verdict.recipients), cost=verdict.cost)
    return reason and _("%(reason)s Make a campaign of it, which somebody else approves.") % {"reason": told(reason)}


def _check_resend(verdict: Verdict) -> str:
    original = verdict.draft.resend_of
    if original is None or not original.never_resend:
        return ""
    return _("The provider forbids sending this message again: %(text)s") % {"text": original.error_text}


CHECKS: tuple[Callable[[Verdict], str], ...] = (
    _check_permission,
    _check_account,
    _check_channel,
    _check_flash,
    _check_wap_push,
    _check_sender,
    _check_text,
    _check_encoding,
    _check_moment,
    _check_schedule,
    _check_recipients,
    _check_approval,
    _check_resend,
)
# What holds for a campaign as for a single message, before its rows are looked at.
COMMON_CHECKS: tuple[Callable[[Any], str], ...] = (
    _check_permission,
    _check_account,
    _check_channel,
    _check_flash,
    _check_wap_push,
    _check_sender,
    _check_moment,
    _check_schedule,
)
