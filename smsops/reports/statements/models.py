"""A provider's own usage export, line by line, beside our messages."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models import StoredFile
from contacts.uploads.models import Upload
from contacts.uploads.sheets import row_name
from providers.models import Account, ProviderSlug
from smsops.messaging.models import Message
from smsops.reports.monthly.month import Month


class StatementMapping(models.Model):
    """What the columns of a provider's export are: `columns` by header; remembered from one month to the next."""

    provider = models.CharField(max_length=20, choices=ProviderSlug, unique=True)
    columns = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.provider


class Statement(Upload):
    """`position` is how far the step at hand is: rows read, then the last line's id matched, then the last message's id
    looked at. It moves in the transaction that did the work."""

    class State(models.TextChoices):
        MAPPING = "mapping", _("Columns to be confirmed")
        READING = "reading", _("Being read")
        MATCHING = "matching", _("Being matched by the provider's id")
        GUESSING = "guessing", _("Being matched by number and time")
        SEARCHING = "searching", _("Looking for what the provider does not list")
        DONE = "done", _("Compared")
        FAILED = "failed", _("Failed")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", verbose_name=_("account"))
    month = models.DateField(_("month"))
    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, related_name="+")
    headers = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    blank_rows = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.MAPPING)
    position = models.BigIntegerField(default=0)
    lines_read = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("uploaded"), db_default=Now())

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["touched_at"], name="statement_at_work",
                condition=Q(state__in=["reading", "matching", "guessing", "searching"]),
            ),
            models.Index(fields=["month", "account"], name="statement_month"),
        ]  # fmt: skip

    @property
    def period(self) -> Month:
        return Month(self.month)


class StatementLine(models.Model):
    """A line of the export (`number`: its row in the file), or, without one, a message of ours that it leaves out."""

    class Verdict(models.TextChoices):
        OPEN = "", _("Not compared yet")
        AGREED = "agreed", _("Agreed")
        CHARGED_FAILED = "failed", _("Charged, but it failed here")
        CHARGED_UNCERTAIN = "uncertain", _("Charged, uncertain here")
        CHARGED_TWICE = "twice", _("Charged twice")
        PRICE = "price", _("Another price")
        THEIRS = "theirs", _("Only the provider has it")
        OURS = "ours", _("Only we have it")

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(null=True)
    provider_message_id = models.CharField(max_length=100, blank=True)
    recipient = models.CharField(max_length=20, blank=True)
    at = models.DateTimeField(null=True)
    segments = models.PositiveSmallIntegerField(null=True)
    price = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    message = models.ForeignKey(
        Message, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False, db_index=False
    )
    our_cost = models.DecimalField(max_digits=14, decimal_places=4, null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["statement", "verdict", "id"], name="statement_line_verdict"),
            models.Index(
                fields=["statement", "message"], name="statement_line_message", condition=Q(message__isnull=False)
            ),
            models.Index(fields=["recipient"], name="statement_line_number", condition=~Q(recipient="")),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.verdict}"

    @property
    def row(self) -> str:
        """Its row as a person finds it."""
        return "" if self.number is None else row_name(self.number, self.statement.sheets)
