"""Phone books with many entries on both sides."""

from contacts.models import Contact, Group
from contacts.syncing.models import SyncRun
from tests.contacts.syncing.people import entry, run_sync


def number(index):
    return f"6281300000{index:03d}"


def fill(book, *, here, there, both):
    """So many people on one side only and on both; numbers in that order."""
    groups = [Group.objects.get_or_create(name=name)[0] for name in ("Bali", "Jawa")]
    contacts = [Contact(name=f"Orang {index}", mobile=f"+{number(index)}") for index in range(here + both)]
    Contact.objects.bulk_create(contacts)
    for index, contact in enumerate(contacts):
        contact.groups.add(groups[index % 2])
    book.seed(
        entries=[
            entry(number(index), f"Orang {index}", ["Bali", "Jawa"][index % 2], address="Jl. Bali 1")
            for index in range(here, here + both + there)
        ]
    )


def run_to_the_end(account):
    """Again until a run finds nothing to do; returns how often."""
    for count in range(4):
        run = run_sync(account)
        assert run.state == SyncRun.State.DONE, run.error
        if not run.done and not run.troubles:
            return count
    raise AssertionError("no end")
