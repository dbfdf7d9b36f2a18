"""Campaigns, who each is for, what happened to it, and the texts and prices that all of them share."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from providers.models import Account
from providers.types import Channel, Kind
from smsops.messaging.choices import CHANNEL_CHOICES, KIND_CHOICES

PERCENT = 100


class Template(models.Model):
    """A text that is used again and again. Its owner alone, or whoever may, changes it; all may use it."""

    name = models.CharField(_("name"), max_length=100)
    folder = models.CharField(_("folder"), max_length=100, blank=True)
    text = models.TextField(_("text"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("owner")
    )
    use_count = models.PositiveIntegerField(_("used"), default=0, editable=False)
    used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("template")
        verbose_name_plural = _("templates")
        ordering = ["folder", "name"]
        constraints = [models.UniqueConstraint(Lower("folder"), Lower("name"), name="template_name_unique")]
        permissions = [("manage_templates", _("Can change the templates of others"))]

    def __str__(self) -> str:
        return f"{self.folder} / {self.name}" if self.folder else self.name


class Price(models.Model):
    """What a segment costs from a day on. An empty operator stands for all that have no line of their own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="prices", verbose_name=_("account"))
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES, default=Channel.SMS.value)
    operator = models.CharField(_("operator"), max_length=60, blank=True)
    valid_from = models.DateField(_("valid from"), default=timezone.localdate)
    price = models.DecimalField(
        _("price per segment"), max_digits=12, decimal_places=4, validators=[MinValueValidator(0)]
    )

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["account", "channel", "operator", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["account", "channel", "operator", "valid_from"], name="price_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.operator} {self.valid_from}"


class Campaign(models.Model):
    """One text to an audience that is frozen at launch. `key` makes a repeated launch add nothing.

    A draft changes at will, each time with the next `version`; past that only its state moves. `audience` says where
    the recipients come from (see `audience.Source`), `told` what was found, `measured` what the text comes to over
    the real rows, `counts` how many messages stand where (rolled up while it runs).
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVAL = "approval", _("Waits for approval")
        SCHEDULED = "scheduled", _("Scheduled")
        MISSED = "missed", _("Missed its start")
        FREEZING = "freezing", _("Being prepared")
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        FINISHED = "finished", _("Finished")
        CANCELLED = "cancelled", _("Cancelled")

    class Repeat(models.TextChoices):
        NEVER = "", _("Once")
        DAILY = "daily", _("Every day")
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")

    name = models.CharField(_("name"), max_length=200)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="campaigns", verbose_name=_("account"))
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.FREEZING)
    version = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(_("recipients"), default=0)

    kind = models.CharField(_("kind"), max_length=15, choices=KIND_CHOICES, default=Kind.PROMOTIONAL.value)
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES, default=Channel.SMS.value)
    message_type = models.CharField(_("type"), max_length=1, blank=True)
    text = models.TextField(_("text"), blank=True)
    sender_id = models.CharField(_("sender ID"), max_length=20, blank=True)
    template = models.ForeignKey(
        Template, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("template")
    )

    # A group of the provider's phone book: sent to by one call, `called_at`, which is never made again.
    remote_group = models.CharField(_("group at the provider"), max_length=100, blank=True)
    called_at = models.DateTimeField(_("group call made"), null=True, editable=False)
    # Since when a worker looks after that call.
    asked_at = models.DateTimeField(null=True, editable=False)
    # Further ways to try, in order: `[{"account": 3, "channel": "sms"}]`.
    routes = models.JSONField(default=list, editable=False)
    # Operators whose numbers go by another account than the rest: `{"Telkomsel": 3}`.
    splits = models.JSONField(default=dict, editable=False)
    audience = models.JSONField(default=dict, editable=False)
    told = models.JSONField(default=dict, editable=False)
    measured = models.JSONField(default=dict, editable=False)
    audience_at = models.DateTimeField(_("counted at"), null=True, editable=False)

    send_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    zone = models.CharField(_("time zone"), max_length=50, blank=True)
    valid_hours = models.PositiveSmallIntegerField(_("give up after (hours)"), default=24)
    day_and_night = models.CharField(_("sent at night because"), max_length=200, blank=True)
    provider_schedule = models.BooleanField(_("let the provider wait"), default=False)
    repeat = models.CharField(_("repeats"), max_length=7, choices=Repeat, blank=True)
    repeat_until = models.DateField(_("until"), null=True, blank=True)
    # The day of the month that a monthly one began with: after 28 February comes 31 March again.
    repeat_day = models.PositiveSmallIntegerField(default=0, editable=False)
    repeats = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="+", editable=False)
    per_second = models.FloatField(_("messages per second"), null=True, blank=True)
    # Of a hundred that were handed over, as many refused ones stop it; 0: never.
    refusal_limit = models.PositiveSmallIntegerField(_("stop at refusals (%)"), default=10)

    quoted_cost = models.DecimalField(_("quoted cost"), max_digits=16, decimal_places=4, null=True, editable=False)
    state_reason = models.TextField(_("reason"), blank=True, editable=False)
    # The entry up to which messages are written.
    frozen_to = models.BigIntegerField(default=0, editable=False)
    counts = models.JSONField(default=dict, editable=False)
    counted_at = models.DateTimeField(null=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    launched_at = models.DateTimeField(_("launched"), null=True, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)

    class Meta:
        verbose_name = _("campaign")
        verbose_name_plural = _("campaigns")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["account", "id"], condition=Q(status="running"), name="campaign_running"),
            models.Index(fields=["status", "-id"], name="campaign_status"),
        ]
        permissions = [
            ("approve_campaign", _("Can approve campaigns of others")),
            ("control_campaign", _("Can resume, cancel and repeat campaigns of others")),
        ]

    def __str__(self) -> str:
        return self.name

    def first_account(self, operator: str) -> int:
        """The id of the one by which messages to an operator's numbers leave at first."""
        account: int = self.splits.get(operator, self.account_id)
        return account

    @property
    def first_accounts(self) -> set[int]:
        """Ids of those by which a message may leave at first."""
        return {self.account_id, *self.splits.values()}

    @property
    def all_accounts(self) -> set[int]:
        """The same with those that come after a refusal."""
        return self.first_accounts | {route["account"] for route in self.routes}


class CampaignEvent(models.Model):
    """One step of a campaign: who did what, and why."""

    class Kind(models.TextChoices):
        CREATED = "created", _("Created")
        TESTED = "tested", _("Test sent")
        ASKED = "asked", _("Approval asked for")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Approval refused")
        LAUNCHED = "launched", _("Launched")
        SCHEDULED = "scheduled", _("Scheduled")
        REOPENED = "reopened", _("Taken back to change it")
        MISSED = "missed", _("Start missed")
        STARTED = "started", _("Started")
        CALLED = "called", _("Group call made")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        PACED = "paced", _("Speed changed")
        RETRIED = "retried", _("Failed ones sent again")
        CANCELLED = "cancelled", _("Cancelled")
        FINISHED = "finished", _("Finished")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("time"), db_default=Now())
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    text = models.TextField(_("reason"), blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )

    class Meta:
        verbose_name = _("campaign event")
        verbose_name_plural = _("campaign events")
        ordering = ["id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.kind} {self.text}"


class AudienceEntry(models.Model):
    """One line of an audience as it was counted: a recipient, or why this one gets nothing.

    `recipient` is E.164, "" where `spelling` is no mobile number; `fields` are the columns of an uploaded file.
    """

    class Verdict(models.TextChoices):
        GOOD = "good", _("gets it")
        DUPLICATE = "duplicate", _("there before")
        INVALID = "invalid", _("no mobile number")
        EXCLUDED = "excluded", _("in a group that is left out")
        OPTED_OUT = "opted_out", _("opted out")
        REACHED = "reached", _("reached lately")
        INCOMPLETE = "incomplete", _("lacks a value for the text")

    class Source(models.TextChoices):
        FILE = "file", _("File")
        PASTED = "pasted", _("Pasted")
        CONTACT = "contact", _("Contact")
        GROUP = "group", _("Group")
        CAMPAIGN = "campaign", _("Earlier campaign")
        REMOTE = "remote", _("Provider's phone book")

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="entries", db_index=False)
    recipient = models.CharField(_("recipient"), max_length=20, blank=True)
    spelling = models.CharField(_("as written"), max_length=200, blank=True)
    # Read at freeze only, and a contact that goes away meanwhile is nothing to keep up with.
    contact = models.ForeignKey(
        Contact, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    operator = models.CharField(_("operator"), max_length=60, blank=True)
    zone = models.CharField(_("time zone"), max_length=4, blank=True)
    verdict = models.CharField(_("outcome"), max_length=10, choices=Verdict, default=Verdict.GOOD)
    source = models.CharField(_("from"), max_length=8, choices=Source)
    fields = models.JSONField(null=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["campaign", "recipient"], name="audience_recipient"),
            models.Index(fields=["campaign", "verdict", "id"], name="audience_verdict"),
        ]

    def __str__(self) -> str:
        return self.recipient or self.spelling
