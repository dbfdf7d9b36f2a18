"""What was deleted because its time was over, and when."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class RetentionRun(models.Model):
    """One run that deleted something; `deleted`: type → how many rows."""

    at = models.DateTimeField(_("time"), db_default=Now())
    deleted = models.JSONField(_("deleted"), default=dict)

    class Meta:
        verbose_name = _("clean-up")
        verbose_name_plural = _("clean-ups")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"


class RetentionProgress(models.Model):
    """How far messages of a type are anonymised: all before `moment`, or up to the id `position`."""

    name = models.CharField(max_length=20, primary_key=True)
    moment = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.name
