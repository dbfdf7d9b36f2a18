"""`manage.py import_contacts`: contacts from a file, by the same steps as on the pages, from a shell or a script."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from contacts.importing.models import ContactImport, ImportRow
from contacts.importing.services import STEPS, create_import, forget_import, start_applying, start_reading
from contacts.importing.verdicts import Verdict, tell_reasons
from contacts.uploads.refusal import FileRefused
from contacts.uploads.sheets import place_of

STEP_SECONDS = 60.0
# Nothing of a doubtful row is stored from a shell, where nobody can be asked: it counts as refused.
NOT_STORED = (Verdict.REFUSED, Verdict.DOUBTFUL)


class Command(BaseCommand):
    help = "Import contacts from a CSV, TSV, XLSX or vCard file. Importing the same file again changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--create-groups", action="store_true", help="Make the groups that do not exist yet.")
        parser.add_argument("--dry-run", action="store_true", help="Only say what would happen; store nothing.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        contact_import = open_import(options["file"])
        if contact_import.unread:
            told = _("These sheets hold something else, and are not read:")
            self.stderr.write(f"{told} {', '.join(contact_import.unread)}")
        try:
            run(contact_import, create_groups=options["create_groups"], is_dry=options["dry_run"])
            contact_import.refresh_from_db()
            if contact_import.error:
                raise CommandError(contact_import.complaint)
            self._print(contact_import, as_json=options["json"])
        finally:
            forget_import(contact_import=contact_import, entirely=options["dry_run"] or bool(contact_import.error))

    def _print(self, contact_import: ContactImport, *, as_json: bool) -> None:
        totals = totals_of(contact_import)
        if as_json:
            # Written row by row: the refused ones may be as many as the file has rows.
            self.stdout.write(json.dumps(totals)[:-1] + ', "refused_rows": [', ending="")
            for place, row in enumerate(refused_rows(contact_import)):
                self.stdout.write(("," if place else "") + json.dumps(row), ending="")
            self.stdout.write("]}")
            return
        self.stdout.write(", ".join(f"{name} {count}" for name, count in totals.items()))
        for row in refused_rows(contact_import):
            at = f"{row['row']} {row['sheet']}" if "sheet" in row else row["row"]
            self.stdout.write(f"- {at}: {' '.join(row['reasons'])}")


def open_import(path: Path) -> ContactImport:
    try:
        with path.open("rb") as file:
            contact_import = create_import(file=file, name=path.name)
    except FileRefused as refusal:
        raise CommandError(str(refusal)) from None
    except OSError as error:
        raise CommandError(
            _("%(file)s cannot be read: %(reason)s.") % {"file": path, "reason": error.strerror}
        ) from None
    if "mobile" not in contact_import.mapping:
        forget_import(contact_import=contact_import, entirely=True)
        raise CommandError(_("No column of the file holds telephone numbers. Name one of them “mobile”."))
    return contact_import


def run(contact_import: ContactImport, *, create_groups: bool, is_dry: bool) -> None:
    """All steps one after the other, in this process."""
    start_reading(
        contact_import=contact_import,
        mapping=contact_import.mapping,
        has_header=contact_import.has_header,
        create_groups=create_groups,
    )
    while STEPS.read_step(import_id=contact_import.pk, seconds=STEP_SECONDS):
        pass
    if is_dry or not start_applying(contact_import=contact_import, accept_doubtful=False):
        return
    while STEPS.apply_step(import_id=contact_import.pk, seconds=STEP_SECONDS):
        pass


def totals_of(contact_import: ContactImport) -> dict[str, int]:
    return {
        "new": contact_import.new,
        "changed": contact_import.changed,
        "unchanged": contact_import.unchanged,
        "refused": contact_import.refused + contact_import.doubtful,
    }


def refused_rows(contact_import: ContactImport) -> Iterator[dict[str, Any]]:
    sheets = contact_import.sheets
    rows = ImportRow.objects.filter(contact_import=contact_import, verdict__in=NOT_STORED).order_by("number")
    for row in rows.iterator(chunk_size=1000):
        number, sheet = place_of(row.number, sheets)
        reasons = tell_reasons(row.notes, sheets)
        yield {"row": number, **({"sheet": sheet} if sheet else {}), "reasons": reasons, "cells": row.cells}
