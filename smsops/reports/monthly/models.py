"""A month on its way to finance: reports as files, months that are closed, and what changed after they were."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models import StoredFile
from providers.models import Account
from smsops.messaging.choices import CHANNEL_CHOICES, KIND_CHOICES
from smsops.messaging.models import STATUS_CHOICES, Campaign, Message


class MonthClosing(models.Model):
    """`position`: the id up to which messages are booked, then up to which changed ones are adjusted; it moves in the
    transaction that did the work, so that whoever comes second does nothing."""

    class State(models.TextChoices):
        BOOKING = "booking", _("Being closed")
        ADJUSTING = "adjusting", _("Looking for what changed since")
        COUNTING = "counting", _("Being counted")
        DONE = "done", _("Closed")

    month = models.DateField(_("month"), unique=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.BOOKING)
    position = models.BigIntegerField(default=0)
    last_id = models.BigIntegerField(null=True)
    booked = models.PositiveIntegerField(default=0)
    language = models.CharField(max_length=10)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("closed by")
    )
    created_at = models.DateTimeField(_("begun"), db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(_("closed at"), null=True)

    class Meta:
        verbose_name = _("month's closing")
        verbose_name_plural = _("closed months")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class BookedFigure(models.Model):
    """A closed month by local day, account, operator, channel, kind, campaign, member of staff, status and reason: as
    `DailyFigure`, but never changed again. `cost`: told prices, else those of the price list on the day."""

    closing = models.ForeignKey(MonthClosing, on_delete=models.CASCADE, related_name="figures")
    date = models.DateField()
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    operator = models.CharField(max_length=60, blank=True)
    channel = models.CharField(max_length=10, choices=CHANNEL_CHOICES)
    kind = models.CharField(max_length=15, choices=KIND_CHOICES)
    campaign = models.ForeignKey(Campaign, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    status = models.CharField(max_length=11, choices=STATUS_CHOICES)
    error_code = models.CharField(max_length=50, blank=True)
    messages = models.PositiveIntegerField()
    segments = models.PositiveIntegerField()
    cost = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    unpriced = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.status} {self.messages}"


class Adjustment(models.Model):
    """A message of a closed month that changed since, shown in the month that was closed next. Costs as in details."""

    closing = models.ForeignKey(MonthClosing, on_delete=models.CASCADE, related_name="adjustments")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="adjustments", db_constraint=False)
    from_status = models.CharField(max_length=11, choices=STATUS_CHOICES)
    to_status = models.CharField(max_length=11, choices=STATUS_CHOICES)
    from_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    to_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["message", "closing"], name="adjustment_once_a_month")]

    def __str__(self) -> str:
        return f"{self.message_id} {self.from_status} {self.to_status}"


class MonthReport(models.Model):
    """A file with a month's figures. `account_ids` empty: all accounts. Ready, it has its file and checksum; else it is
    still being made: `claim` is of the worker that does so, and void once `touched_at` is old."""

    class State(models.TextChoices):
        RUNNING = "running", _("Being made")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    class Kind(models.TextChoices):
        XLSX = "xlsx", _("Workbook (XLSX)")
        CSV = "zip", _("CSV files (ZIP)")

    month = models.DateField(_("month"))
    account_ids = models.JSONField(default=list)
    kind = models.CharField(_("file"), max_length=5, choices=Kind, default=Kind.XLSX)
    is_automatic = models.BooleanField(default=False)
    # Of a closed month: never thrown away.
    is_closed = models.BooleanField(_("closed"), default=False)
    language = models.CharField(max_length=10)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    claim = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(_("messages"), null=True)
    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")
    checksum = models.CharField(_("SHA-256"), max_length=64, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("asked for by")
    )
    created_at = models.DateTimeField(_("asked for"), db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())
    made_at = models.DateTimeField(_("made"), null=True)

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        default_permissions = ()
        permissions = [
            ("view_month", _("Can see monthly figures")),
            ("export_month", _("Can make and download monthly reports")),
            ("close_month", _("Can close months")),
            ("match_statement", _("Can compare providers' statements")),
        ]
        indexes = [
            models.Index(fields=["touched_at"], condition=Q(state="running"), name="month_report_running"),
            models.Index(fields=["-id"], condition=Q(file__isnull=False), name="month_report_kept"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["month", "is_closed"], condition=Q(is_automatic=True), name="month_report_automatic_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}.{self.kind}"


class ReportSubscription(models.Model):
    """Who gets an e-mail when a monthly report was made by itself."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    language = models.CharField(max_length=10)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id}"
