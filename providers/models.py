"""The outside world: accounts at the providers and how they fare."""

from __future__ import annotations

import ipaddress
import re
import secrets
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from providers.encryption import EncryptedJSONField, SealedCharField, UnreadableCredentials
from providers.records import CallbackReceipt, CallLog
from providers.types import AccountConfig

if TYPE_CHECKING:
    from providers.base import Provider

# Django finds models by this module; those of a room of their own are written there.
__all__ = [
    "Account",
    "AccountEvent",
    "AccountHealth",
    "AccountQuerySet",
    "BalanceReading",
    "CallLog",
    "CallbackReceipt",
    "ProviderSlug",
    "RetiredToken",
    "new_callback_token",
]


class ProviderSlug(models.TextChoices):
    """Whose API an account speaks."""

    NUSASMS = "nusasms", "NusaSMS"
    TCAST = "tcast", "TCAST"
    RAJASMS = "rajasms", "RajaSMS"
    SMSMASKING = "smsmasking", "SMS Masking"
    UNIFIED = "unified", "Unified"


def new_callback_token() -> str:
    return secrets.token_urlsafe(24)


class AccountQuerySet(models.QuerySet["Account"]):
    def sending(self) -> AccountQuerySet:
        """Those that may send now: active and not suspended. A hold is looked at per account."""
        return self.filter(is_active=True, suspended_reason="")


class Account(models.Model):
    """One login at one provider. Suspended: stopped by its provider's answer or a person, until a person resumes it."""

    name = models.CharField(_("name"), max_length=100, unique=True)
    provider = models.CharField(_("provider"), max_length=20, choices=ProviderSlug)
    base_url = models.CharField(_("server address"), max_length=200, help_text=_("http(s)://host[:port], no path."))
    credentials = EncryptedJSONField(_("credentials"), default=dict, blank=True)
    options = models.JSONField(_("options"), default=dict, blank=True)
    sender_id = models.CharField(_("sender ID"), max_length=20, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)
    suspended_reason = models.TextField(_("suspended because"), blank=True, editable=False)
    suspended_at = models.DateTimeField(_("suspended since"), null=True, blank=True, editable=False)
    messages_per_second = models.FloatField(
        _("messages per second"), null=True, blank=True, validators=[MinValueValidator(0.01)],
        help_text=_("Over all workers together. Empty: no limit."),
    )  # fmt: skip
    max_connections = models.PositiveSmallIntegerField(
        _("connections"), default=4, validators=[MinValueValidator(1)], help_text=_("At a time, per worker process.")
    )
    timeout_seconds = models.PositiveSmallIntegerField(
        _("time-out (seconds)"), default=30, validators=[MinValueValidator(1)]
    )
    time_zone = models.CharField(_("time zone"), max_length=50, default="Asia/Jakarta")
    callback_token = SealedCharField(max_length=64, unique=True, default=new_callback_token, editable=False)
    allowed_networks = models.JSONField(
        _("callbacks come from"), default=list, blank=True, help_text=_("Networks, one per line. Empty: from anywhere.")
    )
    price_per_segment = models.DecimalField(
        _("price per segment"),
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    currency = models.CharField(_("currency"), max_length=3, default="IDR")
    balance = models.DecimalField(_("balance"), max_digits=16, decimal_places=4, null=True, editable=False)
    balance_bonus = models.DecimalField(_("bonus balance"), max_digits=16, decimal_places=4, null=True, editable=False)
    balance_expires_on = models.DateField(_("balance expires on"), null=True, editable=False)
    balance_checked_at = models.DateTimeField(_("balance read at"), null=True, editable=False)
    # What was submitted before went to another counterpart, where our references mean nothing to this one.
    counterpart_changed_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    objects = AccountQuerySet.as_manager()
    # Which version of its row this is, where PostgreSQL was asked; another after each change.
    row_version = ""

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        ordering = ["name"]
        permissions = [
            ("pause_account", _("Can pause and resume accounts")),
            ("check_account", _("Can check an account and its balance")),
            ("change_credentials", _("Can change credentials, passwords and callback tokens")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def adapter(self) -> type[Provider]:
        from providers.registry import PROVIDERS

        return PROVIDERS[self.provider]

    @property
    def login_name(self) -> str:
        """Who logs in: several accounts of ours may share one login. "" when the credentials cannot be read."""
        try:
            credentials = self.credentials
        except UnreadableCredentials:
            return ""
        return str(next((credentials[key] for key in ("username", "account", "apikey") if credentials.get(key)), ""))

    def counterpart(self) -> tuple[Any, ...]:
        """Who knows the references of what was submitted: a server, a user, and the calls that carried them."""
        return (self.base_url, self.login_name, *map(self.options.get, self.adapter.reference_options))

    def config(self) -> AccountConfig:
        """What the adapter may know; raises `UnreadableCredentials` when the key was lost."""
        credentials = {key: value for key, value in self.credentials.items() if not key.startswith("pending_")}
        return AccountConfig(
            name=self.name,
            base_url=self.base_url,
            credentials=credentials,
            options=self.options,
            sender_id=self.sender_id,
            timeout_seconds=self.timeout_seconds,
            time_zone=ZoneInfo(self.time_zone),
            callback_url=self.callback_url("reports"),
        )

    def open_provider(self) -> Provider:
        """An adapter for one thread; close it after use."""
        return self.adapter(self.config())

    def callback_url(self, kind: str) -> str:
        """Where the provider reports to: `kind` is `reports` or `inbox`."""
        return f"{settings.PUBLIC_URL}/callbacks/{self.callback_token}/{kind}/"

    def networks(self) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
        """`allowed_networks`, given as a list or as text; raises ValueError when one of them is none."""
        given = self.allowed_networks
        words = re.split(r"[\s,]+", given) if isinstance(given, str) else given or []
        return [ipaddress.ip_network(word, strict=False) for word in words if word]


class AccountHealth(models.Model):
    """How an account fares with sending. A row of its own, since every send writes it."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="health")
    # Seconds since the epoch, on the database's clock: when the next message may leave.
    next_slot = models.FloatField(default=0)
    held_until = models.DateTimeField(null=True)
    hold_reason = models.TextField(blank=True)
    failures = models.PositiveIntegerField(default=0)
    uncertain_streak = models.PositiveIntegerField(default=0)
    # Five uncertain answers in a row: held until a probe brings a readable answer.
    is_silent = models.BooleanField(default=False)
    plain_calls = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("account health")
        verbose_name_plural = _("account health")

    def __str__(self) -> str:
        return f"{self.account_id}"


class RetiredToken(models.Model):
    """A callback token that was rotated out; it works until somebody revokes it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="retired_tokens")
    token = SealedCharField(max_length=64, unique=True)
    retired_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("old callback address")
        verbose_name_plural = _("old callback addresses")

    def __str__(self) -> str:
        return f"{self.account_id} …{self.token[-4:]}"


class AccountEvent(models.Model):
    """What happened to an account, and by whom: suspensions, holds, changes of address or credentials."""

    class Kind(models.TextChoices):
        SUSPENDED = "suspended", _("Suspended")
        PAUSED = "paused", _("Paused")
        RESUMED = "resumed", _("Resumed")
        HELD = "held", _("Held")
        RELEASED = "released", _("Hold lifted")
        CHANGED = "changed", _("Changed")
        PASSWORD = "password", _("Password changed")
        TOKEN = "token", _("Callback address changed")
        CHECKED = "checked", _("Checked")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("time"), db_default=Now())
    kind = models.CharField(_("what"), max_length=20, choices=Kind)
    text = models.TextField(_("details"), blank=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("account event")
        verbose_name_plural = _("account events")
        indexes = [models.Index(fields=["account", "-id"], name="account_event_recent")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text}"


class BalanceReading(models.Model):
    """One answer to "how much is left?"."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="balance_readings")
    at = models.DateTimeField(_("time"), db_default=Now())
    amount = models.DecimalField(_("balance"), max_digits=16, decimal_places=4, null=True)
    bonus = models.DecimalField(_("bonus balance"), max_digits=16, decimal_places=4, null=True)
    expires_on = models.DateField(_("expires on"), null=True)

    class Meta:
        verbose_name = _("balance reading")
        verbose_name_plural = _("balance readings")
        indexes = [models.Index(fields=["account", "-id"], name="balance_recent")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.amount}"
