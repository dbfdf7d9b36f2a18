"""What phones send to us."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.keys import LastDigits
from contacts.models import Contact
from providers.models import Account
from smsops.inbox.conversations.models import Conversation as Conversation
from smsops.inbox.conversations.models import QuickReply as QuickReply
from smsops.inbox.conversations.models import Reply as Reply
from smsops.inbox.optouts.importing.models import SuppressionImport as SuppressionImport
from smsops.inbox.optouts.importing.models import SuppressionImportRow as SuppressionImportRow
from smsops.inbox.optouts.models import AutoReply as AutoReply
from smsops.inbox.optouts.models import Keyword as Keyword
from smsops.messaging.models import CHANNEL_CHOICES


class InboundMessage(models.Model):
    """One received message. A repeat is the same account, id, sender, time and text: `fingerprint` is all five."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="inbound", db_index=False, verbose_name=_("account")
    )
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
        indexes = [
            models.Index(fields=["sender", "-id"], name="inbound_sender"),
            models.Index(fields=["account", "-id"], name="inbound_account"),
            models.Index(
                LastDigits("sender"), models.F("sender"), condition=models.Q(contact=None), name="inbound_last_digits"
            ),
            models.Index(fields=["-id"], condition=models.Q(channel="whatsapp"), name="inbound_whatsapp"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} {self.received_at:%Y-%m-%d %H:%M}"


class SuppressionReason(models.TextChoices):
    STOP = "stop", _("Stop keyword")
    STAFF = "staff", _("By staff")
    IMPORTED = "imported", _("Imported")
    PROVIDER = "provider", _("Told by the provider")


class Suppression(models.Model):
    """A number that wants no more messages. It belongs to the number, whoever has it as a contact."""

    number = models.CharField(_("number"), max_length=20, unique=True)
    reason = models.CharField(_("reason"), max_length=10, choices=SuppressionReason, default=SuppressionReason.STAFF)
    source_text = models.TextField(_("what was written"), blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("entered by")
    )
    created_at = models.DateTimeField(_("since"), db_default=Now(), editable=False)
    # The import that alone put it here: empty once the person, staff or another list has said so too.
    only_from = models.ForeignKey(
        SuppressionImport, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False, editable=False
    )

    class Meta:
        verbose_name = _("opt-out")
        verbose_name_plural = _("opt-outs")
        ordering = ["-id"]
        default_permissions = ("view", "add", "delete")
        indexes = [
            models.Index(fields=["reason", "-id"], name="suppression_reason"),
            models.Index(fields=["only_from", "id"], condition=~models.Q(only_from=None), name="suppression_only_from"),
        ]
        permissions = [
            ("import_suppression", _("Can import opt-outs")),
            ("export_suppression", _("Can export opt-outs")),
        ]

    def __str__(self) -> str:
        return self.number


class SuppressionEvent(models.Model):
    """That a number opted out, or that this was lifted: it stays when the opt-out is gone."""

    class Kind(models.TextChoices):
        ADDED = "added", _("Opted out")
        LIFTED = "lifted", _("Lifted")

    number = models.CharField(_("number"), max_length=20)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    reason = models.CharField(_("reason"), max_length=10, choices=SuppressionReason)
    source_text = models.TextField(_("what was written"), blank=True)
    note = models.CharField(_("note"), max_length=300, blank=True)
    # Of a lifted one: since when it held.
    since = models.DateTimeField(_("since"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("time"), db_default=Now())

    class Meta:
        verbose_name = _("opt-out event")
        verbose_name_plural = _("opt-out events")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["number", "-id"], name="suppression_event_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.kind}"
