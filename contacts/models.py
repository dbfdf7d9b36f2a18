"""The people we write to, and the groups that they belong to."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.exporting.models import ContactExport
from contacts.file_models import FilePiece, StoredFile
from contacts.importing.models import ContactImport, ImportRow
from contacts.keys import BirthMonth, LastDigits, NameKey
from contacts.syncing.models import (
    PhonebookGroup,
    PhonebookLink,
    PhonebookNote,
    SyncAction,
    SyncConflict,
    SyncRow,
    SyncRun,
)

# Django finds models by this module; those of rooms of their own are written there.
__all__ = [
    "Contact",
    "ContactEvent",
    "ContactExport",
    "ContactImport",
    "FilePiece",
    "Group",
    "GroupChange",
    "ImportRow",
    "PhonebookGroup",
    "PhonebookLink",
    "PhonebookNote",
    "StoredFile",
    "SyncAction",
    "SyncConflict",
    "SyncRow",
    "SyncRun",
]


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
    """One person. One number (E.164) is one contact; `attributes` are free merge fields.

    `operator` is the number's (`providers.numbers.operator_of`): whoever writes `mobile` writes it as well.
    """

    class Zone(models.TextChoices):
        WIB = "WIB", "WIB"
        WITA = "WITA", "WITA"
        WIT = "WIT", "WIT"

    name = models.CharField(_("name"), max_length=200, blank=True)
    mobile = models.CharField(_("mobile number"), max_length=20, unique=True)
    operator = models.CharField(_("operator"), max_length=60, blank=True, db_default="", editable=False)
    groups = models.ManyToManyField(Group, verbose_name=_("groups"), related_name="contacts", blank=True)
    address = models.TextField(_("address"), blank=True)
    birth_date = models.DateField(_("birth date"), null=True, blank=True)
    description = models.TextField(_("description"), blank=True)
    time_zone = models.CharField(_("time zone"), max_length=4, choices=Zone, blank=True)
    attributes = models.JSONField(_("merge fields"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)

    class Meta:
        permissions = [("import_contact", _("Can import contacts")), ("export_contact", _("Can export contacts"))]
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        ordering = ["-id"]
        indexes = [
            models.Index(NameKey("name"), F("id"), name="contact_name_key", condition=~Q(name="")),
            models.Index(fields=["operator", "-id"], name="contact_operator"),
            models.Index(LastDigits("mobile"), F("mobile"), name="contact_last_digits"),
            models.Index(
                BirthMonth("birth_date"), F("id").desc(), name="contact_birth_month", condition=~Q(birth_date=None)
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.mobile


class ContactEvent(models.Model):
    """What happened to a contact that its columns no longer tell. `details` holds what is needed to undo it.

    Of a merge: `before` is a list of all contacts that went into it, each with its columns, `groups`, its phone book
    `links` and earlier `events`, and the number of messages that came along; `after` is the one that stayed, `result`
    what it was then, `undone` whether somebody took it back. Messages keep their numbers, which say whose they were.
    """

    class Kind(models.TextChoices):
        MERGED = "merged", _("Merged")
        UNMERGED = "unmerged", _("Merge undone")

    contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, related_name="events", verbose_name=_("contact")
    )
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    at = models.DateTimeField(_("time"), db_default=Now())
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("contact event")
        verbose_name_plural = _("contact events")
        ordering = ["-id"]
        default_permissions = ("view",)

    def __str__(self) -> str:
        return str(self.get_kind_display())


class GroupChange(models.Model):
    """Putting many contacts into a group, or out of it, in steps: contacts come by their id, up to `until`.

    `selection` is `{"ids": […]}`, or `{"query": "…"}`: the address of the list that showed them.
    """

    class Kind(models.TextChoices):
        ADD = "add", _("Add to a group")
        REMOVE = "remove", _("Remove from a group")
        DELETE = "delete", _("Delete a group")

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", pgettext_lazy("run", "Stopped")
        FAILED = "failed", _("Failed")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    group = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("group"))
    group_name = models.CharField(_("group"), max_length=100)
    selection = models.JSONField(default=dict)
    first = models.BigIntegerField(default=0)
    position = models.BigIntegerField(default=0)
    until = models.BigIntegerField(default=0)
    looked_at = models.PositiveBigIntegerField(_("looked at"), default=0)
    changed = models.PositiveBigIntegerField(_("changed"), default=0)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), db_default=Now(), editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        verbose_name = _("change of a group")
        verbose_name_plural = _("changes of groups")
        ordering = ["-id"]
        default_permissions = ("view",)
        indexes = [models.Index(fields=["id"], condition=Q(state="running"), name="group_change_running")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.group_name}"
