"""`manage.py send`: queue messages from a shell or a script, and wait for their outcome if told to."""

from __future__ import annotations

import json
import math
import time
from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from providers.models import Account
from providers.types import Channel, Kind
from smsops.messaging.bulk import in_chunks
from smsops.messaging.checking.cautions import warn_of_invalid
from smsops.messaging.checking.drafts import Draft, Verdict
from smsops.messaging.compose import queue_messages
from smsops.messaging.composing.message_types import MESSAGE_TYPES
from smsops.messaging.composing.recipients import split_recipients
from smsops.messaging.gate import examine
from smsops.messaging.models import Message
from smsops.messaging.status import Status

OPEN = frozenset({Status.QUEUED, Status.SENDING})
WENT_OUT = frozenset({Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.EXPIRED, Status.REJECTED})
LOOK_EVERY = 0.2
# Beyond them a moment in one zone may be none in another.
FIRST_YEAR, LAST_YEAR = 1970, 9999


def _seconds(given: str) -> float:
    """A waiting time that ends; raises ValueError, which argparse makes into a sentence."""
    seconds = float(given)
    if not (math.isfinite(seconds) and seconds >= 0):
        raise ValueError
    return seconds


# The name that argparse shows.
_seconds.__name__ = "number of seconds"


class Command(BaseCommand):
    help = "Queue one text to one or more numbers; a worker (or `dispatch --once`) sends it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--account", required=True, metavar="NAME")
        parser.add_argument("--to", required=True, nargs="+", metavar="N", help="Mobile numbers in any spelling.")
        parser.add_argument("--text", required=True)
        parser.add_argument("--sender", default="", help="Sender ID; by default the account's.")
        parser.add_argument("--at", metavar="ISO8601", help="When; without an offset in the account's time zone.")
        parser.add_argument("--provider-schedule", action="store_true", help="Let the provider's scheduler wait.")
        parser.add_argument("--channel", choices=[channel.value for channel in Channel])
        parser.add_argument("--kind", choices=[kind.value for kind in Kind], default=Kind.TRANSACTIONAL.value)
        parser.add_argument("--type", choices=[number for number in MESSAGE_TYPES if number], default="")
        parser.add_argument("--url", default="", help="Web address of a WAP push (type 4).")
        parser.add_argument("--wait", type=_seconds, metavar="SECONDS", help="Wait until all are sent or have failed.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = examine(read_draft(options))
        if not verdict.is_open:
            raise CommandError(" ".join(verdict.refusals))
        # What gets nothing ends the command as its error.
        for sentence in set(verdict.warnings) - {warn_of_invalid(verdict)}:
            self.stderr.write(sentence)
        queued = queue_messages(verdict=verdict)
        messages = wait_for(queued, options["wait"]) if options["wait"] else queued
        self._print(messages, verdict, as_json=options["json"])
        trouble = find_trouble(messages, verdict, waited=bool(options["wait"]))
        if trouble:
            raise CommandError(trouble)

    def _print(self, messages: Sequence[Message], verdict: Verdict, *, as_json: bool) -> None:
        if as_json:
            refused = [{"recipient": each.spelling, "reason": each.reason} for each in verdict.invalid]
            self.stdout.write(json.dumps({"messages": [describe(each) for each in messages], "refused": refused}))
            return
        for message in messages:
            self.stdout.write(f"{message.reference} {message.recipient} {message.status} {message.error_text}".rstrip())
        for each in verdict.invalid:
            self.stdout.write(f"- {each.spelling} {each.reason}")


def read_account(given: str) -> Account:
    # A byte that is no UTF-8 reaches us as half a character, which no database can be asked for.
    name = given.encode(errors="replace").decode()
    account = Account.objects.filter(name=name).first()
    if account is None:
        names = ", ".join(Account.objects.values_list("name", flat=True))
        raise CommandError(_("There is no account “%s”. Accounts: %s") % (name, names or "-"))
    return account


def read_draft(options: dict[str, Any]) -> Draft:
    account = read_account(options["account"])
    chosen = MESSAGE_TYPES[options["type"]]
    if options["url"] and not chosen.has_url:
        raise CommandError(_("--url belongs to --type 4."))
    return Draft(
        account=account,
        recipients=split_recipients("\n".join(options["to"])),
        text=options["text"],
        channel=_read_channel(options["channel"], account),
        kind=Kind(options["kind"]),
        sender_id=options["sender"],
        encoding=chosen.encoding,
        is_flash=chosen.is_flash,
        wants_url=chosen.has_url,
        wap_url=options["url"],
        send_after=read_moment(options["at"], account),
        provider_schedule=options["provider_schedule"],
    )


def _read_channel(given: str | None, account: Account) -> Channel:
    """The one asked for, else SMS, else the only one that the account has."""
    offered = account.adapter.capabilities_for(account.options).channels
    if given or Channel.SMS in offered:
        return Channel(given or Channel.SMS)
    return next(iter(offered))


def read_moment(given: str | None, account: Account) -> datetime | None:
    if given is None:
        return None
    try:
        moment = parse_datetime(given)
    except ValueError:
        moment = None
    if moment is None or not FIRST_YEAR < moment.year < LAST_YEAR:
        raise CommandError(
            _("“%s” is no date and time; write it as 2026-08-17T09:30 or 2026-08-17T09:30+07:00.") % given
        )
    return moment if timezone.is_aware(moment) else moment.replace(tzinfo=account.config().time_zone)


def wait_for(queued: Sequence[Message], seconds: float) -> list[Message]:
    """The messages as they stand once none is on its way any more, or when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        messages = reread(queued)
        if not any(message.status in OPEN for message in messages) or time.monotonic() >= deadline:
            return messages
        time.sleep(min(LOOK_EVERY, max(0.0, deadline - time.monotonic())))


def reread(queued: Sequence[Message]) -> list[Message]:
    return [
        message
        for chunk in in_chunks(message.pk for message in queued)
        for message in Message.objects.filter(pk__in=chunk).order_by("pk")
    ]


def describe(message: Message) -> dict[str, Any]:
    return {
        "reference": message.reference,
        "recipient": message.recipient,
        "status": message.status,
        "segments": message.segments,
        "provider_message_id": message.provider_message_id,
        "error_code": message.error_code,
        "error_text": message.error_text,
    }


def find_trouble(messages: Sequence[Message], verdict: Verdict, *, waited: bool) -> str:
    """One line about what did not go as asked; "" when all did."""
    if verdict.invalid:
        spellings = ", ".join(each.spelling for each in verdict.invalid[:5])
        return _(
            "%(count)d of the given numbers got nothing (%(examples)s); the others are queued, do not repeat them."
        ) % {
            "count": len(verdict.invalid),
            "examples": spellings,
        }
    return _trouble_after_waiting(messages) if waited else ""


def _trouble_after_waiting(messages: Sequence[Message]) -> str:
    waiting = sum(message.status in OPEN for message in messages)
    if waiting:
        return _(
            "%(waiting)d of %(total)d still wait: the time is over. They stay queued; is a worker running, "
            "and is the account neither suspended nor held?"
        ) % {"waiting": waiting, "total": len(messages)}
    lost = [message for message in messages if message.status not in WENT_OUT]
    if not lost:
        return ""
    first = lost[0]
    return _("%(count)d of %(total)d did not go out for certain: %(first)s %(status)s %(text)s") % {
        "count": len(lost),
        "total": len(messages),
        "first": first.recipient,
        "status": first.status,
        "text": first.error_text,
    }
