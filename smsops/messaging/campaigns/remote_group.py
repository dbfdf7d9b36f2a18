"""A group that lives in a provider's phone book: who is in it, as rows of an audience."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from contacts.syncing.models import PhonebookGroup
from contacts.syncing.words import usable_number
from providers.asking import asking
from providers.cleaning import clip
from providers.errors import ProviderError, Uncertain
from providers.models import Account
from providers.numbers import operator_of
from providers.phonebook import Phonebook
from providers.types import RemoteEntry
from smsops.messaging.bulk import insert_rows
from smsops.messaging.campaigns.lists import COLUMNS, LONGEST_SPELLING, EntryRow, is_group_unread, keep_told
from smsops.messaging.campaigns.models import AudienceEntry, Campaign

Source, Verdict = AudienceEntry.Source, AudienceEntry.Verdict
# Twenty thousand members; a server that lists for ever must not keep us for ever.
MOST_PAGES = 200
MOST_NAMES = 500
ENDLESS = gettext_noop("The provider's list of the group does not end.")


def known_groups() -> list[str]:
    """Names of groups that synchronisations have seen at providers."""
    return list(PhonebookGroup.objects.order_by("name").values_list("name", flat=True).distinct()[:MOST_NAMES])


def list_members(account: Account, group: str) -> list[RemoteEntry]:
    """Everybody in the provider's group, in its order; one call a page. Raises `providers.errors`."""
    with asking(account) as provider:
        return list(_read_pages(provider.phonebook, group))


def _read_pages(book: Phonebook, group: str) -> Iterator[RemoteEntry]:
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        found = book.list_entries_of_group(group, page, book.max_page_size)
        new = [entry for entry in found if entry.remote_id not in seen]
        if not new:
            return
        seen |= {entry.remote_id for entry in new}
        yield from new
    raise Uncertain(ENDLESS)


def read_remote_group(*, campaign_id: int) -> None:
    """List a draft's group, where that has not been done yet; no transaction is open during the calls."""
    campaign = Campaign.objects.select_related("account").get(pk=campaign_id)
    if not is_group_unread(campaign) or campaign.status != Campaign.Status.DRAFT:
        return
    asked = {"group": campaign.remote_group, "account": campaign.account_id}
    try:
        members = list_members(campaign.account, campaign.remote_group)
    except ProviderError as error:
        _store_members(campaign_id, asked | {"error": error.message}, [])
    else:
        _store_members(campaign_id, asked, members)


@transaction.atomic
def _store_members(campaign_id: int, told: dict[str, Any], members: list[RemoteEntry]) -> None:
    """Nothing where another group was chosen meanwhile."""
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
    if (campaign.remote_group, campaign.account_id) != (told["group"], told["account"]):
        return
    drop_members(campaign)
    insert_rows(AudienceEntry, {"campaign": campaign, "source": Source.REMOTE}, COLUMNS, map(_entry, members))
    keep_told(campaign, remote=told)


def _entry(member: RemoteEntry) -> EntryRow:
    spelling = clip(member.mobile, LONGEST_SPELLING)
    number, fields = usable_number(member.mobile), {"name": clip(member.name, LONGEST_SPELLING)}
    return (
        number,
        spelling,
        operator_of(number) if number else "",
        "",
        Verdict.GOOD if number else Verdict.INVALID,
        fields,
    )


def drop_members(campaign: Campaign) -> None:
    AudienceEntry.objects.filter(campaign=campaign, source=Source.REMOTE).delete()


def forget_members(campaign: Campaign) -> None:
    """Ask the provider again the next time that somebody looks."""
    keep_told(campaign, remote=None)
