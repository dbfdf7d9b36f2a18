"""What phones send to us."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from providers.models import Account
from smsops.messaging.models import CHANNEL_CHOICES


class InboundMessage(models.Model):
    """One received message. A repeat is the same account, id, sender, time and text: `fingerprint` is all five."""

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="inbound", verbose_name=_("account"))
    sender = models.CharField(_("sender"), max_length=40)
    recipient = models.CharField(_("received at number"), max_length=40, blank=True)
    text = models.TextField(_("text"), blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES, default="sms")
    received_at = models.DateTimeField(_("received"), db_default=Now())
    provider_message_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="inbound", verbose_name=_("contact")
    )
    fingerprint = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("stored"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("received message")
        verbose_name_plural = _("received messages")
        ordering = ["-id"]
        indexes = [models.Index(fields=["sender", "-id"], name="inbound_sender")]

    def __str__(self) -> str:
        return f"{self.sender} {self.received_at:%Y-%m-%d %H:%M}"
