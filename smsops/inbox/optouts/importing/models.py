"""A list of opt-outs on its way in: the file, and each of its numbers with what will become of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from contacts.uploads.models import StagedImport


class SuppressionImport(StagedImport):
    """`taken_back` counts what was lifted again, in the transaction that did it."""

    class State(models.TextChoices):
        READING = "reading", _("Being read")
        READY = "ready", _("Waits for confirmation")
        APPLYING = "applying", _("Being imported")
        DONE = "done", _("Imported")
        FAILED = "failed", _("Failed")
        DISCARDED = "discarded", _("Discarded")
        TAKING_BACK = "taking", _("Being taken back")
        TAKEN_BACK = "taken", _("Taken back")

    state = models.CharField(_("state"), max_length=10, choices=State, default=State.READING)
    column = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(_("where it comes from"), max_length=300)
    applied_to = models.BigIntegerField(default=0)
    known = models.PositiveIntegerField(_("opted out already"), default=0)
    repeated = models.PositiveIntegerField(_("repeated"), default=0)
    taken_back = models.PositiveIntegerField(_("taken back"), default=0, db_default=0)
    taken_back_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    taken_back_why = models.CharField(_("why"), max_length=300, blank=True, default="", db_default="")
    taken_back_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("import of opt-outs")
        verbose_name_plural = _("imports of opt-outs")
        default_permissions = ()
        indexes = [
            models.Index(
                fields=["touched_at"],
                condition=models.Q(state__in=["reading", "applying", "taking"]),
                name="suppression_import_at_work",
            ),
        ]


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


AT_WORK = (SuppressionImport.State.READING, SuppressionImport.State.APPLYING, SuppressionImport.State.TAKING_BACK)
