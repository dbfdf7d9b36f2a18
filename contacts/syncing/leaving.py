"""What they deleted goes here, too: last of all, and only what nobody touched since it was last agreed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from django.db import transaction

from contacts.comparing.types import GROUP, Kind
from contacts.models import Contact, Group
from contacts.syncing.books import kept_contacts
from contacts.syncing.here import write_states
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncAction, SyncConflict, SyncRun
from contacts.syncing.words import contact_values

CHUNK = 500
State = SyncAction.State


def leave_here(run: SyncRun, breathe: Callable[[], None]) -> None:
    """Take contacts out of groups, delete those that nothing holds any more, then the groups."""
    for kind, step in ((Kind.LEAVE_HERE, _leave), (Kind.DELETE_GROUP_HERE, _delete_groups)):
        while actions := list(run.actions.filter(kind=kind, state=State.PLANNED).order_by("position")[:CHUNK]):
            with transaction.atomic():
                step(run, actions)
                write_states(actions)
            breathe()


def _leave(run: SyncRun, actions: list[SyncAction]) -> None:
    contacts = Contact.objects.select_for_update(no_key=True).in_bulk([each.contact_id for each in actions])
    links = PhonebookLink.objects.filter(account=run.account, remote_id__in=[each.remote_id for each in actions])
    known = {link.remote_id: link for link in links.select_related("group")}
    decided = _decided(run, actions)
    left: list[PhonebookLink] = []
    for action in actions:
        contact, link = contacts.get(action.contact_id or 0), known.get(action.remote_id)
        if contact is None or link is None:
            action.state = State.DONE
        elif action.remote_id in decided or _is_untouched(contact, link):
            action.state = State.DONE
            left.append(link)
        else:
            action.state = State.MOVED
    _take_out(left, contacts)


def _decided(run: SyncRun, actions: Iterable[SyncAction]) -> set[str]:
    """Entries over whose end a person decided: the contact was changed here, and goes all the same."""
    rows = SyncConflict.objects.filter(account=run.account, state=SyncConflict.State.OPEN, field="entry")
    ids = [action.remote_id for action in actions]
    return set(rows.filter(remote_id__in=ids).exclude(decision="").values_list("remote_id", flat=True))


def _is_untouched(contact: Contact, link: PhonebookLink) -> bool:
    return all(value == link.agreed.get(name, "") for name, value in contact_values(contact).items() if name != GROUP)


def _take_out(links: list[PhonebookLink], contacts: dict[int, Contact]) -> None:
    through = Contact.groups.through.objects
    ours: dict[int | None, list[int | None]] = defaultdict(list)
    for link in links:
        if link.group is not None:
            ours[link.group.group_id].append(link.contact_id)
    for group_id, members in ours.items():
        through.filter(group__in=[group_id], contact__in=members).delete()
    PhonebookLink.objects.filter(pk__in=[link.pk for link in links]).update(has_left=True, group=None)
    ids = {link.contact_id for link in links if link.contact_id is not None}
    if links:
        _let_go(ids, links[0])


def _let_go(ids: set[int], example: PhonebookLink) -> None:
    """Contacts that nothing holds go; of the others the mark stays that their last entry was deleted there."""
    held = kept_contacts(ids, account=example.account)
    held |= set(Contact.groups.through.objects.filter(contact_id__in=ids).values_list("contact_id", flat=True))
    live = PhonebookLink.objects.filter(account=example.account, contact__in=ids, has_left=False)
    with_entry = set(live.values_list("contact_id", flat=True))
    gone = ids - held - with_entry
    over = PhonebookLink.objects.filter(account=example.account, has_left=True)
    over.filter(contact__in=gone | with_entry).delete()
    Contact.objects.filter(pk__in=gone).delete()


def _delete_groups(run: SyncRun, actions: list[SyncAction]) -> None:
    for action in actions:
        link = PhonebookGroup.objects.filter(account=run.account, pk=action.group.removeprefix("#") or 0).first()
        found = Group.objects.filter(pk__in=[link.group_id]) if link is not None else Group.objects.none()
        has_members = Contact.groups.through.objects.filter(group__in=found.values("pk")).exists()
        if link is None or link.links.exists() or (has_members and not action.goes):
            action.state = State.MOVED
            continue
        link.delete()
        found.delete()
        action.state = State.DONE
