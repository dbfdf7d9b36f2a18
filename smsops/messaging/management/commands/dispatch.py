"""`manage.py dispatch --once`: send all that is due now in this process, and end."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.outbox import beat_outbox, get_outbox
from smsops.messaging.sending.queue import lapse_messages
from smsops.messaging.sending.recovery import recover_claims
from smsops.messaging.tasks import accounts_with_work

FOREVER = 24 * 3600


class Command(BaseCommand):
    help = "Recover stale claims and send all that is due now, in this process."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", required=True, help="Send what is due now, then end.")
        parser.add_argument("--json", action="store_true", help="Print the totals as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        recovered, lapsed = recover_claims(), lapse_messages()
        if not beat_outbox():
            raise CommandError(f"The outbox is held: {get_outbox().hold_reason} Release it in the admin.")
        settled = sum(dispatch_account(account_id=pk, seconds=FOREVER) for pk in accounts_with_work())
        totals = {"recovered": recovered, "lapsed": lapsed, "settled": settled}
        if options["json"]:
            self.stdout.write(json.dumps(totals))
        else:
            self.stdout.write(f"Recovered {recovered}, lapsed {lapsed}, settled {settled} messages.")
