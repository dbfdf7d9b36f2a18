"""`manage.py poll reports|inbox|balance [--account NAME]`: ask the providers now, whatever the back-off."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.errors import ProviderError
from providers.models import Account
from smsops.inbox.polling import accounts_with_inbox, poll_inbox
from smsops.messaging.tracking.polling import accounts_with_balance, poll_balance, poll_reports, pollable_accounts
from smsops.receipts import apply_receipt


class Command(BaseCommand):
    help = "Ask the providers for delivery reports, received messages or balances."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["reports", "inbox", "balance"])
        parser.add_argument("--account", help="Only this account; else all that can be asked.")
        parser.add_argument("--json", action="store_true", help="Print one JSON object.")

    def handle(self, *args: Any, **options: Any) -> None:
        name = (options["account"] or "").encode(errors="replace").decode() or None
        if name and not Account.objects.filter(name=name).exists():
            raise CommandError(f"There is no account named “{name}”. See Accounts in the admin.")
        asked = [account for account in _accounts(options["what"], named=bool(name)) if name in (None, account.name)]
        answers = [self._ask(options["what"], account) for account in asked]
        if options["json"]:
            self.stdout.write(json.dumps({"what": options["what"], "accounts": answers}))
        for answer in [] if options["json"] else answers:
            self.stdout.write("{account}: {outcome}".format(**answer))

    def _ask(self, what: str, account: Account) -> dict[str, Any]:
        try:
            outcome = self._poll(what, account)
        except ProviderError as error:
            return {"account": account.name, "outcome": error.message, "error": error.code or type(error).__name__}
        return {"account": account.name, "outcome": outcome}

    def _poll(self, what: str, account: Account) -> Any:
        if what == "reports":
            return poll_reports(account=account, ask_all=True)
        if what == "inbox":
            return poll_inbox(account=account, apply=apply_receipt)
        poll_balance(account=account)
        return str(account.balance) if account.balance is not None else None


def _accounts(what: str, *, named: bool) -> Iterable[Account]:
    if what == "reports":
        return pollable_accounts()
    if what == "inbox":
        return accounts_with_inbox(on_timetable=not named)
    return accounts_with_balance()
