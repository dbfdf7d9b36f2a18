"""The one function through which every way of sending passes: compose, `send`, reply, resend, retry, campaign.

`examine` asks a fixed list of checks about a draft and answers with a verdict: why it may not be sent, what the person
should know, who gets it and what it costs. Nothing is written here. Rows are made from verdicts only (`compose.py`),
so nothing can be queued that has not been through here. A later rule (opt-out, quiet hours, approval, limits) is one
more function in `CHECKS`, `WARNINGS` or `RECIPIENT_CHECKS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from providers.models import Account
from smsops.messaging.campaigns import checks
from smsops.messaging.campaigns.measuring import measure_campaign
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.quote import cost_of, cost_of_texts, share_out
from smsops.messaging.campaigns.verdict import CampaignVerdict, draft_of
from smsops.messaging.checking import cautions, rules
from smsops.messaging.checking.drafts import Draft, Invalid, Sorted, Verdict
from smsops.messaging.composing.recipients import as_mobile
from smsops.messaging.text import clean_text

# Asked once about all numbers of a draft: E.164 → why it gets nothing, for those that get nothing.
RecipientCheck = Callable[[Draft, Sequence[str]], Mapping[str, str]]
RECIPIENT_CHECKS: list[RecipientCheck] = []


def examine(draft: Draft) -> Verdict:
    """All that speaks against sending a draft, and all that is worth knowing before. Reads, never writes."""
    draft = replace(draft, text=clean_text(draft.text))
    found = _sort_draft(draft)
    now = timezone.now()
    verdict = Verdict(
        draft=draft,
        examined_at=now,
        cost=cost_of_texts(draft, found.recipients, now),
        recipients=found.recipients,
        invalid=found.invalid,
        duplicates=found.duplicates,
    )
    refusals = tuple(_sentences(rules.CHECKS, verdict))
    return replace(verdict, refusals=refusals, warnings=tuple(_sentences(cautions.WARNINGS, verdict)))


def examine_campaign(campaign: Campaign, *, actor: User | None) -> CampaignVerdict:
    """The same for a campaign, whose recipients are rows. Measures its text where that has not been done yet."""
    measured = measure_campaign(campaign=campaign)
    shares = share_out(campaign, measured)
    cost = cost_of(shares)
    verdict = CampaignVerdict(
        campaign=campaign,
        draft=draft_of(campaign, actor),
        measured=measured,
        examined_at=timezone.now(),
        cost=cost,
        shares=shares,
        approval=next(filter(None, (_why_approval(each.account, measured.recipients, cost) for each in shares)), ""),
    )
    refusals = _sentences((*rules.COMMON_CHECKS, *checks.CHECKS), verdict)
    warnings = _sentences((*cautions.COMMON_WARNINGS, *checks.WARNINGS), verdict)
    return replace(verdict, refusals=tuple(refusals), warnings=tuple(warnings))


def _why_approval(account: Account, recipients: int, cost: Decimal | None) -> str:
    return rules.why_approval(account, recipients=recipients, cost=cost)


def _sentences(checks: Sequence[Callable[[Any], str]], verdict: Any) -> Iterator[str]:
    return (sentence for check in checks if (sentence := check(verdict)))


def sort_recipients(spellings: Iterable[str], why_not: Callable[[str], str] = lambda _number: "") -> Sorted:
    """Each number once, in order, and the rest with its reason; `why_not` speaks against a number of its own."""
    accepted: dict[str, None] = {}
    invalid: dict[str, Invalid] = {}
    duplicates = 0
    for spelling in spellings:
        number = as_mobile(spelling)
        reason = why_not(number) if number else rules.why_no_mobile(spelling)
        if number is None or reason:
            invalid.setdefault(spelling, Invalid(spelling=spelling, reason=reason))
            continue
        duplicates += number in accepted
        accepted[number] = None
    return Sorted(recipients=tuple(accepted), invalid=tuple(invalid.values()), duplicates=duplicates)


def _sort_draft(draft: Draft) -> Sorted:
    found = sort_recipients(draft.recipients)
    reasons: dict[str, str] = {}
    for check in RECIPIENT_CHECKS:
        reasons |= check(draft, found.recipients)
    return sort_recipients(draft.recipients, lambda number: reasons.get(number, "")) if reasons else found
