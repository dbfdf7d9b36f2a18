"""What we know of an account's phone book, and what every synchronisation of it did and asked."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from contacts.comparing.types import Kind, Side, Subject
from providers.models import Account

SIDES = [(Side.OURS.value, _("Ours")), (Side.THEIRS.value, _("Theirs"))]


class PhonebookGroup(models.Model):
    """A group that the account mirrors. `name` is the name last agreed on; `remote_id` null until they told it."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="phonebook_groups")
    group = models.ForeignKey("contacts.Group", on_delete=models.SET_NULL, null=True, related_name="phonebook_groups")
    remote_id = models.CharField(max_length=100, null=True)
    name = models.CharField(max_length=100)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["account", "remote_id"], name="phonebook_group_remote"),
            models.UniqueConstraint(fields=["account", "group"], name="phonebook_group_ours"),
        ]

    def __str__(self) -> str:
        return self.name


class PhonebookLink(models.Model):
    """One entry of the phone book that we know. It outlives its contact: `number` tells whose it was.

    `agreed`: field → the value both sides last agreed on; a field never agreed on is absent. `seen`: the entry as it
    was last read. `has_left`: they deleted it and its contact stays here; kept so that it is not added again by itself.
    `asks_first`: its contact was merged into another, so that only a person's word deletes it there.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="phonebook_links")
    remote_id = models.CharField(max_length=100)
    contact = models.ForeignKey(
        "contacts.Contact", on_delete=models.SET_NULL, null=True, related_name="phonebook_links"
    )
    number = models.CharField(max_length=20)
    group = models.ForeignKey(PhonebookGroup, on_delete=models.RESTRICT, null=True, related_name="links")
    agreed = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)
    is_twin = models.BooleanField(default=False)
    has_left = models.BooleanField(default=False)
    asks_first = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "remote_id"], name="phonebook_link_remote")]

    def __str__(self) -> str:
        return f"{self.remote_id} {self.number}"


class SyncRun(models.Model):
    """One synchronisation: who, when, how far, and with what end. At most one an account is at work at a time."""

    class State(models.TextChoices):
        READING = "reading", _("Reading")
        APPLYING = "applying", _("Applying")
        PREVIEW = "preview", _("Preview")
        DONE = "done", _("Done")
        STOPPED = "stopped", pgettext_lazy("run", "Stopped")
        FAILED = "failed", _("Failed")
        INTERRUPTED = "interrupted", _("Interrupted")

    class Origin(models.TextChoices):
        PERSON = "person", _("Started by a person")
        TIMETABLE = "timetable", _("By timetable")
        COMMAND = "command", _("From a shell")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sync_runs", verbose_name=_("account"))
    origin = models.CharField(_("started"), max_length=10, choices=Origin, default=Origin.PERSON)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    is_deep = models.BooleanField(_("reads every entry in full"), default=False)
    is_preview = models.BooleanField(_("preview only"), default=False)
    # The run whose over-limit changes a person has seen and wants.
    approves = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="approved_by_runs")
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.READING)
    error = models.TextField(_("error"), blank=True)
    started_at = models.DateTimeField(_("started at"), db_default=Now())
    finished_at = models.DateTimeField(_("finished at"), null=True)
    # Who works on it, until when, and where the reading stands.
    holder = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)
    stop_asked = models.BooleanField(default=False)
    # The provider asked for a pause: nobody goes on before.
    wait_until = models.DateTimeField(null=True)
    cursor = models.JSONField(default=dict)
    calls = models.PositiveIntegerField(_("calls"), default=0)
    read = models.PositiveIntegerField(_("entries read"), default=0)
    # Kind → how many: planned, and carried out. What waits for a person is in `waiting`.
    planned = models.JSONField(default=dict)
    done = models.JSONField(default=dict)
    waiting = models.PositiveIntegerField(_("waiting"), default=0)
    troubles = models.PositiveIntegerField(_("not carried out"), default=0)
    conflicts = models.PositiveIntegerField(_("conflicts"), default=0)

    class Meta:
        verbose_name = _("phone book sync")
        verbose_name_plural = _("phone book syncs")
        ordering = ["-id"]
        default_permissions = ("view",)
        permissions = [
            ("sync_phonebook", _("Can synchronise phone books")),
            ("exceed_sync_limit", _("Can confirm a sync that deletes or adds more than the limit")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account"], condition=Q(state__in=("reading", "applying")), name="one_sync_an_account"
            )
        ]
        indexes = [models.Index(fields=["account", "-id"], name="sync_run_recent")]

    def __str__(self) -> str:
        return f"{self.account} {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_active(self) -> bool:
        return self.state in (self.State.READING, self.State.APPLYING)


class SyncRow(models.Model):
    """What a run has read so far: one entry or group of theirs. Gone with the run's end."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="rows")
    subject = models.CharField(max_length=5, choices=[(each.value, each.value) for each in Subject])
    remote_id = models.CharField(max_length=100)
    data = models.JSONField(default=dict)
    is_complete = models.BooleanField(default=False)
    is_gone = models.BooleanField(default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["run", "subject", "remote_id"], name="sync_row_once")]

    def __str__(self) -> str:
        return f"{self.subject} {self.remote_id}"


class SyncAction(models.Model):
    """One change that a run planned, and what became of it."""

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        WAITING = "waiting", _("Waits for confirmation")
        SENT = "sent", _("Sent, no answer yet")
        DONE = "done", _("Done")
        MOVED = "moved", _("Changed meanwhile, left to the next run")
        REFUSED = "refused", _("Refused by the provider")
        UNCLEAR = "unclear", _("Unclear, looked at again by the next run")

    # What a run began and did not carry out.
    TROUBLES = (State.SENT, State.MOVED, State.REFUSED, State.UNCLEAR)

    KINDS = [
        (Kind.ADD_GROUP_HERE.value, _("Add group here")),
        (Kind.RENAME_GROUP_HERE.value, _("Rename group here")),
        (Kind.ADD_HERE.value, _("Add contact here")),
        (Kind.EDIT_HERE.value, _("Change contact here")),
        (Kind.MOVE_HERE.value, _("Move to another group here")),
        (Kind.JOIN_HERE.value, _("Add to group here")),
        (Kind.ADD_GROUP_THERE.value, _("Add group there")),
        (Kind.RENAME_GROUP_THERE.value, _("Rename group there")),
        (Kind.ADD_THERE.value, _("Add entry there")),
        (Kind.EDIT_THERE.value, _("Change entry there")),
        (Kind.DELETE_THERE.value, _("Delete entry there")),
        (Kind.DELETE_GROUP_THERE.value, _("Delete group there")),
        (Kind.LEAVE_HERE.value, _("Take out of group here")),
        (Kind.DELETE_GROUP_HERE.value, _("Delete group here")),
    ]

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="actions")
    position = models.PositiveIntegerField()
    kind = models.CharField(_("what"), max_length=20, choices=KINDS)
    remote_id = models.CharField(_("id there"), max_length=100, blank=True)
    # No foreign keys: the record stays when the contact or the group goes.
    contact_id = models.BigIntegerField(null=True)
    number = models.CharField(_("number"), max_length=20, blank=True)
    title = models.TextField(_("name"), blank=True)
    group = models.CharField(max_length=120, blank=True)
    leaves = models.CharField(max_length=120, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    goes = models.BooleanField(default=False)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    error = models.TextField(_("reason"), blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["run", "position"], name="sync_action_order"),
            models.Index(fields=["run", "kind", "position"], name="sync_action_kind"),
            models.Index(fields=["number"], condition=Q(state__in=("sent", "unclear")), name="sync_action_open"),
            models.Index(fields=["number"], condition=~Q(number=""), name="sync_action_number"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.title}"


class SyncConflict(models.Model):
    """Both sides differ and nobody may guess; `field` is "entry" where one side is gone (null). One row a question."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SETTLED = "settled", _("Settled")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="sync_conflicts", verbose_name=_("account")
    )
    subject = models.CharField(max_length=5, choices=[(each.value, each.value) for each in Subject])
    remote_id = models.CharField(_("id there"), max_length=100)
    field = models.CharField(_("field"), max_length=20)
    contact = models.ForeignKey("contacts.Contact", on_delete=models.SET_NULL, null=True, related_name="+")
    title = models.TextField(_("name"), blank=True)
    ours = models.JSONField(_("ours"), null=True)
    theirs = models.JSONField(_("theirs"), null=True)
    agreed = models.JSONField(_("last agreed"), default=dict)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    decision = models.CharField(
        _("decision"), max_length=6, choices=[(each.value, each.value) for each in Side], blank=True
    )
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    # The run that carries the decision out.
    followed_by = models.ForeignKey(SyncRun, on_delete=models.SET_NULL, null=True, related_name="+")
    found_at = models.DateTimeField(_("found"), db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("phone book conflict")
        verbose_name_plural = _("phone book conflicts")
        ordering = ["id"]
        default_permissions = ("view",)
        permissions = [("resolve_conflict", _("Can decide phone book conflicts"))]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "subject", "remote_id", "field"],
                condition=Q(state="open"),
                name="one_open_conflict",
            )
        ]
        indexes = [models.Index(fields=["account", "state", "field", "id"], name="sync_conflict_open")]

    def __str__(self) -> str:
        return f"{self.title} {self.field}"


class PhonebookNote(models.Model):
    """What the last run found in the phone book and left as it is."""

    class Kind(models.TextChoices):
        UNUSABLE = "unusable", _("No usable number")
        DUPLICATE = "duplicate", _("Same number and group twice")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="phonebook_notes")
    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    remote_id = models.CharField(_("id there"), max_length=100)
    name = models.TextField(_("name"), blank=True)
    number = models.TextField(_("number"), blank=True)
    group = models.TextField(_("group"), blank=True)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["account", "kind", "id"], name="phonebook_note_kind")]

    def __str__(self) -> str:
        return f"{self.kind} {self.remote_id}"
