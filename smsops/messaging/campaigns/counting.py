"""Where a campaign stands: counted in one go now and then, never by those who send.

A campaign of some thousand is counted whenever somebody looks; a larger one is counted by beat, the less often the
longer it takes, and its page reads what was noted. What is noted at its end is exact.
"""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.models import Message
from smsops.messaging.status import Status

SMALL = 20_000
# Seconds over which the speed is reckoned.
RATED_FROM = 5
# To note a count while others note theirs; the next one comes anyway.
MOST_ATTEMPTS = 20
OPEN = (Status.QUEUED, Status.SENDING)
REFUSED = (Status.FAILED, Status.REJECTED)
# What a count does not find anew: what stood when it was last resumed, and whether anything was tried again, and
# what was reserved of which account.
KEPT = ("refused_before", "settled_before", "retried", "costs")


def counts_of(campaign: Campaign) -> dict[str, Any]:
    """`{"statuses": {…}, "reasons": [[status, code, text, account, never again, count], …], "ways": [[account,
    channel, count], …]}`, as counted."""
    return count_messages(campaign) if campaign.total <= SMALL else campaign.counts or count_messages(campaign)


def count_messages(campaign: Campaign) -> dict[str, Any]:
    """Count, and note it beside what others have noted meanwhile."""
    began = time.monotonic()
    found = _count(campaign) | {"took": round(time.monotonic() - began, 3)}
    for _attempt in range(MOST_ATTEMPTS):
        if _note(campaign, found):
            break
        campaign.refresh_from_db(fields=["counts"])
    return campaign.counts


def _count(campaign: Campaign) -> dict[str, Any]:
    rows = _last_ones(campaign)
    statuses = dict(rows.values_list("status").annotate(Count("id")))
    refused = sum(statuses.get(status, 0) for status in REFUSED)
    settled = sum(statuses.values()) - sum(statuses.get(status, 0) for status in OPEN)
    reasons = _reasons(campaign) if refused or statuses.get(Status.UNDELIVERED) or statuses.get(Status.LAPSED) else []
    return {
        "statuses": statuses, "reasons": reasons, "ways": _other_ways(campaign), "refused": refused, "settled": settled,
    }  # fmt: skip


def _note(campaign: Campaign, found: dict[str, Any]) -> bool:
    """Only over what was read: counting takes a while, in which somebody may resume it or have some tried again."""
    before = campaign.counts
    counts = {name: before[name] for name in KEPT if name in before} | found
    counts["rate"], counts["rated"] = _rate(before, found["settled"])
    campaign.counts = counts
    here = Campaign.objects.filter(pk=campaign.pk, counts=before)
    return bool(here.update(counts=counts, counted_at=timezone.now()))


def next_leaving(campaign: Campaign) -> tuple[datetime, str] | None:
    """When the first of those that wait leaves, and what is said of it: the index of the queue has it at its edge,
    whatever the size, where all columns of its order are named."""
    waiting = Message.objects.filter(campaign=campaign, status=Status.QUEUED)
    waiting = waiting.order_by("account_id", "campaign_id", "priority", "send_after")
    firsts = [
        waiting.filter(account=account).values_list("send_after", "error_text").first()
        for account in campaign.all_accounts
    ]
    return min(filter(None, firsts), default=None)


def _rate(before: dict[str, Any], settled: int) -> tuple[float | None, list[float]]:
    """(messages a second over the last while, what it is reckoned from: [moment, settled then])."""
    now = time.time()
    then, done = before.get("rated") or [now, settled]
    if not now - then >= RATED_FROM or settled < done:
        return before.get("rate"), [then, done]
    return (settled - done) / (now - then), [now, settled]


def _reasons(campaign: Campaign) -> list[list[Any]]:
    """Why some did not arrive, the most frequent first."""
    ended = (*REFUSED, Status.UNDELIVERED, Status.EXPIRED, Status.LAPSED, Status.SUPPRESSED)
    rows = _last_ones(campaign).filter(status__in=ended)
    counted = rows.values_list("status", "error_code", "error_text", "account_id", "never_resend")
    counted = counted.annotate(found=Count("id")).order_by("-found")
    return [list(each) for each in counted[:20]]


def _other_ways(campaign: Campaign) -> list[list[Any]]:
    """The ways that came after a recipient's first, each with its messages, by an index that holds further tries only:
    most first."""
    if not campaign.routes:
        return []
    tries = Message.objects.filter(campaign=campaign, resend_of__isnull=False).order_by()
    counted = tries.values_list("account_id", "channel", "operator").annotate(found=Count("*"))
    found: Counter[tuple[int, str]] = Counter()
    for account, channel, operator, count in counted:
        if (account, channel) != (campaign.first_account(operator), campaign.channel):
            found[account, channel] += count
    return [[*way, count] for way, count in found.most_common()]


def _last_ones(campaign: Campaign) -> QuerySet[Message]:
    """One message a recipient: the last that was tried."""
    rows = Message.objects.filter(campaign=campaign).order_by()
    return rows.filter(resends=None) if campaign.counts.get("retried") else rows
