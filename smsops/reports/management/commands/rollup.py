"""`manage.py rollup`: bring the figures up to date; `--rebuild`: count them anew, and say where they differed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from smsops.reports.rollup import Difference
from smsops.reports.rollup_following import catch_up, rebuild


class Command(BaseCommand):
    help = "Brings the roll-ups up to date. --rebuild counts every day anew from its messages and says what differed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="count every day anew")
        parser.add_argument("--json", action="store_true", help="the answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["rebuild"]:
            while catch_up(seconds=60):
                pass
            self._answer(options, {"is_up_to_date": True}, "The figures are up to date.")
            return
        days, differences = 0, []
        for day, found in rebuild():
            days += 1
            differences += found
            self._tell_day(options, str(day), found)
        summary = f"{days} days counted anew, {len(differences)} figures mended."
        self._answer(options, {"days": days, "differences": [asdict(each) for each in differences]}, summary)

    def _tell_day(self, options: dict[str, Any], day: str, found: list[Difference]) -> None:
        if found and not options["json"]:
            for each in found:
                self.stdout.write(
                    f"{day} {each.table} {_shown(each.key)}: {_shown(each.stored)} -> {_shown(each.counted)}"
                )

    def _answer(self, options: dict[str, Any], data: dict[str, Any], text: str) -> None:
        self.stdout.write(json.dumps(data, default=str, indent=1) if options["json"] else text)


def _shown(values: tuple[Any, ...] | None) -> str:
    return "nothing" if values is None else " ".join("-" if value in (None, "") else str(value) for value in values)
