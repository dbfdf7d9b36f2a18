"""What we send: campaigns, messages, everything that happened to each, and the state of the outbox."""

from __future__ import annotations

import secrets
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.keys import Backwards, NumberField
from contacts.models import Contact
from providers.indexing import MomentIndex
from providers.models import Account
from providers.types import Channel, Encoding, Kind
from smsops.messaging.campaigns.models import AudienceEntry as AudienceEntry
from smsops.messaging.campaigns.models import Campaign as Campaign
from smsops.messaging.campaigns.models import CampaignEvent as CampaignEvent
from smsops.messaging.campaigns.models import Price as Price
from smsops.messaging.campaigns.models import Template as Template
from smsops.messaging.choices import CHANNEL_CHOICES as CHANNEL_CHOICES
from smsops.messaging.choices import ENCODING_CHOICES as ENCODING_CHOICES
from smsops.messaging.choices import KIND_CHOICES as KIND_CHOICES
from smsops.messaging.moments import settled_moment
from smsops.messaging.status import LABELS, Status

STATUS_CHOICES = [(status.value, label) for status, label in LABELS.items()]
RARE = sorted(set(Status) - {Status.QUEUED, Status.SENDING, Status.SENT, Status.DELIVERED})


CHANGED_SINCE_BOOKED = Q(booked_month__isnull=False) & ~Q(status=F("booked_status"))


def new_reference() -> str:
    """Our id at the provider: 25 characters, growing with time, so that its index stays compact."""
    return f"{int(time.time() * 1000):011x}{secrets.token_hex(7)}"


def default_expiry() -> datetime:
    return timezone.now() + timedelta(hours=24)


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> MessageQuerySet:
        return self.filter(status=Status.QUEUED)

    def due(self) -> MessageQuerySet:
        """Queued, and its time has come by the database's clock."""
        return self.waiting().filter(send_after__lte=Now())


class Message(models.Model):
    """One message to one number: a row of the queue, and afterwards the record of what became of it."""

    reference = models.CharField(_("reference"), max_length=26, unique=True, default=new_reference, editable=False)
    campaign = models.ForeignKey(
        Campaign,
        on_delete=models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("campaign"),
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="messages", db_index=False, verbose_name=_("account")
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.SET_NULL,
        null=True,
        related_name="messages",
        db_index=False,
        verbose_name=_("contact"),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("written by"),
    )
    resend_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="resends",
        db_index=False,
        verbose_name=_("resend of"),
    )
    recipient = NumberField(_("recipient"), max_length=20)
    operator = models.CharField(_("operator"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES, default=Channel.SMS.value)
    kind = models.CharField(_("kind"), max_length=15, choices=KIND_CHOICES, default=Kind.TRANSACTIONAL.value)
    text = models.TextField(_("text"))
    encoding = models.CharField(_("encoding"), max_length=6, choices=ENCODING_CHOICES, default=Encoding.GSM7.value)
    is_flash = models.BooleanField(_("flash"), default=False)
    wap_url = models.CharField(_("WAP address"), max_length=500, blank=True)
    segments = models.PositiveSmallIntegerField(_("segments"), default=1)
    sender_id = models.CharField(_("sender ID"), max_length=20, blank=True)
    status = models.CharField(_("status"), max_length=11, choices=STATUS_CHOICES, default=Status.QUEUED.value)
    provider_message_id = models.CharField(_("provider's id"), max_length=100, blank=True)
    provider_scheduled_for = models.DateTimeField(_("provider sends at"), null=True)
    error_code = models.CharField(_("provider's code"), max_length=50, blank=True)
    error_text = models.TextField(_("provider's words"), blank=True)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=4, null=True)
    send_after = models.DateTimeField(_("send after"), default=timezone.now)
    expires_at = models.DateTimeField(_("not after"), default=default_expiry)
    priority = models.PositiveSmallIntegerField(_("priority"), default=5)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    claim_id = models.UUIDField(null=True, editable=False)
    claimed_at = models.DateTimeField(null=True, editable=False)
    attempted_at = models.DateTimeField(_("submitted"), null=True, editable=False)
    # An earlier submission under this reference may have gone out: since then it may only be submitted again where
    # the provider keeps duplicates out.
    doubtful_since = models.DateTimeField(null=True, editable=False)
    # In one call with others the provider refused the whole call because of one of them.
    send_alone = models.BooleanField(default=False, editable=False)
    account_refusals = models.PositiveSmallIntegerField(default=0, editable=False)
    never_resend = models.BooleanField(default=False, editable=False)
    report_asked = models.BooleanField(default=True, editable=False)
    # When to ask the provider for a report that no callback has brought; never where it cannot be asked.
    next_poll_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    # As they stood when the month (its first day) was closed; the cost is the told price, else that of the price list.
    booked_month = models.DateField(null=True, editable=False)
    booked_status = models.CharField(max_length=11, null=True, editable=False)
    booked_code = models.CharField(max_length=50, null=True, editable=False)
    booked_price = models.DecimalField(max_digits=14, decimal_places=4, null=True, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "recipient"],
                condition=Q(resend_of=None) & ~Q(campaign=None),
                name="message_once_per_campaign",
            ),
            # Two who send the same message again at one moment: the second one's row is refused.
            models.UniqueConstraint(fields=["resend_of"], condition=~Q(resend_of=None), name="message_resent_once"),
            models.CheckConstraint(
                condition=Q(status__in=[status.value for status in Status]), name="message_status_known"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "campaign", "priority", "send_after"],
                condition=Q(status="queued"),
                name="message_due",
            ),
            models.Index(fields=["expires_at"], condition=Q(status="queued"), name="message_expiring"),
            models.Index(fields=["claimed_at"], condition=Q(status="sending"), name="message_claimed"),
            models.Index(
                fields=["provider_message_id", "account"],
                condition=~Q(provider_message_id=""),
                name="message_provider_id",
            ),
            models.Index(
                fields=["account", "next_poll_at"],
                condition=Q(status="sent", next_poll_at__isnull=False),
                name="message_next_poll",
            ),
            # Nobody reported: some are from long ago, and a list of them must not read all that came since.
            models.Index(fields=["-id"], condition=Q(status="sent"), name="message_unreported"),
            models.Index(Backwards("recipient"), F("id").desc(), name="message_number"),
            models.Index(fields=["account", "-id"], name="message_account"),
            # The others pass by too fast, or are nearly all of the table.
            models.Index(fields=["status", "-id"], condition=Q(status__in=RARE), name="message_status"),
            models.Index(fields=["campaign", "status", "-id"], condition=~Q(campaign=None), name="message_campaign"),
            # By which ways a campaign went on. First tries, nearly all of its messages, pay nothing for it.
            models.Index(
                fields=["campaign", "account", "channel", "operator"],
                condition=~Q(campaign=None) & ~Q(resend_of=None),
                name="message_further_try",
            ),
            models.Index(fields=["-id"], condition=Q(channel="whatsapp"), name="message_whatsapp"),
            models.Index(fields=["contact", "-id"], condition=~Q(contact=None), name="message_contact"),
            models.Index(fields=["created_by", "-id"], condition=~Q(created_by=None), name="message_author"),
            # When a settled message counts, for figures (see `moments`).
            MomentIndex(settled_moment(), name="message_moment"),
            # The few that changed after their month was closed.
            models.Index(fields=["id"], condition=CHANGED_SINCE_BOOKED, name="message_booked_changed"),
        ]
        permissions = [
            ("send_message", _("Can write and send messages")),
            ("cancel_message", _("Can cancel waiting messages")),
            ("release_outbox", _("Can hold and release the outbox")),
            ("export_message", _("Can export lists of messages")),
            ("view_otp", _("Can read the codes in OTP messages")),
            ("settle_uncertain", _("Can decide over uncertain messages")),
            ("resend_in_bulk", _("Can send many uncertain messages again at once")),
        ]

    def __str__(self) -> str:
        return f"{self.recipient} {self.reference}"


class MessageEvent(models.Model):
    """One step of a message, with its source and the provider's own words."""

    class Source(models.TextChoices):
        SUBMIT = "submit", _("Submission")
        CALLBACK = "callback", _("Delivery callback")
        POLL = "poll", _("Asked by us")
        STAFF = "staff", _("Staff")
        SYSTEM = "system", _("SMSOps")

    # Not held by the database: every send would pay for it, and the same statement writes both.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="events", db_constraint=False)
    at = models.DateTimeField(_("time"), db_default=Now())
    # The status that the message has from here on; a report that changed nothing keeps its own word in `told`.
    status = models.CharField(_("status"), max_length=11, choices=STATUS_CHOICES)
    told = models.CharField(_("reported status"), max_length=11, blank=True)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    code = models.CharField(_("provider's code"), max_length=50, blank=True)
    text = models.TextField(_("provider's words"), blank=True)
    raw = models.TextField(_("as received"), blank=True)
    # When it happened at the provider, where it says so.
    happened_at = models.DateTimeField(_("provider's time"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        verbose_name = _("message event")
        verbose_name_plural = _("message events")

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


class PendingReport(models.Model):
    """A delivery report for an id that we have not saved yet; matched again when it is, and by beat."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    provider_message_id = models.CharField(max_length=100, db_index=True)
    recipient = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=11, blank=True)
    code = models.CharField(max_length=50, blank=True)
    text = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    happened_at = models.DateTimeField(null=True)
    price = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    source = models.CharField(max_length=8, choices=MessageEvent.Source)
    receipt_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("report without a message")
        verbose_name_plural = _("reports without a message")
        indexes = [models.Index(fields=["recipient"], condition=~Q(recipient=""), name="pending_report_recipient")]

    def __str__(self) -> str:
        return self.provider_message_id


class Outbox(models.Model):
    """The one row that says whether anything may leave: its heartbeat, and the installation that it belongs to."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    heartbeat_at = models.DateTimeField(null=True)
    public_url = models.CharField(max_length=200, blank=True)
    held_since = models.DateTimeField(null=True)
    hold_reason = models.TextField(blank=True)
    released_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("outbox")
        verbose_name_plural = _("outbox")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="outbox_is_one")]

    def __str__(self) -> str:
        return "outbox"
