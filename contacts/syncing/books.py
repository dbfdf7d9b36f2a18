"""Both sides as the comparison wants them, read in bulk: our rows, and what the run has read of theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from sys import intern

from contacts.comparing.types import (
    NUMBER,
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
from contacts.syncing.reading import chunks_of_rows
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
CONTACTS = Contact.objects.only("name", "mobile", "address", "birth_date", "description")

# Which of these contacts something holds here that is not the contacts' own: messages, a conversation. Filled by the
# apps above, which know.
KEEPERS: list[Callable[[Collection[int]], set[int]]] = []


@dataclass(slots=True)
class Known:
    """What we know of entries, by their id: `numbers` as their links note them, `left` are no more there."""

    links: dict[str, Link] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)


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
    """Everything that the comparison needs to know. Values that both sides share are held once."""
    account = run.account
    known = _read_links(account)
    entries = tuple(_entries(run, known))
    gone = frozenset(run.rows.filter(subject=Subject.ENTRY, is_gone=True).values_list("remote_id", flat=True))
    groups = run.rows.filter(subject=Subject.GROUP).values_list("remote_id", "data__name")
    populated = set(Contact.groups.through.objects.values_list("group_id", flat=True).distinct())
    return Both(
        contacts=tuple(_contacts(account, known, entries, gone)),
        groups=tuple(OurGroup(pk, name, pk in populated) for pk, name in Group.objects.values_list("pk", "name")),
        entries=entries,
        their_groups=tuple(TheirGroup(id, name) for id, name in groups if len(name) <= GROUP_LIMIT),
        links=tuple(link for link in known.links.values() if link.id not in known.left),
        group_links=tuple(_group_links(account)),
        gone=gone,
        decisions=_decisions(account),
        mirrored=mirrored_groups(account),
        default_group=default_group(account),
    )


def key_of(group_id: int | None) -> str:
    """The key by which the comparison knows a row of `PhonebookGroup`."""
    return "" if group_id is None else intern(f"#{group_id}")


def _read_links(account: Account) -> Known:
    known = Known()
    rows = PhonebookLink.objects.filter(account=account).order_by("id").defer("seen")
    for row in rows.iterator(chunk_size=CHUNK):
        agreed = {intern(name): value for name, value in row.agreed.items()}
        group = key_of(row.group_id)
        known.links[row.remote_id] = Link(row.remote_id, row.contact_id, agreed, group, row.is_twin, row.asks_first)
        known.numbers[row.remote_id] = agreed[NUMBER] if agreed.get(NUMBER) == row.number else row.number
        if row.has_left:
            known.left.add(row.remote_id)
    return known


def _group_links(account: Account) -> Iterator[GroupLink]:
    for each in PhonebookGroup.objects.filter(account=account).order_by("id"):
        yield GroupLink(key_of(each.pk), each.name, each.remote_id, each.group_id)


def _decisions(account: Account) -> dict[Where, Decision]:
    decided = SyncConflict.objects.filter(account=account, state=SyncConflict.State.OPEN).exclude(decision="")
    return {
        (Subject(each.subject), each.remote_id, each.field): Decision(Side(each.decision), each.ours, each.theirs)
        for each in decided
    }


def _entries(run: SyncRun, known: Known) -> Iterator[TheirEntry]:
    """What a short list does not carry is as we saw it last, where the list shows no change."""
    for chunk in chunks_of_rows(run.rows.filter(subject=Subject.ENTRY, is_gone=False)):
        foreign = _foreign_numbers(row.data["mobile"] for row in chunk if row.remote_id not in known.links)
        seen = _seen(run.account, [row.remote_id for row in chunk if not row.is_complete])
        for row in chunk:
            link = known.links.get(row.remote_id)
            number = known.numbers[row.remote_id] if link else foreign.get(row.data["mobile"], "")
            yield _shared(_entry(row, seen.get(row.remote_id), number), link)


def _seen(account: Account, ids: list[str]) -> dict[str, dict[str, str]]:
    """Entry → what was last read of it."""
    links = PhonebookLink.objects.filter(account=account, remote_id__in=ids)
    return dict(links.values_list("remote_id", "seen"))


def _entry(row: SyncRow, seen: dict[str, str] | None, number: str) -> TheirEntry:
    if row.is_complete or not seen:
        return their_entry(row.remote_id, row.data, is_complete=row.is_complete, known=number)
    return their_entry(row.remote_id, {**seen, **_carried(row)}, is_complete=True, known=number)


def _shared(entry: TheirEntry, link: Link | None) -> TheirEntry:
    """The same entry, which takes no room of its own for what its link says already."""
    if link is None:
        return TheirEntry(entry.id, entry.values, intern(entry.group), entry.is_usable)
    values = link.agreed if link.agreed == entry.values else entry.values
    return TheirEntry(link.id, values, intern(entry.group), entry.is_usable)


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


def _contacts(
    account: Account, known: Known, entries: Sequence[TheirEntry], gone: frozenset[str]
) -> Iterator[OurContact]:
    left = {known.links[id].contact_id for id in known.left}
    losing = {link.contact_id for link in known.links.values() if link.id in gone and link.contact_id is not None}
    kept = {pk for chunk in _chunks(losing) for pk in kept_contacts(chunk, account=account)}
    theirs = {entry.values[NUMBER]: entry.values for entry in entries}
    pool: dict[frozenset[int], frozenset[int]] = {}
    for chunk in _chunks(_wanted(account, known, entries)):
        members = _members(chunk)
        for contact in CONTACTS.filter(pk__in=chunk).order_by("pk"):
            values = contact_values(contact)
            same = theirs.get(contact.mobile)
            groups = frozenset(members.get(contact.pk, ()))
            yield OurContact(
                contact.pk,
                same if same is not None and same == values else values,
                pool.setdefault(groups, groups),
                contact.pk in left,
                contact.pk in kept,
            )


def _members(ids: Collection[int]) -> dict[int, set[int]]:
    """Contact → its groups."""
    members: dict[int, set[int]] = defaultdict(set)
    rows = Contact.groups.through.objects.filter(contact__in=ids).values_list("contact_id", "group_id")
    for contact_id, group_id in rows:
        members[contact_id].add(group_id)
    return members


def _wanted(account: Account, known: Known, entries: Iterable[TheirEntry]) -> set[int]:
    """Contacts that this phone book concerns: all where there is a group for the rest, else those in a mirrored group,
    with a link, or with a number that stands there."""
    if default_group(account):
        return set(Contact.objects.values_list("pk", flat=True).iterator())
    members = Contact.groups.through.objects.filter(group__in=_groups_of(account))
    ids = set(members.values_list("contact_id", flat=True).iterator())
    ids |= {link.contact_id for link in known.links.values() if link.contact_id is not None}
    numbers = {entry.values[NUMBER] for entry in entries if entry.is_usable} | set(known.numbers.values())
    for texts in _chunks(numbers):
        ids |= set(Contact.objects.filter(mobile__in=texts).values_list("pk", flat=True))
    return ids


def _groups_of(account: Account) -> set[int]:
    """Our groups that the account mirrors, or did."""
    mirrored = mirrored_groups(account)
    groups = {pk for pk, name in Group.objects.values_list("pk", "name") if mirrored is None or fold(name) in mirrored}
    known = PhonebookGroup.objects.filter(account=account, group__isnull=False)
    return groups | {pk for pk in known.values_list("group_id", flat=True) if pk is not None}


def _chunks(things: Iterable) -> Iterator[list]:
    ordered = sorted(things)
    for first in range(0, len(ordered), CHUNK):
        yield ordered[first : first + CHUNK]
