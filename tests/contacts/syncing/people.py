"""What the tests of the sync share: an account at the sandbox, its phone book there, and both sides at a glance."""

from contacts.models import Contact, Group
from contacts.sync import Request, sync_phonebook

BUDI, SITI, AGUS = "6281200000001", "6281200000002", "6281200000003"


def sync(account, **request):
    """One whole run; must not fail."""
    run = run_sync(account, **request)
    assert run.error == ""
    return run


def run_sync(account, **request):
    account.refresh_from_db()
    return sync_phonebook(account=account, request=Request(**request))


def entry(number, name, group="Bali", **values):
    return {"mobile": number, "name": name, "group": group, **values}


def ours():
    """(number, name, group) of every membership here."""
    rows = Contact.groups.through.objects.values_list("contact__mobile", "contact__name", "group__name")
    return set(rows)


def theirs(book):
    return {(e.mobile, e.name, e.group) for e in book.entries.values()}


def both_agree(book):
    digits = {(number.removeprefix("+"), name, group) for number, name, group in ours()}
    spelled = {("62" + m[1:] if m.startswith("0") else m.removeprefix("+"), n, g) for m, n, g in theirs(book)}
    same_groups = set(Group.objects.values_list("name", flat=True)) == set(book.groups.values())
    return digits == spelled and len(spelled) == len(book.entries) and same_groups


def changes(run):
    return dict(run.done)
