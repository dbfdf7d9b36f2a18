"""What was deleted because its time was over, and when."""

from __future__ import annotations

from django.conf import settings
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


class ForgottenNumber(models.Model):
    """That a person's request to be forgotten was carried out; `number` is masked, `found`: what → how many."""

    at = models.DateTimeField(_("time"), db_default=Now())
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    number = models.CharField(_("number"), max_length=20)
    found = models.JSONField(_("found"), default=dict)

    class Meta:
        verbose_name = _("forgotten number")
        verbose_name_plural = _("forgotten numbers")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [("forget_number", _("Can have a number forgotten"))]

    def __str__(self) -> str:
        return self.number
