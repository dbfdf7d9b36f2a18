"""What lists of contacts ask is answered by an index, whatever PostgreSQL believes of the table."""

import pytest
from django.db import connection

from contacts.list_rows import rows_of_list
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
    plan = rows_of_list(query, make_person("Support")).order_by(*order)[:51].explain()
    assert index in plan
    assert "Sort" not in plan or "mobile" in index
