"""What lists of contacts ask is answered by an index, whatever PostgreSQL believes of the table."""

import pytest
from django.db import connection

from contacts.importing import plan
from contacts.list_rows import rows_of_list
from contacts.models import ContactImport, ImportRow
from providers.bulk import insert_rows
from tests.people import make_person

pytestmark = pytest.mark.skipif("connection.vendor != 'postgresql'")


@pytest.mark.parametrize(
    ("query", "order", "index"),
    [
        ("q=bud", ("name_key", "pk"), "contact_name_key"),
        ("q=0812+3456+7890", ("-pk",), "contacts_contact_mobile"),
        ("carrier=XL", ("-pk",), "contact_operator"),
        ("birthday=this", ("-pk",), "contact_birth_month"),
    ],
)
def test_a_question_of_the_list_reads_an_index(db, query, order, index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # The table is too small for the planner to mind a sort.
        cursor.execute("SET LOCAL enable_bitmapscan = off")
    told = rows_of_list(query, make_person("Support")).order_by(*order)[:51].explain()
    assert index in told
    assert "Sort" not in told or "mobile" in index


def test_rows_of_a_file_read_before_are_found_by_their_numbers_without_statistics(db):
    made = ContactImport.objects.create(file_name="a.csv", kind="csv")
    rows = [(made.pk, place, "new", f"+62812{place:07d}", {}, {}, [], []) for place in range(1, 5001)]
    columns = ("contact_import_id", "number", "verdict", "mobile", "values", "changes", "notes", "cells")
    insert_rows(ImportRow, (*columns, "is_new"), [(*row, True) for row in rows])
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {plan._STAGED}", [[f"+62812{place:07d}" for place in range(2000)], made.pk, ["new"]])
        told = "\n".join(line for (line,) in cursor.fetchall())
    assert "import_row_mobile" in told
    assert "AND ((mobile)::text = wanted.mobile)" in told
