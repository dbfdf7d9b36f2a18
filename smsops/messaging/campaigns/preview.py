"""Real rows to look at before they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smsops.messaging.campaigns.measuring import good_entries, measure_text
from smsops.messaging.campaigns.merge import parse_merge
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.values import read_people
from smsops.messaging.text import TextMeasure, clean_text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One recipient's message as it would go out."""

    entry: int
    recipient: str
    operator: str
    text: str
    measured: TextMeasure


def preview_rows(campaign: Campaign, *, start: int = 0, count: int = 1) -> Iterator[PreviewRow]:
    """From an entry on, so many."""
    merge = parse_merge(clean_text(campaign.text))
    for person in read_people(good_entries(campaign).filter(pk__gte=start), merge, limit=count):
        text = merge.render(person.values)
        yield PreviewRow(person.entry, person.recipient, person.operator, text, measure_text(campaign, text))


def preview_before(campaign: Campaign, entry: int) -> int | None:
    """The entry before this one."""
    before = good_entries(campaign).filter(pk__lt=entry).order_by("-pk")
    return before.values_list("pk", flat=True).first()
