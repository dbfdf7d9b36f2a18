"""What is noted of a file on its way in; the models of those who make something of it are built on these."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.file_models import StoredFile
from contacts.uploads.refusal import FileRefused


class Upload(models.Model):
    """`last_number`: of the last row that was read; `sheets`: titles of a workbook's sheets that are read;
    `error`: why the file is refused."""

    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, editable=False)
    file_name = models.CharField(_("file"), max_length=200)
    kind = models.CharField(max_length=10)
    encoding = models.CharField(max_length=20, blank=True)
    sheets = models.JSONField(default=list, db_default=[])
    error = models.JSONField(default=dict)
    last_number = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name

    @property
    def complaint(self) -> str:
        """Why it failed, in the reader's language; "" where it did not."""
        return str(FileRefused(self.error["sentence"], **self.error["what"])) if self.error else ""


class StagedImport(Upload):
    """Its `rows` are shown before they count. `rows_read` counts the file's rows that are staged, `applied_to` is the
    last staged row applied: both move in the transaction that did the work, so that whoever comes second does nothing.
    """

    rows_read = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(_("new"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    applied = models.PositiveIntegerField(_("imported"), default=0)

    class Meta:
        abstract = True
