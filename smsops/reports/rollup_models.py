"""Roll-ups: how many messages of each kind there are, by hour and by day, so that no page counts the messages.

They hold what has left or ended; what still waits is read where it waits.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from providers.models import Account
from smsops.messaging.choices import CHANNEL_CHOICES, KIND_CHOICES
from smsops.messaging.models import STATUS_CHOICES, Campaign


class HourlyFigure(models.Model):
    """One hour (begun in TIME_ZONE) of an account, operator, channel and status.

    `delay`: for delivered ones the class of how long it took (see `rollup_rules.DELAYS`), so that a median can be
    read; None for all others.
    """

    hour = models.DateTimeField(_("hour"))
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("account")
    )
    operator = models.CharField(_("operator"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES)
    status = models.CharField(_("status"), max_length=11, choices=STATUS_CHOICES)
    delay = models.PositiveSmallIntegerField(null=True)
    messages = models.PositiveIntegerField(_("messages"))
    segments = models.PositiveIntegerField(_("segments"))

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["hour"], name="hourly_figure_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.status} {self.messages}"


class DailyFigure(models.Model):
    """One local day (TIME_ZONE) of an account, operator, channel, kind, campaign, member of staff, status and reason.

    `price`: what the providers told, added up; `unpriced` messages with `unpriced_segments` are those of which nothing
    was told. `error_code` only where a message did not arrive. Two rows may stand for the same: add them up.
    """

    date = models.DateField(_("date"))
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("account")
    )
    operator = models.CharField(_("operator"), max_length=60, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=CHANNEL_CHOICES)
    kind = models.CharField(_("kind"), max_length=15, choices=KIND_CHOICES)
    campaign = models.ForeignKey(
        Campaign, on_delete=models.CASCADE, null=True, related_name="+", db_index=False, verbose_name=_("campaign")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False,
        verbose_name=_("written by"),
    )  # fmt: skip
    status = models.CharField(_("status"), max_length=11, choices=STATUS_CHOICES)
    error_code = models.CharField(_("provider's code"), max_length=50, blank=True)
    messages = models.PositiveIntegerField(_("messages"))
    segments = models.PositiveIntegerField(_("segments"))
    price = models.DecimalField(_("price"), max_digits=20, decimal_places=4, default=0)
    unpriced = models.PositiveIntegerField(_("messages without a price"), default=0)
    unpriced_segments = models.PositiveIntegerField(_("segments without a price"), default=0)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["date", "account"], name="daily_figure_date")]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.status} {self.messages}"


class StaleDay(models.Model):
    """A local day whose figures may be out of date: what came to one of its messages is not in them yet."""

    date = models.DateField(primary_key=True)
    # Whoever mends the day takes away the mark that he saw; a newer one stays, and the day is mended again.
    mark = models.UUIDField(default=uuid.uuid4)
    # Nothing came to it: it is looked at to see whether the figures are right, and a difference is told.
    is_check = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"


class RollupState(models.Model):
    """The one row that says how far the events have been followed.

    Events up to `cursor` are in; None: nothing yet. Those up to `seen_to` were read, but some with smaller numbers may
    have been committed since: they are read again until every transaction before `seen_xmax` has ended.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    cursor = models.BigIntegerField(null=True)
    seen_to = models.BigIntegerField(default=0)
    seen_xmax = models.BigIntegerField(default=0)
    checked_on = models.DateField(null=True)
    caught_up_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rollup_state_is_one")]

    def __str__(self) -> str:
        return f"{self.cursor}"


class QueueReading(models.Model):
    """How many messages were due and waiting at the end of an hour; no message remembers that afterwards."""

    hour = models.DateTimeField(primary_key=True)
    waiting = models.PositiveIntegerField()
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M} {self.waiting}"
