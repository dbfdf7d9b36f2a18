"""An export on its way: which list, how far it is, and the file."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from contacts.file_models import StoredFile


class ContactExport(models.Model):
    """`query` is the address of the list that is exported; `position` is the id of the last contact written, 0 at the
    beginning. It moves in the transaction that wrote: whoever comes second does nothing."""

    class State(models.TextChoices):
        RUNNING = "running", _("Being written")
        DONE = "done", _("Ready")
        FAILED = "failed", _("Failed")

    file = models.OneToOneField(StoredFile, on_delete=models.SET_NULL, null=True, editable=False)
    kind = models.CharField(max_length=10)
    language = models.CharField(max_length=10)
    query = models.TextField(blank=True)
    keys = models.JSONField(default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    position = models.BigIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(db_default=Now())
    touched_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        default_permissions = ()
        indexes = [models.Index(fields=["touched_at"], name="export_running", condition=models.Q(state="running"))]

    def __str__(self) -> str:
        return f"{self.pk}.{self.kind}"
