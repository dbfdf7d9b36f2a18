"""`manage.py phonebook_sync ACCOUNT`: bring an account's phone book and our contacts together, now and here."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from contacts.sync import Request, has_phonebook, sync_phonebook
from contacts.syncing.lease import SyncBusy
from contacts.syncing.models import SyncAction, SyncRun
from providers.formats import told
from providers.models import Account

ENDED_WELL = (SyncRun.State.DONE, SyncRun.State.PREVIEW)


class Command(BaseCommand):
    help = "Apply what is free of conflict and under the limit; what waits for a person is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("account", metavar="ACCOUNT", help="The account's name.")
        parser.add_argument("--deep", action="store_true", help="Read every entry in full, too.")
        parser.add_argument("--dry-run", action="store_true", help="Only print the plan; change nothing.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        account = find_account(options["account"])
        request = Request(options["deep"], options["dry_run"], SyncRun.Origin.COMMAND)
        try:
            run = sync_phonebook(account=account, request=request)
        except SyncBusy:
            raise CommandError(_("A sync of “%s” is at work already. Try again when it is done.") % account) from None
        if options["json"]:
            self.stdout.write(json.dumps(describe(run)))
        else:
            self._print(run)
        if run.state not in ENDED_WELL:
            raise CommandError(told(run.error))

    def _print(self, run: SyncRun) -> None:
        actions = run.actions.order_by("position")
        shown = actions if run.is_preview else actions.exclude(state=SyncAction.State.DONE)
        for action in shown.iterator():
            self.stdout.write(f"{action.get_kind_display()}: {line_of(action)}")
        totals = describe(run)
        names = ("waiting", "conflicts", "troubles", "calls")
        counted = totals["planned"] if run.is_preview else totals["done"]
        nothing = _("Nothing was changed.") if totals["planned"] else _("Nothing to do.")
        self.stdout.write(", ".join(f"{name} {count}" for name, count in counted.items()) or nothing)
        self.stdout.write(", ".join(f"{name} {totals[name]}" for name in names))


def find_account(given: str) -> Account:
    name = given.encode(errors="replace").decode()
    account = Account.objects.filter(name=name).first()
    if account is None:
        names = ", ".join(each.name for each in Account.objects.order_by("name") if has_phonebook(each))
        raise CommandError(_("There is no account “%s”. Accounts: %s") % (name, names or "-"))
    if not has_phonebook(account):
        raise CommandError(_("The provider of “%s” keeps no phone book.") % name)
    return account


def describe(run: SyncRun) -> dict[str, Any]:
    """A run for scripts; of a dry run with every change that it would make."""
    described: dict[str, Any] = {
        "account": run.account.name,
        "state": run.state,
        "planned": run.planned,
        "done": run.done,
        "waiting": run.waiting,
        "conflicts": run.conflicts,
        "troubles": run.troubles,
        "calls": run.calls,
        "error": run.error,
    }
    if run.is_preview:
        fields = ("kind", "number", "title", "remote_id", "before", "after", "state")
        described["actions"] = list(run.actions.order_by("position").values(*fields))
    return described


def line_of(action: SyncAction) -> str:
    """One change on one line."""
    before = " ".join(str(each) for each in action.before.values() if each)
    after = " ".join(str(each) for each in action.after.values() if each)
    change = " → ".join(filter(None, (before, after)))
    words = [action.title or action.number, change, action.get_state_display(), told(action.error)]
    return " · ".join(word for word in words if word)
