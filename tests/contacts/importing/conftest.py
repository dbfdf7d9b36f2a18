"""Files to import, and the command that imports them."""

import csv
import io
import json

import pytest
import xlsxwriter
from django.core.management import call_command

from contacts.models import ContactImport
from tests.contacts.importing.uploading import choose, upload


@pytest.fixture
def write(tmp_path):
    """Write a file: `write("a.csv", "name;mobile\\n…")`, bytes, or rows of cells; the name chooses the kind."""

    def write_file(name, content, encoding="utf-8", **options):
        path = tmp_path / name
        if name.endswith(".xlsx") and isinstance(content, list):
            write_workbook(path, content)
        elif isinstance(content, list):
            text = io.StringIO()
            csv.writer(text, **options).writerows(content)
            path.write_bytes(text.getvalue().encode(encoding))
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write_file


def write_workbook(path, rows):
    """Texts as texts, figures as figures, days as days, and `=…` as formulas, as Excel saves them."""
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)


@pytest.fixture
def import_file(db):
    """`import_contacts` on a file; returns what it prints as JSON."""

    def run(path, *options):
        out = io.StringIO()
        call_command("import_contacts", str(path), "--json", *options, stdout=out)
        return json.loads(out.getvalue())

    return run


def totals(told):
    return tuple(told[name] for name in ("new", "changed", "unchanged", "refused"))


@pytest.fixture
def ready(operator):
    """An import that waits for confirmation."""
    upload(operator)
    made = ContactImport.objects.get()
    choose(operator, made, column_3="attributes.kota")
    made.refresh_from_db()
    return made
