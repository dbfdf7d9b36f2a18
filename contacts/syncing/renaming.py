"""Groups that got another name on one side: both agree on it, and no entry is read again because of it."""

from __future__ import annotations

from collections.abc import Callable, Set

from contacts.comparing.types import Subject, fold
from contacts.syncing.models import PhonebookGroup, PhonebookLink, SyncRun
from providers.models import Account

CHUNK = 500


def rename_link(link: PhonebookGroup, name: str) -> str:
    """Both sides agree on a new name; an account's options name its groups, and follow. Returns the old one."""
    old, link.name = link.name, name
    link.save(update_fields=["name"])
    account = Account.objects.select_for_update(no_key=True).get(pk=link.account_id)
    options = dict(account.options)
    chosen = options.get("sync_groups")
    if isinstance(chosen, list):
        options["sync_groups"] = [name if str(each).casefold() == old.casefold() else each for each in chosen]
    if str(options.get("default_group", "")).casefold() == old.casefold():
        options["default_group"] = name
    if options != account.options:
        Account.objects.filter(pk=account.pk).update(options=options)
    return old


def renamed_there(run: SyncRun) -> dict[str, str]:
    """Folded name that we know → the name that the provider lists for the same group now."""
    listed = dict(run.rows.filter(subject=Subject.GROUP).values_list("remote_id", "data__name"))
    known = PhonebookGroup.objects.filter(account=run.account, remote_id__isnull=False)
    names = known.values_list("remote_id", "name")
    return {fold(name): listed[id] for id, name in names if id in listed and fold(listed[id]) != fold(name)}


def follow_rename(group: PhonebookGroup, old: Set[str], breathe: Callable[[], None]) -> None:
    """The group's entries as we saw them last, under its new name; `old`: folded names that it had.

    Cut off in the middle, the others are read again.
    """
    links = PhonebookLink.objects.filter(group=group).order_by("pk")
    last = 0
    while found := list(links.filter(pk__gt=last)[:CHUNK]):
        last = found[-1].pk
        moved = [link for link in found if fold(str(link.seen.get("group", ""))) in old]
        for link in moved:
            link.seen = {**link.seen, "group": group.name}
        PhonebookLink.objects.bulk_update(moved, ["seen"])
        breathe()
