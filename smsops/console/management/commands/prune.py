"""`manage.py prune`: delete records whose time is over, or say what would go."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from smsops.console.retention.pruning import count_old, everything, prune_old

LONGEST = 24 * 3600.0


class Command(BaseCommand):
    help = "Delete what is older than the settings keep it, and take texts and numbers out of old messages."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would go, and delete nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        is_dry = options["dry_run"]
        found = count_old() if is_dry else prune_old(seconds=LONGEST)
        words = (
            _("%(what)s: %(count)s would go (kept for %(days)s days)") if is_dry else _("%(what)s: %(count)s deleted")
        )
        for name, kept in everything().items():
            if kept.days <= 0:
                self.stdout.write(_("%(what)s: kept for ever") % {"what": kept.label})
            else:
                values = {
                    "what": kept.label,
                    "count": number_format(found.get(name, 0), force_grouping=True),
                    "days": kept.days,
                }
                self.stdout.write(words % values)
