"""An import on its way: the file, how it is read, and each of its rows with what will become of it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.importing.verdicts import Verdict, field_labels
from contacts.uploads.models import StagedImport
from contacts.uploads.sniffing import VCARD


class ContactImport(StagedImport):
    class State(models.TextChoices):
        MAPPING = "mapping", _("Columns to be confirmed")
        READING = "reading", _("Being read")
        READY = "ready", _("Waits for confirmation")
        APPLYING = "applying", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.MAPPING)
    blank_rows = models.PositiveIntegerField(default=0)
    has_header = models.BooleanField(default=True)
    headers = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=list)
    create_groups = models.BooleanField(default=False)
    # Titles of the sheets of a workbook that hold something else than the list.
    unread = models.JSONField(default=list)
    rows_expected = models.PositiveIntegerField(default=0)
    applied_to = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    doubtful = models.PositiveIntegerField(_("doubtful"), default=0)
    accepted = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["touched_at"], name="import_at_work", condition=models.Q(state__in=["reading", "applying"])
            ),
        ]

    @property
    def shown_headers(self) -> list[str]:
        """The words above the columns; above those of a vCard stand ours, in the reader's language."""
        labels = field_labels() if self.kind == VCARD else {}
        return [labels.get(header, header) for header in self.headers]

    @property
    def totals(self) -> dict[str, int]:
        return {verdict.value: getattr(self, verdict.value) for verdict in Verdict}


class ImportRow(models.Model):
    """`values` is what the row says, `changes` {field: [before, after]} of a contact that exists,
    `notes` [[field, code, what]]; `cells` are
    kept only where the row may have to be mended. `doubt`: the kinds of its doubts, alike in rows that are alike;
    `is_accepted`: a person wants a doubtful row all the same."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    verdict = models.CharField(max_length=10, choices=Verdict)
    is_new = models.BooleanField(default=False)
    mobile = models.CharField(max_length=20, blank=True)
    values = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    cells = models.JSONField(default=list)
    doubt = models.CharField(max_length=200, blank=True, default="", db_default="")
    is_accepted = models.BooleanField(default=False, db_default=False)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["contact_import", "number"], name="import_row_unique")]
        indexes = [
            models.Index(fields=["contact_import", "verdict", "number"], name="import_row_verdict"),
            models.Index(fields=["contact_import", "mobile"], name="import_row_mobile", condition=~models.Q(mobile="")),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.verdict}"
