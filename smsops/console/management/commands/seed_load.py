"""`manage.py seed_load`: millions of messages with all that belongs to them, to measure and to look around with."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from smsops.console.seeding.load import Wanted, holds_real_messages, seed_load

MESSAGES = 5_000_000


class Command(BaseCommand):
    help = "Fill this database with made-up messages, contacts, events and answers. Not for a database in use."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, default=MESSAGES, metavar="N")
        parser.add_argument("--waiting", type=int, default=1000, metavar="N", help="so many of them are for tomorrow")
        parser.add_argument("--accounts", type=int, default=5, metavar="N")
        parser.add_argument("--months", type=int, default=12, metavar="N")
        parser.add_argument("--campaign-size", type=int, default=10_000, metavar="N")
        parser.add_argument("--no-events", action="store_true", help="messages without their history: half the time")
        parser.add_argument("--beside-real-messages", action="store_true", help="even where messages of others are")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = self._wanted(options)
        if holds_real_messages() and not options["beside_real_messages"]:
            raise CommandError(
                _(
                    "This database holds real messages. Made-up ones would count in every figure and report, and "
                    "cannot be told apart by everybody. Use a database of its own, or add --beside-real-messages."
                )
            )
        began = time.monotonic()
        seed_load(wanted=wanted, tell=lambda done: self._tell(done, wanted.messages, time.monotonic() - began))

    def _wanted(self, options: dict[str, Any]) -> Wanted:
        names = ("messages", "accounts", "months", "campaign_size")
        if min(options[name] for name in names) < 1 or options["waiting"] < 0:
            raise CommandError(_("Give numbers of at least 1."))
        return Wanted(
            **{name: options[name] for name in names},
            waiting=options["waiting"],
            with_events=not options["no_events"],
        )

    def _tell(self, done: int, of: int, seconds: float) -> None:
        """About twenty lines in all, and one at the end."""
        if done == of or done // 20_000 % max(1, of // 20_000 // 20) == 0:
            text = _("%(done)s of %(of)s messages, %(seconds)d s")
            self.stdout.write(text % {"done": f"{done:,}", "of": f"{of:,}", "seconds": seconds})
            self.stdout.flush()
