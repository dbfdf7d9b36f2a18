"""The people we write to, and the groups that they belong to."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _


class Group(models.Model):
    """A list of contacts; its name is unique regardless of case, as at the provider."""

    name = models.CharField(_("name"), max_length=100)

    class Meta:
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(Lower("name"), name="group_name_unique")]

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """One person. One number (E.164) is one contact; `attributes` are free merge fields."""

    class Zone(models.TextChoices):
        WIB = "WIB", "WIB"
        WITA = "WITA", "WITA"
        WIT = "WIT", "WIT"

    name = models.CharField(_("name"), max_length=200, blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, unique=True)
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), related_name="contacts", blank=True)
    address = models.TextField(_("address"), blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=4, choices=Zone, blank=True)
    attributes = models.JSONField(_("merge fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-id"]
        indexes = [models.Index(fields=["name"], name="contact_name")]

    def __str__(self) -> str:
        return self.name or self.mobile
