"""Who has looked up whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from smsops.console.notices.models import Notice as Notice
from smsops.console.notices.models import NoticeMail as NoticeMail
from smsops.console.notices.models import NoticeRead as NoticeRead
from smsops.console.notices.models import NoticeSubscription as NoticeSubscription
from smsops.console.retention.models import ForgottenNumber as ForgottenNumber
from smsops.console.retention.models import RetentionProgress as RetentionProgress
from smsops.console.retention.models import RetentionRun as RetentionRun


class LookupLog(models.Model):
    """One look-up: `number` (E.164) is whose page was shown, "" where there were several or none."""

    class Kind(models.TextChoices):
        NUMBER = "number", _("Number")
        DIGITS = "digits", _("Last digits")
        MESSAGE = "message", _("Reference or provider's id")
        NAME = "name", _("Name")
        PHONEBOOK = "phonebook", _("Provider's phone book")

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("time"), db_default=Now())
    kind = models.CharField(_("looked for by"), max_length=10, choices=Kind)
    term = models.CharField(_("typed"), max_length=100)
    number = models.CharField(_("number"), max_length=20, blank=True)
    found = models.PositiveSmallIntegerField(_("found"), default=0)

    class Meta:
        verbose_name = _("look-up")
        verbose_name_plural = _("look-ups")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["kind", "-id"], name="lookup_kind"),
            models.Index(fields=["number", "-id"], name="lookup_number"),
        ]

    def __str__(self) -> str:
        return self.term


class DownloadLog(models.Model):
    """One file that was taken away: lists, workbooks, reports. `filter` is the address's query, as it was asked."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("person")
    )
    at = models.DateTimeField(_("time"), db_default=Now())
    file_name = models.CharField(_("file"), max_length=200)
    page = models.CharField(_("page"), max_length=200)
    filter = models.TextField(_("filter"), blank=True)

    class Meta:
        verbose_name = _("download")
        verbose_name_plural = _("downloads")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.file_name
