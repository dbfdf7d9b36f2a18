"""`manage.py monthly_report 2026-09 --output september.xlsx`"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from providers.models import Account
from smsops.reports.monthly.closing import select_month
from smsops.reports.monthly.making import Made, find_accounts, write_atomically, write_workbook
from smsops.reports.monthly.month import Month


class Command(BaseCommand):
    help = "Write a month's workbook: the figures of all accounts, or of those named, and a row per message."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="YYYY-MM")
        parser.add_argument("--account", action="append", default=[], metavar="NAME", help="may be given several times")
        parser.add_argument("--output", required=True, metavar="FILE.xlsx")

    def handle(self, *args: Any, **options: Any) -> None:
        selection = select_month(_month(options["month"]), _accounts(options["account"]))
        path = _path(options["output"])
        try:
            made: Made = write_atomically(path, lambda file: write_workbook(file, selection))
        except OSError as error:
            reason = error.strerror or str(error)
            raise CommandError(_("%(file)s cannot be written: %(reason)s") % {"file": path, "reason": reason}) from None
        told = _("%(file)s: %(month)s, %(count)d messages.")
        self.stdout.write(told % {"file": path, "month": selection.month, "count": made.figures.total.messages})


def _month(written: str) -> Month:
    try:
        return Month.parse(written)
    except ValueError:
        raise CommandError(_("“%(text)s” is no month. Write it as 2026-09.") % {"text": written}) from None


def _accounts(names: list[str]) -> list[Account]:
    try:
        return find_accounts(names)
    except LookupError as error:
        raise CommandError(_("There is no account “%(name)s”.") % {"name": error.args[0]}) from None


def _path(output: str) -> Path:
    path = Path(output)
    if path.suffix.lower() != ".xlsx":
        raise CommandError(_("The file's name must end in .xlsx."))
    return path
