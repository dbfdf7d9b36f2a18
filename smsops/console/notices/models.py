"""What needs a person's eye, who has seen it, and who is told by e-mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class NoticeKind(models.TextChoices):
    ACCOUNT_STOPPED = "account_stopped", _("An account was stopped by its provider")
    LOW_BALANCE = "low_balance", _("A balance is low")
    SHORT_BALANCE = "short_balance", _("A balance does not last for the next campaign")
    APPROVAL = "approval", _("A campaign waits for approval")
    CAMPAIGN_PAUSED = "campaign_paused", _("A campaign stopped by itself")
    UNCERTAIN = "uncertain", _("Messages became uncertain")
    SYNC_FAILED = "sync_failed", _("Reading a phone book failed")
    NO_REPORTS = "no_reports", _("An account gets no delivery reports")


class Notice(models.Model):
    """One incident: open until what it tells of is over. `subject` is whose it is; of one subject one is open.

    `detail` are values, not words: each reader sees them in the language and zone of his own.
    """

    kind = models.CharField(_("what"), max_length=16, choices=NoticeKind)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField(_("since"), db_default=Now())
    closed_at = models.DateTimeField(_("over"), null=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(closed_at=None), name="notice_open_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"


class NoticeRead(models.Model):
    """That a person has seen a notice."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="notice_read_once")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.user_id}"


class NoticeSubscription(models.Model):
    """Of which kinds a person wants e-mails, and in which language."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kinds = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}"


class NoticeMail(models.Model):
    """One notice's e-mail to one person; `due_at` moves on when somebody takes it to send it. `error` is the last
    attempt's: empty while nobody has said how that ended."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["notice", "user"], name="notice_mailed_once")]
        indexes = [models.Index(fields=["due_at"], condition=Q(state="waiting"), name="notice_mail_due")]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.user_id} {self.state}"

    @property
    def may_have_gone(self) -> bool:
        """Whether this attempt follows one that ended without a word."""
        return self.attempts > 1 and not self.error
