"""`manage.py hold_outbox`: nothing leaves until a person has looked; a step of the restore recipe."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from smsops.messaging.outbox import get_outbox, hold_outbox, waiting_messages


class Command(BaseCommand):
    help = "Hold the outbox: nothing leaves until somebody releases it in the admin."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the state as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        hold_outbox()
        outbox, waiting = get_outbox(), waiting_messages()
        if options["json"]:
            self.stdout.write(json.dumps({"held_since": str(outbox.held_since), "waiting": waiting.count}))
        else:
            self.stdout.write(f"The outbox is held; {waiting.count} messages wait. Release it in the admin.")
