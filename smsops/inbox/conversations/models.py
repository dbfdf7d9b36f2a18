"""Conversations: one for each number that wrote to us, and the replies that were given in them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.keys import LastDigits
from providers.models import Account
from smsops.messaging.choices import CHANNEL_CHOICES


class Conversation(models.Model):
    """What stands in the list for a number; its messages are found by the number, sent and received.

    `last_id` is the id of the last received message, by which the list is ordered; `unread` counts those that nobody
    has looked at. `answering` is who writes a reply at the moment: it holds until `answering_until`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("account")
    )
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES, default="sms")
    last_id = models.BigIntegerField(default=0, editable=False)
    last_text = models.CharField(_("last message"), max_length=160, blank=True)
    last_inbound_at = models.DateTimeField(_("last received"))
    unread = models.PositiveIntegerField(_("unread"), default=0)
    is_done = models.BooleanField(_("done"), default=False)
    assigned_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        verbose_name=_("assigned to"),
    )  # fmt: skip
    answering = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        verbose_name=_("answering now"),
    )  # fmt: skip
    answering_until = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        ordering = ["-last_id"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["-last_id"], condition=Q(is_done=False), name="conversation_open"),
            models.Index(fields=["-last_id"], condition=Q(is_done=True), name="conversation_done"),
            models.Index(fields=["-last_id"], condition=Q(is_done=False, unread__gt=0), name="conversation_unread"),
            models.Index(
                fields=["-last_id"], condition=Q(is_done=False, assigned_to=None), name="conversation_nobodys"
            ),
            models.Index(
                fields=["assigned_to", "-last_id"], condition=~Q(assigned_to=None), name="conversation_assigned"
            ),
            models.Index(fields=["answering"], condition=~Q(answering=None), name="conversation_answering"),
            models.Index(LastDigits("number"), F("number"), name="conversation_last_digits"),
        ]

    def __str__(self) -> str:
        return self.number


class Reply(models.Model):
    """That a page's reply was queued: `key` is the page's own, so that a second click finds the first one's row."""

    key = models.UUIDField(unique=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="replies", db_index=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.key)


class QuickReply(models.Model):
    """A text to begin an answer with: one's own, or shared with all who answer."""

    name = models.CharField(_("name"), max_length=60)
    text = models.TextField(_("text"))
    is_shared = models.BooleanField(_("for everybody"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )

    class Meta:
        verbose_name = _("quick reply")
        verbose_name_plural = _("quick replies")
        ordering = ["name", "id"]
        permissions = [("share_quickreply", _("Can share quick replies with everybody"))]

    def __str__(self) -> str:
        return self.name
