"""E-mails of notices: one to each person and incident, however often this runs and wherever it stops.

A mail is taken by a conditional update that moves its next try on; then it is sent, outside any transaction. Whoever
dies in between leaves it to the next one: a warning that comes twice does less harm than one that never comes. The
second has the same Message-ID, so that mail programs show the two as one, and says what it is.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from providers.cleaning import clip
from smsops.console.notices.models import NoticeKind, NoticeMail, NoticeSubscription
from smsops.console.notices.services import PERMISSIONS
from smsops.console.notices.words import words_of

logger = logging.getLogger(__name__)

AT_A_TIME = 50
# Longer than any mail server takes to answer.
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=2), timedelta(hours=2)
MOST_ATTEMPTS = 12
LONGEST_SUBJECT = 150


def send_due_mails() -> int:
    """Send what is due; returns how many were handed over."""
    due = NoticeMail.objects.filter(state=NoticeMail.State.WAITING, due_at__lte=Now()).order_by("due_at", "pk")
    return sum(_send_one(pk) for pk in list(due.values_list("pk", flat=True)[:AT_A_TIME]))


def _send_one(pk: int) -> bool:
    mail = _take(pk)
    if mail is None:
        return False
    if not _is_wanted(mail):
        _end(mail, NoticeMail.State.FAILED, error=_("No longer wanted or allowed."))
        return False
    try:
        compose(mail).send()
    except Exception as error:  # Whatever a mail library raises, the others are to go.
        logger.warning("notice mail %s not sent: %s", mail.pk, type(error).__name__)
        is_last = mail.attempts >= MOST_ATTEMPTS
        state = NoticeMail.State.FAILED if is_last else NoticeMail.State.WAITING
        _end(mail, state, error=clip(str(error), 500) or type(error).__name__)
        return False
    _end(mail, NoticeMail.State.SENT)
    return True


def _take(pk: int) -> NoticeMail | None:
    """Nobody else sends it before its next try, which is later each time."""
    waiting = NoticeMail.objects.filter(pk=pk, state=NoticeMail.State.WAITING)
    before = waiting.values_list("attempts", "error").first()
    if before is None:
        return None
    attempts, error = before
    wait = min(FIRST_WAIT * 2 ** min(attempts, 10), LONGEST_WAIT)
    taken = waiting.filter(attempts=attempts, due_at__lte=Now())
    if not taken.update(attempts=F("attempts") + 1, due_at=Now() + wait, error=""):
        return None
    mail = NoticeMail.objects.select_related("notice", "user").get(pk=pk)
    mail.error = error
    if mail.may_have_gone:
        logger.warning("notice mail %s may have been sent already; sent again, and it says so", mail.pk)
    return mail


def _end(mail: NoticeMail, state: NoticeMail.State, error: str = "") -> None:
    sent_at = Now() if state is NoticeMail.State.SENT else None
    NoticeMail.objects.filter(pk=mail.pk).update(state=state, error=error, sent_at=sent_at)


def _is_wanted(mail: NoticeMail) -> bool:
    person = mail.user
    return bool(person.is_active and person.email and person.has_perms(PERMISSIONS[NoticeKind(mail.notice.kind)]))


def compose(mail: NoticeMail) -> EmailMessage:
    """In the language in which the person asked for it."""
    subscription = NoticeSubscription.objects.filter(user=mail.user_id).first()
    with override((subscription and subscription.language) or settings.LANGUAGE_CODE):
        words = words_of(mail.notice)
        own = reverse("console:notice_settings")
        why = _("You get this e-mail because you asked for it: %(url)s") % {"url": f"{settings.PUBLIC_URL}{own}"}
        again = _("Perhaps you have had this e-mail already: sending it was interrupted.")
        first = f"{again}\n\n" if mail.may_have_gone else ""
        body = f"{first}{words.text}\n\n{settings.PUBLIC_URL}{words.url}\n\n-- \n{why}\n"
        subject = clip(" ".join(f"SMSOps: {words.title}".split()), LONGEST_SUBJECT)
    headers = {"Message-ID": message_id(mail), "Auto-Submitted": "auto-generated"}
    return EmailMessage(subject, body, to=[mail.user.email], headers=headers)


def message_id(mail: NoticeMail) -> str:
    host = urlsplit(settings.PUBLIC_URL).hostname or "localhost"
    return f"<notice-{mail.notice_id}-{mail.user_id}@{host}>"
