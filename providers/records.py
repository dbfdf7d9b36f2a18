"""Every word exchanged with the providers: our calls, and what came from them, as it came."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from providers.base import CallbackRequest


class CallLog(models.Model):
    """One HTTP call to a provider, masked: all that were not a plain acceptance, and the last 1,000 that were."""

    account = models.ForeignKey(
        "providers.Account", on_delete=models.CASCADE, related_name="calls", db_index=False, verbose_name=_("account")
    )
    started_at = models.DateTimeField(_("time"))
    name = models.CharField(_("call"), max_length=40)
    method = models.CharField(_("method"), max_length=8)
    url = models.TextField(_("address"))
    request = models.TextField(_("request"), blank=True)
    status = models.PositiveSmallIntegerField(_("HTTP status"), null=True)
    reply = models.TextField(_("answer"), blank=True)
    error = models.TextField(_("error"), blank=True)
    duration_ms = models.PositiveIntegerField(_("duration (ms)"), default=0)
    is_plain = models.BooleanField(_("plain acceptance"), default=False)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("call log")
        indexes = [
            models.Index(fields=["account", "-id"], name="call_recent"),
            models.Index(fields=["account", "-id"], condition=models.Q(is_plain=True), name="call_plain"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.started_at:%Y-%m-%d %H:%M:%S}"


class CallbackReceipt(models.Model):
    """A callback (or a once-only reply) exactly as it came, stored before it is read."""

    class Kind(models.TextChoices):
        REPORTS = "reports", _("Delivery reports")
        INBOX = "inbox", _("Inbox")

    class Source(models.TextChoices):
        PUSH = "push", _("Pushed by the provider")
        POLL = "poll", _("Asked for by us")

    class State(models.TextChoices):
        WAITING = "waiting", _("To be applied")
        APPLIED = "applied", _("Applied")
        PARTIAL = "partial", _("Applied in part")
        UNMATCHED = "unmatched", _("No such message yet")
        UNREADABLE = "unreadable", _("Unreadable")
        FOREIGN = "foreign", _("From a foreign address, not applied")
        STUCK = "stuck", _("Needs a person")

    account = models.ForeignKey(
        "providers.Account",
        on_delete=models.PROTECT,
        related_name="receipts",
        db_index=False,
        verbose_name=_("account"),
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    source = models.CharField(_("came"), max_length=5, choices=Source, default=Source.PUSH)
    received_at = models.DateTimeField(_("received"), db_default=Now())
    remote_address = models.GenericIPAddressField(_("from"), null=True)
    method = models.CharField(_("method"), max_length=8, blank=True)
    query = models.TextField(_("query"), blank=True)
    content_type = models.CharField(_("content type"), max_length=200, blank=True)
    body = models.BinaryField(_("body"), blank=True)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    error = models.TextField(_("error"), blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    class Meta:
        verbose_name = _("callback receipt")
        verbose_name_plural = _("callback receipts")
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="waiting"), name="receipt_waiting"),
            models.Index(fields=["account", "-id"], name="receipt_recent"),
            models.Index(fields=["state", "-id"], name="receipt_state"),
            models.Index(fields=["-id"], condition=models.Q(kind="inbox"), name="receipt_inbox"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def request(self) -> CallbackRequest:
        """The receipt as adapters read it."""
        return CallbackRequest(self.method, self.query, self.content_type, bytes(self.body))
