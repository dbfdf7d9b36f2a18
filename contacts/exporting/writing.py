"""Contacts as a CSV or XLSX file, filtered as the list is, in short steps and with flat memory."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.functions import Now
from django.test import RequestFactory
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from contacts.exporting.models import ContactExport
from contacts.file_models import StoredFile, append_file, open_temporary, store_file
from contacts.importing.headers import ATTRIBUTES
from contacts.models import Contact
from contacts.resources import ContactResource
from providers.spreadsheets import UTF8_BOM, TextWorkbook, csv_lines

State = ContactExport.State
CSV, XLSX = "csv", "xlsx"
CHUNK = 1000
MOST_KEYS = 100
KEPT_FOR = timedelta(days=1)
BLOCK = 1 << 20


def create_export(*, kind: str, query: str, actor: Any) -> ContactExport:
    """Raises PermissionDenied or IncorrectLookupParameters where the list would not be shown."""
    listed_contacts(query, actor)
    return ContactExport.objects.create(kind=kind, query=query, created_by=actor, language=get_language() or "en")


def listed_contacts(query: str, actor: Any) -> QuerySet[Contact]:
    """What the list of contacts shows this person at the address `?query`."""
    request = RequestFactory().get("/", QUERY_STRING=query)
    request.user = actor
    model_admin = admin.site.get_model_admin(Contact)
    if not (actor.is_active and model_admin.has_view_permission(request)):
        raise PermissionDenied
    return model_admin.get_changelist_instance(request).get_queryset(request)


def count_listed(query: str, actor: Any, most: int) -> int:
    """How many, up to `most`."""
    return listed_contacts(query, actor).order_by()[:most].count()


def export_step(*, export_id: int, seconds: float) -> bool:
    """Write for so long; True while there is more. A workbook is written in one go, however long that takes."""
    export = ContactExport.objects.filter(pk=export_id, state=State.RUNNING).select_related("created_by").first()
    if export is None:
        return False
    try:
        rows = listed_contacts(export.query, export.created_by)
    except (PermissionDenied, IncorrectLookupParameters, AttributeError):
        # The person has lost the right, or is gone.
        ContactExport.objects.filter(pk=export.pk).update(state=State.FAILED)
        return False
    with override(export.language):
        return _write_csv(export, rows, seconds) if export.kind == CSV else _write_xlsx(export, rows)


def attribute_keys(rows: QuerySet[Contact]) -> list[str]:
    """All keys of the contacts' merge fields; too many for columns of their own go into one."""
    keys: dict[str, None] = {}
    for attributes in rows.exclude(attributes={}).order_by().values_list("attributes", flat=True).iterator(CHUNK):
        keys |= dict.fromkeys(attributes)
        if len(keys) > MOST_KEYS:
            return [ATTRIBUTES]
    return sorted(keys)


def _write_csv(export: ContactExport, rows: QuerySet[Contact], seconds: float) -> bool:
    until = time.monotonic() + seconds
    if export.file_id is None:
        export.keys = attribute_keys(rows)
    resource = ContactResource()
    while _write_chunk(export, rows, resource):
        if time.monotonic() >= until:
            return True
    return False


@transaction.atomic
def _write_chunk(export: ContactExport, rows: QuerySet[Contact], resource: ContactResource) -> bool:
    """Append the next contacts; False where there are none, or another worker has written them."""
    contacts = list(_after(rows, export.position)[:CHUNK])
    here = ContactExport.objects.filter(pk=export.pk, state=State.RUNNING, position=export.position)
    last = contacts[-1].pk if contacts else export.position
    state = State.RUNNING if len(contacts) == CHUNK else State.DONE
    if not here.update(position=last, state=state, done=F("done") + len(contacts), keys=export.keys, touched_at=Now()):
        return False
    if export.file_id is None:
        export.file = store_file(name=f"contacts-{export.pk}.csv", blocks=_first_line(export, resource))
        export.save(update_fields=["file"])
    lines = csv_lines(resource.row(contact, export.keys) for contact in contacts)
    append_file(stored=_file_of(export), blocks=lines)
    export.position = last
    return state == State.RUNNING


def _file_of(export: ContactExport) -> StoredFile:
    if export.file is None:
        raise LookupError(export.pk)
    return export.file


def _first_line(export: ContactExport, resource: ContactResource) -> Iterator[bytes]:
    yield UTF8_BOM
    yield from csv_lines([resource.headers(export.keys)])


def _after(rows: QuerySet[Contact], position: int) -> QuerySet[Contact]:
    """Newest first, as the list has them."""
    rows = rows.order_by("-pk")
    return rows.filter(pk__lt=position) if position else rows


def _in_chunks(rows: QuerySet[Contact]) -> Iterator[list[Contact]]:
    position = 0
    while contacts := list(_after(rows, position)[:CHUNK]):
        yield contacts
        position = contacts[-1].pk


def _write_xlsx(export: ContactExport, rows: QuerySet[Contact]) -> bool:
    with open_temporary() as file:
        if not _fill_workbook(export, rows, file):
            return False
        file.seek(0)
        with transaction.atomic():
            here = ContactExport.objects.filter(pk=export.pk, state=State.RUNNING)
            if here.update(state=State.DONE, touched_at=Now()):
                blocks = iter(lambda: file.read(BLOCK), b"")
                export.file = store_file(name=f"contacts-{export.pk}.xlsx", blocks=blocks)
                export.save(update_fields=["file"])
    return False


def _fill_workbook(export: ContactExport, rows: QuerySet[Contact], file: IO[bytes]) -> bool:
    """False where the export has ended meanwhile."""
    resource = ContactResource()
    keys = attribute_keys(rows)
    done = 0
    with TextWorkbook(file, _("Contacts")) as book:
        book.add_row(resource.headers(keys), is_header=True)
        for contacts in _in_chunks(rows):
            for contact in contacts:
                book.add_row(resource.row(contact, keys))
            done += len(contacts)
            here = ContactExport.objects.filter(pk=export.pk, state=State.RUNNING)
            if not here.update(done=done, touched_at=Now()):
                return False
    return True


@transaction.atomic
def forget_export(*, export: ContactExport) -> None:
    """The file goes; who exported what, and when, stays."""
    ContactExport.objects.filter(pk=export.pk).update(file=None)
    if export.file_id:
        StoredFile.objects.filter(pk=export.file_id).delete()


def purge_exports() -> None:
    """Forget old files, one at a time."""
    for export in ContactExport.objects.filter(created_at__lt=timezone.now() - KEPT_FOR, file__isnull=False)[:1]:
        forget_export(export=export)
