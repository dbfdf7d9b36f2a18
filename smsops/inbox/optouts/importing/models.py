"""A list of opt-outs on its way in: the file, and each of its numbers with what will become of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.file_models import StoredFile
from contacts.uploads.refusal import FileRefused


class SuppressionImport(models.Model):
    """`rows_read` counts the file's rows that are staged, `applied_to` is the id of the last staged number applied:
    both move in the transaction that did the work, so that whoever comes second does nothing."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("Waits for confirmation")
        APPLYING = "applying", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    kind = models.CharField(max_length=10)
    encoding = models.CharField(max_length=20, blank=True)
    column = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(_("where it comes from"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    error = models.JSONField(default=dict)
    rows_read = models.PositiveIntegerField(default=0)
    last_number = models.PositiveIntegerField(default=0)
    applied_to = models.BigIntegerField(default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    known = models.PositiveIntegerField(_("opted out already"), default=0)
    repeated = models.PositiveIntegerField(_("repeated"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    applied = models.PositiveIntegerField(_("imported"), default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("import of opt-outs")
        verbose_name_plural = _("imports of opt-outs")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["touched_at"],
                condition=models.Q(state__in=["reading", "applying"]),
                name="suppression_import_at_work",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def complaint(self) -> str:
        """Why it failed, in the reader's language; "" where it did not."""
        return str(FileRefused(self.error["sentence"], **self.error["what"])) if self.error else ""


class SuppressionImportRow(models.Model):
    """One number of the file. `spelling` is kept where it is refused, with the code of the reason."""

    class Verdict(models.TextChoices):
        NEW = "new", _("New")
        KNOWN = "known", _("Opted out already")
        REPEATED = "repeated", _("Repeated in the file")
        REFUSED = "refused", _("Refused")

    parent = models.ForeignKey(SuppressionImport, on_delete=models.CASCADE, related_name="rows", db_index=False)
    place = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    number = models.CharField(max_length=20, blank=True)
    spelling = models.CharField(max_length=100, blank=True)
    reason = models.CharField(max_length=20, blank=True)

    class Meta:
        default_permissions = ()
        indexes = [
            models.Index(fields=["parent", "verdict", "id"], name="suppression_row_verdict"),
            models.Index(fields=["parent", "number"], name="suppression_row_number"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.verdict}"
