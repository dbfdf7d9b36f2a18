"""A page for each provider: what its codes and reports mean, whether to trust them, and how long to wait."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.guarding import needs
from providers.codes import CodeMeaning, ReportMeaning
from providers.models import Account
from providers.pages import show_page
from providers.registry import PROVIDERS
from providers.tracking import ALL_PROVIDERS, ALL_WAITING, TRUST, WAITING
from providers.types import Outcome
from smsops.messaging.status import LABELS, Status
from smsops.messaging.tracking.horizon import report_hours

OUTCOMES: dict[Outcome, Any] = {
    Outcome.ACCEPTED: gettext_lazy("Counts as sent"),
    Outcome.REFUSED: gettext_lazy("Ends as failed"),
    Outcome.NOT_PROCESSED: gettext_lazy("Not sent; tried again"),
    Outcome.UNCERTAIN: gettext_lazy("Uncertain; a person decides"),
}
ACCOUNT_STOPS = gettext_lazy("Not sent; the account stops until a person resumes it")


@needs("messaging.view_message")
def tracking(request: HttpRequest, provider: str) -> HttpResponse:
    """What one provider's words mean, from the tables that dispatch and reports go by."""
    adapter: Any = PROVIDERS.get(provider)
    if adapter is None:
        raise Http404
    context = {
        "slug": provider,
        "providers": [(slug, each.label) for slug, each in PROVIDERS.items()],
        "capabilities": adapter.capabilities_for({}),
        "trust": TRUST[provider],
        "all_providers": ALL_PROVIDERS,
        "waiting": WAITING[provider],
        "all_waiting": ALL_WAITING,
        "codes": [_answer(code, meaning) for code, meaning in adapter.codes.items()],
        "reports": [_report(code, meaning) for code, meaning in adapter.report_codes.items()],
        "accounts": _accounts(provider) if request.user.has_perm("providers.view_account") else [],
    }
    title = _("Codes and reports of %(provider)s") % {"provider": adapter.label}
    return show_page(request, "console/tracking.html", title, context)


def _answer(code: str, meaning: CodeMeaning) -> dict[str, Any]:
    outcome = ACCOUNT_STOPS if meaning.trouble else OUTCOMES[meaning.outcome]
    return {"code": code, "meaning": meaning.meaning, "outcome": outcome, "is_final": meaning.never_resend}


def _report(code: str, meaning: ReportMeaning) -> dict[str, Any]:
    label = LABELS[Status(meaning.status.value)] if meaning.status else _("Says nothing new")
    return {"code": code, "meaning": meaning.meaning, "status": label}


def _accounts(provider: str) -> list[tuple[Account, int]]:
    return [(account, report_hours(account)) for account in Account.objects.filter(provider=provider)]
