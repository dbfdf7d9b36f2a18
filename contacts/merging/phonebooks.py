"""The phone books beside a merge: the entries of the number that stays follow it, all others wait for a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from contacts.merging.plan import Card, MergePlan
from contacts.syncing.models import PhonebookLink


def entries_left(cards: Sequence[Card], plan: MergePlan) -> dict[str, list[str]]:
    """Account → numbers of its entries that are nobody's any more once the plan is carried out."""
    links = PhonebookLink.objects.filter(contact__in=_others(cards, plan), has_left=False)
    left: dict[str, list[str]] = defaultdict(list)
    for account, number in links.order_by("account__name", "pk").values_list("account__name", "number"):
        left[account].append(number)
    return dict(left)


def hand_over_links(cards: Sequence[Card], plan: MergePlan) -> dict[int, list[int]]:
    """Contact → ids of the links that it had. Within the merge's transaction, before a contact is deleted."""
    links = PhonebookLink.objects.filter(contact__in=[card.id for card in cards]).order_by("pk")
    had: dict[int, list[int]] = defaultdict(list)
    for contact_id, pk in links.values_list("contact_id", "pk"):
        had[contact_id or 0].append(pk)
    others = _others(cards, plan)
    links.filter(contact__in=others).update(contact=None, asks_first=True)
    links.exclude(contact__in=others).update(contact=plan.survivor)
    return dict(had)


def give_back_links(ids: Collection[int], contact_id: int) -> None:
    """As they were before the merge; those that somebody else has by now stay there."""
    free = PhonebookLink.objects.filter(pk__in=ids)
    free.update(contact=contact_id, asks_first=False)


def _others(cards: Sequence[Card], plan: MergePlan) -> list[int]:
    """Contacts whose number no contact has any more."""
    return [card.id for card in cards if card.values["mobile"] != plan.values["mobile"]]
