"""What a person can do about a message, in one sentence, and what the provider's code means."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from providers.codes import CodeMeaning, ReportMeaning
from providers.formats import told
from providers.models import AccountHealth
from providers.types import ReportStatus
from smsops.messaging.campaigns.holding import HELD
from smsops.messaging.desk.deciding import settled_by
from smsops.messaging.models import Campaign, Message, Outbox
from smsops.messaging.status import RANKS, Status
from smsops.messaging.tracking.horizon import is_past_horizon, report_hours

ADVICE: dict[str, Any] = {
    Status.SENDING: gettext_lazy("It is on its way to the provider. Look again in a minute."),
    Status.DELIVERED: gettext_lazy("The operator says that it is on the phone. There is nothing to do."),
    Status.UNDELIVERED: gettext_lazy(
        "The operator could not hand it over: the phone is off or unreachable, or the number is not in use. Check the "
        "number, or send it again later."
    ),
    Status.EXPIRED: gettext_lazy("The phone was out of reach until the operator gave up. Send it again if it matters."),
    Status.REJECTED: gettext_lazy(
        "The operator refused it, mostly for its sender ID or its text. Ask the provider before sending it again."
    ),
    Status.FAILED: gettext_lazy("It did not go out. Correct what is named below, then send it again."),
    Status.UNCERTAIN: gettext_lazy(
        "Nobody knows whether it went out. Ask the provider, then decide among the uncertain messages."
    ),
    Status.CANCELLED: gettext_lazy("It was taken back before it went out. Send it again if it was needed after all."),
    Status.SUPPRESSED: gettext_lazy("The recipient wants no messages. It may not be sent until he says otherwise."),
    Status.LAPSED: gettext_lazy("Its time was over before it could leave. Send it again if it still matters."),
}


def advice_for(message: Message) -> str:
    """What to do about a message as it stands."""
    if message.status == Status.QUEUED:
        return _waiting(message)
    if newer_message(message) is not None:
        return _("It was sent again: the newer message says how that went.")
    if message.status == Status.SENT:
        return _sent(message)
    if message.status == Status.FAILED and message.never_resend:
        return _("The provider forbids sending this message again.")
    return str(ADVICE[message.status])


def newer_message(message: Message) -> Message | None:
    """The one that repeats it."""
    return message.resends.first()


def _waiting(message: Message) -> str:
    account = message.account
    if account.suspended_reason:
        return _("Its account is stopped: %(reason)s It leaves once somebody resumes the account.") % {
            "reason": told(account.suspended_reason)
        }
    if not account.is_active:
        return _("Its account is not in use. It leaves once somebody puts the account to use again.")
    if Outbox.objects.filter(held_since__isnull=False).exists():
        return _("The outbox is held: nothing leaves until somebody has looked at it.")
    if message.campaign is not None and message.campaign.status == Campaign.Status.PAUSED:
        return _("Its campaign is paused. It leaves once somebody resumes the campaign.")
    if message.error_text == HELD:
        return _("Held until %(moment)s: quiet hours where the recipient is.") % {
            "moment": date_format(timezone.localtime(message.send_after), "D j M, H:i T")
        }
    if health := AccountHealth.objects.filter(account=account, held_until__gt=timezone.now()).first():
        return _("Its account rests: %(reason)s It is tried again by itself.") % {"reason": told(health.hold_reason)}
    return _("It leaves by itself when its turn has come.")


def _sent(message: Message) -> str:
    if not message.report_asked:
        return _("No report was asked for, so that nobody will tell whether it arrived.")
    if is_past_horizon(message):
        return _(
            "No report has come within %(hours)d hours, and none is to be expected any more. Ask the recipient before "
            "you send it again."
        ) % {"hours": report_hours(message.account)}
    if settled_by(message) is not None:
        return _("A person decided that it went out. A report that comes after all says whether it arrived.")
    if message.provider_scheduled_for is not None:
        return _("The provider has it and sends it at its time. It cannot be taken back here.")
    return _("The provider has it. A report usually comes within minutes, and later where the phone is off.")


def code_meaning(message: Message) -> str:
    """What the provider's code on this message means, where its tables say one thing of it; else ""."""
    adapter: Any = message.account.adapter
    table = adapter.report_codes if message.status in RANKS and message.status != Status.SENT else adapter.codes
    found = {text for text in map(_words, _entries(table, message.error_code)) if text}
    return found.pop() if len(found) == 1 else ""


def _entries(table: Any, code: str) -> list[CodeMeaning | ReportMeaning]:
    """Where a provider numbers several levels apart, a key is the level and the code."""
    return [entry for key, entry in table.items() if code and code in (key, key.rpartition(" ")[2])]


def _words(entry: CodeMeaning | ReportMeaning) -> str:
    is_silent = isinstance(entry, ReportMeaning) and entry.status is ReportStatus.DELIVERED
    return "" if is_silent else str(entry.meaning)
