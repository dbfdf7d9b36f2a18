"""An import whose process is killed goes on where it was, with nobody twice and nobody lost."""

import pytest

from contacts.importing.services import STEPS, create_import, start_applying, start_reading
from contacts.models import Contact, ContactImport, ImportRow
from tests.processes import await_true, kill, start_python

ROWS = 6000
RUN = "from contacts.importing import services; services.STEPS.{step}(import_id={id}, seconds=60)"


@pytest.fixture
def begun(transactional_db, write):
    path = write("a.csv", [["name", "mobile"], *([f"Nama {n}", f"0812{n:08d}"] for n in range(ROWS))])
    with path.open("rb") as file:
        made = create_import(file=file, name="a.csv")
    start_reading(contact_import=made, mapping=made.mapping, has_header=True, create_groups=False)
    return made


def kill_half_way(made, step, column):
    """SIGKILL as soon as some of the work is committed."""
    process = start_python(RUN.format(step=step, id=made.pk))
    first = getattr(made, column)
    assert await_true(lambda: getattr(ContactImport.objects.get(), column) > first)
    kill(process)


def test_reading_and_applying_survive_a_kill(begun):
    kill_half_way(begun, "read_step", "rows_read")
    while STEPS.read_step(import_id=begun.pk, seconds=60):
        pass
    begun.refresh_from_db()
    assert (begun.state, begun.new, ImportRow.objects.count()) == ("ready", ROWS, ROWS)
    start_applying(contact_import=begun, accept_doubtful=False)
    kill_half_way(begun, "apply_step", "applied_to")
    while STEPS.apply_step(import_id=begun.pk, seconds=60):
        pass
    begun.refresh_from_db()
    assert (begun.state, begun.applied, Contact.objects.count()) == ("done", ROWS, ROWS)
