"""Opens a notice for each incident, once, and closes it when it is over; who reads it, and who gets e-mail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now

from smsops.console.notices.approvals import waiting_approvals
from smsops.console.notices.detecting import (
    Detector,
    Finding,
    failed_syncs,
    low_balances,
    paused_campaigns,
    short_balances,
    stopped_accounts,
    uncertain_incidents,
)
from smsops.console.notices.models import Notice, NoticeKind, NoticeMail, NoticeRead, NoticeSubscription
from smsops.console.notices.silence import silent_accounts

DETECTORS: Mapping[NoticeKind, Detector] = {
    NoticeKind.ACCOUNT_STOPPED: stopped_accounts,
    NoticeKind.LOW_BALANCE: low_balances,
    NoticeKind.SHORT_BALANCE: short_balances,
    NoticeKind.APPROVAL: waiting_approvals,
    NoticeKind.CAMPAIGN_PAUSED: paused_campaigns,
    NoticeKind.UNCERTAIN: uncertain_incidents,
    NoticeKind.SYNC_FAILED: failed_syncs,
    NoticeKind.NO_REPORTS: silent_accounts,
}
# As far as the bell shows.
MOST_COUNTED = 100
# Who may see notices of a kind: those who may see what they tell of, and where it waits for a decision, may decide.
PERMISSIONS: Mapping[NoticeKind, tuple[str, ...]] = {
    NoticeKind.ACCOUNT_STOPPED: ("providers.view_account",),
    NoticeKind.LOW_BALANCE: ("providers.view_account",),
    NoticeKind.SHORT_BALANCE: ("providers.view_account",),
    NoticeKind.APPROVAL: ("messaging.view_campaign", "messaging.approve_campaign"),
    NoticeKind.CAMPAIGN_PAUSED: ("messaging.view_campaign",),
    NoticeKind.UNCERTAIN: ("messaging.view_message",),
    NoticeKind.SYNC_FAILED: ("contacts.view_syncrun",),
    NoticeKind.NO_REPORTS: ("providers.view_account",),
}


def update_notices() -> None:
    """By beat: look at everything, open what is new, close what is over."""
    for kind, detect in DETECTORS.items():
        opened = set(Notice.objects.filter(kind=kind, closed_at=None).values_list("subject", flat=True))
        found = {finding.subject: finding for finding in detect(opened)}
        close_notices(kind=kind, subjects=opened - set(found))
        open_notices(kind=kind, findings=[found[subject] for subject in found if subject not in opened])


@transaction.atomic
def open_notices(*, kind: NoticeKind, findings: Iterable[Finding]) -> None:
    """One each, whoever else finds the same at this moment, and a waiting e-mail for each who wants one."""
    found = {each.subject: each for each in findings}
    if found:
        made = [Notice(kind=kind, subject=each.subject, detail=each.detail) for each in found.values()]
        Notice.objects.bulk_create(made, ignore_conflicts=True)
        _queue_mails(kind, found)


def _queue_mails(kind: NoticeKind, found: Mapping[str, Finding]) -> None:
    opened = Notice.objects.filter(kind=kind, closed_at=None, subject__in=found).values_list("pk", "subject")
    people = subscribers(kind)
    mails = [
        NoticeMail(notice_id=pk, user=user)
        for pk, subject in opened for user in people if user.pk not in found[subject].involved
    ]  # fmt: skip
    NoticeMail.objects.bulk_create(mails, ignore_conflicts=True)


def close_notices(*, kind: NoticeKind, subjects: Iterable[str]) -> None:
    if subjects:
        Notice.objects.filter(kind=kind, closed_at=None, subject__in=list(subjects)).update(closed_at=Now())


# --- people ----------------------------------------------------------------------------------------------------------


def visible_kinds(user: Any) -> list[NoticeKind]:
    return [kind for kind, permissions in PERMISSIONS.items() if user.has_perms(permissions)]


def visible_notices(user: Any) -> QuerySet[Notice]:
    return Notice.objects.filter(kind__in=visible_kinds(user))


def unread_count(user: Any) -> int:
    """Of the open ones that this person may see."""
    kinds = visible_kinds(user)
    if not kinds:
        return 0
    unread = Notice.objects.filter(closed_at=None, kind__in=kinds).exclude(reads__user=user)
    return unread.order_by()[:MOST_COUNTED].count()


def mark_read(*, user: Any, notices: QuerySet[Notice]) -> None:
    """Of what this person may see."""
    seen = notices.filter(pk__in=visible_notices(user).order_by().values("pk"))
    rows = [NoticeRead(notice_id=pk, user=user) for pk in seen.order_by().values_list("pk", flat=True)]
    NoticeRead.objects.bulk_create(rows, ignore_conflicts=True)


def subscribe(*, user: Any, kinds: Iterable[str], language: str) -> None:
    """From now on e-mails of these kinds and no others, in this language."""
    wanted = {"kinds": sorted(set(kinds) & set(visible_kinds(user))), "language": language}
    NoticeSubscription.objects.update_or_create(user=user, defaults=wanted)


def subscribers(kind: NoticeKind) -> list[User]:
    """Who wants e-mails of a kind, has an address, and may still see what they tell."""
    wanting = [row.user_id for row in NoticeSubscription.objects.all() if kind in row.kinds]
    people = User.objects.filter(pk__in=wanting, is_active=True, is_staff=True).exclude(email="")
    return [person for person in people if person.has_perms(PERMISSIONS[kind])]
