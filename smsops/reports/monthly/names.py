"""What stands behind the ids in counted rows, in the words that people know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from providers.models import Account
from smsops.messaging.models import CHANNEL_CHOICES, KIND_CHOICES, Campaign
from smsops.messaging.status import LABELS


class Names:
    """Asked for as they come up, each once."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self.accounts = {account.pk: account.name for account in accounts}
        self.statuses = {str(status): str(label) for status, label in LABELS.items()}
        self.channels = {channel: str(label) for channel, label in CHANNEL_CHOICES}
        self.kinds = {kind: str(label) for kind, label in KIND_CHOICES}
        self.campaigns: dict[int | None, str] = {None: ""}
        self.people: dict[int | None, str] = {None: ""}

    def learn(self, campaigns: Iterable[int | None], people: Iterable[int | None]) -> None:
        """Look up those of these ids that are not known yet."""
        self._add(self.campaigns, campaigns, _campaign_names)
        self._add(self.people, people, _person_names)

    @staticmethod
    def _add(
        known: dict[int | None, str], ids: Iterable[int | None], look_up: Callable[[set[int]], dict[int, str]]
    ) -> None:
        missing = {pk for pk in ids if pk is not None and pk not in known}
        if missing:
            found = look_up(missing)
            known.update((pk, found.get(pk, f"#{pk}")) for pk in missing)

    def campaign(self, pk: int | None) -> str:
        return self.campaigns[pk] if pk is not None else _("Single messages")

    def person(self, pk: int | None) -> str:
        return self.people[pk] if pk is not None else _("Not by a person")

    def operator(self, name: str) -> str:
        return name or _("Unknown operator")


def _campaign_names(ids: set[int]) -> dict[int, str]:
    return dict(Campaign.objects.filter(pk__in=ids).values_list("pk", "name"))


def _person_names(ids: set[int]) -> dict[int, str]:
    people: Any = get_user_model().objects.filter(pk__in=ids)
    return {person.pk: person.get_full_name() or person.get_username() for person in people}
