"""Both sides as the comparison wants them, read in bulk: our rows, and what the run has read of theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator

from contacts.comparing.types import (
    Both,
    Decision,
    GroupLink,
    Link,
    OurContact,
    OurGroup,
    Side,
    Subject,
    TheirEntry,
    TheirGroup,
    Where,
    fold,
)
from contacts.models import Contact, Group
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncConflict, SyncRow, SyncRun
from contacts.syncing.words import (
    GROUP_LIMIT,
    contact_values,
    default_group,
    mirrored_groups,
    their_entry,
    usable_number,
    with_plus,
)
from providers.models import Account

CHUNK = 500

# Which of these contacts something holds here that is not the contacts' own: messages, a conversation. Filled by the
# apps above, which know.
KEEPERS: list[Callable[[Collection[int]], set[int]]] = []


def kept_contacts(ids: Collection[int], *, account: Account) -> set[int]:
    """Contacts that do not go with their last entry: merge fields, another account's entry, what the apps above say."""
    mine = Contact.objects.filter(pk__in=ids)
    kept = set(mine.exclude(attributes={}).values_list("pk", flat=True))
    others = PhonebookLink.objects.filter(contact__in=ids, has_left=False).exclude(account=account)
    kept |= set(others.values_list("contact_id", flat=True))
    for keeper in KEEPERS:
        kept |= keeper(ids)
    return kept


def read_both(run: SyncRun) -> Both:
    """Everything that the comparison needs to know."""
    account = run.account
    links = list(PhonebookLink.objects.filter(account=account).order_by("id"))
    rows = list(run.rows.filter(subject=Subject.ENTRY))
    entries = _entries(rows, links)
    mirrored, default = mirrored_groups(account), default_group(account)
    members = _members()
    contacts = _contacts(account, links, entries, members, gone={row.remote_id for row in rows if row.is_gone})
    groups = list(run.rows.filter(subject=Subject.GROUP).values_list("remote_id", "data__name"))
    populated = {group for ids in members.values() for group in ids}
    return Both(
        contacts=tuple(contacts),
        groups=tuple(OurGroup(pk, name, pk in populated) for pk, name in Group.objects.values_list("pk", "name")),
        entries=tuple(entries),
        their_groups=tuple(TheirGroup(id, name) for id, name in groups if len(name) <= GROUP_LIMIT),
        links=tuple(_link(link) for link in links if not link.has_left),
        group_links=tuple(_group_links(account)),
        gone=frozenset(row.remote_id for row in rows if row.is_gone),
        decisions=_decisions(account),
        mirrored=mirrored,
        default_group=default,
    )


def key_of(group_id: int | None) -> str:
    """The key by which the comparison knows a row of `PhonebookGroup`."""
    return "" if group_id is None else f"#{group_id}"


def _link(link: PhonebookLink) -> Link:
    return Link(link.remote_id, link.contact_id, link.agreed, key_of(link.group_id), link.is_twin, link.asks_first)


def _group_links(account: Account) -> Iterator[GroupLink]:
    for each in PhonebookGroup.objects.filter(account=account).order_by("id"):
        yield GroupLink(key_of(each.pk), each.name, each.remote_id, each.group_id)


def _decisions(account: Account) -> dict[Where, Decision]:
    decided = SyncConflict.objects.filter(account=account, state=SyncConflict.State.OPEN).exclude(decision="")
    return {
        (Subject(each.subject), each.remote_id, each.field): Decision(Side(each.decision), each.ours, each.theirs)
        for each in decided
    }


def _entries(rows: Iterable[SyncRow], links: Iterable[PhonebookLink]) -> list[TheirEntry]:
    """What a short list does not carry is as we saw it last, where the list shows no change."""
    rows = [row for row in rows if not row.is_gone]
    linked = {link.remote_id: link for link in links}
    foreign = _foreign_numbers(row.data["mobile"] for row in rows if row.remote_id not in linked)
    entries = []
    for row in rows:
        link = linked.get(row.remote_id)
        known = link.number if link else foreign.get(row.data["mobile"], "")
        if row.is_complete or link is None or not link.seen:
            entries.append(their_entry(row.remote_id, row.data, is_complete=row.is_complete, known=known))
        else:
            entries.append(their_entry(row.remote_id, {**link.seen, **_carried(row)}, is_complete=True, known=known))
    return entries


def _foreign_numbers(mobiles: Iterable[str]) -> dict[str, str]:
    """Numbers that mean nothing at home, but are those of contacts that we have, without the +."""
    unusable = {with_plus(mobile): mobile for mobile in mobiles if not usable_number(mobile)}
    known: dict[str, str] = {}
    for numbers in _chunks(unusable):
        ours = Contact.objects.filter(mobile__in=numbers).values_list("mobile", flat=True)
        known |= {unusable[number]: number for number in ours}
    return known


def _carried(row: SyncRow) -> dict[str, str]:
    return {name: row.data[name] for name in ("name", "mobile", "group")}


def _members() -> dict[int, set[int]]:
    """Contact → its groups."""
    members: dict[int, set[int]] = defaultdict(set)
    for contact_id, group_id in Contact.groups.through.objects.values_list("contact_id", "group_id").iterator():
        members[contact_id].add(group_id)
    return members


def _contacts(
    account: Account,
    links: list[PhonebookLink],
    entries: list[TheirEntry],
    members: dict[int, set[int]],
    *,
    gone: set[str],
) -> Iterator[OurContact]:
    left = {link.contact_id for link in links if link.has_left}
    losing = {link.contact_id for link in links if link.remote_id in gone and link.contact_id is not None}
    kept = {pk for chunk in _chunks(losing) for pk in kept_contacts(chunk, account=account)}
    for contact in _wanted(account, links, entries, members):
        groups = frozenset(members.get(contact.pk, ()))
        yield OurContact(contact.pk, contact_values(contact), groups, contact.pk in left, contact.pk in kept)


def _wanted(
    account: Account, links: list[PhonebookLink], entries: list[TheirEntry], members: dict[int, set[int]]
) -> Iterator[Contact]:
    """Contacts that this phone book concerns: all where there is a group for the rest, else those in a mirrored group,
    with a link, or with a number that stands there."""
    columns = Contact.objects.only("name", "mobile", "address", "birth_date", "description").order_by("pk")
    if default_group(account):
        yield from columns.iterator()
        return
    mirrored = mirrored_groups(account)
    groups = {pk for pk, name in Group.objects.values_list("pk", "name") if mirrored is None or fold(name) in mirrored}
    groups |= set(PhonebookGroup.objects.filter(account=account).values_list("group_id", flat=True)) - {None}
    ids = {pk for pk, theirs in members.items() if theirs & groups}
    ids |= {link.contact_id for link in links if link.contact_id is not None}
    numbers = {entry.values["number"] for entry in entries if entry.is_usable} | {link.number for link in links}
    found: dict[int, Contact] = {}
    for chunk in _chunks(ids):
        found |= columns.in_bulk(chunk)
    for texts in _chunks(numbers):
        found |= {contact.pk: contact for contact in columns.filter(mobile__in=texts)}
    yield from (found[pk] for pk in sorted(found))


def _chunks(things: Iterable) -> Iterator[list]:
    ordered = sorted(things)
    for first in range(0, len(ordered), CHUNK):
        yield ordered[first : first + CHUNK]
