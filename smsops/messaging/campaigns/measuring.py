"""What a text comes to over the real rows: segments, the rows that need Unicode, and the values that are lacking."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from providers.types import Channel, Encoding
from smsops.messaging.campaigns.merge import Merge, parse_merge
from smsops.messaging.campaigns.models import AudienceEntry, Campaign
from smsops.messaging.campaigns.values import Person, known_fields, read_people
from smsops.messaging.composing.message_types import MESSAGE_TYPES, MessageType
from smsops.messaging.text import TextMeasure, clean_text, first_beyond, measure, name_character

# Beyond, it is counted in the background.
AT_ONCE = 20_000
TOLD_EVERY = 10_000


@dataclass(slots=True)
class Measured:
    """`by_operator`: [recipients, segments, rows in Unicode]. `unfit`: rows with a character that the type lacks.

    `lacking`: name of a field → rows without a value and without a default; `unknown`: fields of no row, no card and
    no column of the file.
    """

    fingerprint: str = ""
    recipients: int = 0
    least: int = 0
    most: int = 0
    total: int = 0
    longest: int = 0
    unfit: int = 0
    culprit: str = ""
    culprit_text: str = ""
    strays: int = 0
    by_operator: dict[str, list[int]] = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    @property
    def unicode_rows(self) -> int:
        return sum(unicode for _recipients, _segments, unicode in self.by_operator.values())

    @property
    def culprit_named(self) -> str:
        return name_character(self.culprit) if self.culprit else ""

    @property
    def segments(self) -> dict[str, int]:
        return {operator: segments for operator, (_recipients, segments, _unicode) in self.by_operator.items()}

    def add(self, operator: str, text: str, found: TextMeasure, *, count: int = 1, unfit: bool = False) -> None:
        self.least = min(self.least or found.segments, found.segments)
        self.most = max(self.most, found.segments)
        self.total += found.segments * count
        self.recipients += count
        self.longest = max(self.longest, len(text))
        self.unfit += count if unfit else 0
        if found.culprit and not self.culprit:
            self.culprit, self.culprit_text = found.culprit, text
        sums = self.by_operator.setdefault(operator, [0, 0, 0])
        for place, more in enumerate((1, found.segments, found.encoding is Encoding.UCS2)):
            sums[place] += more * count


def chosen_type(campaign: Campaign) -> MessageType:
    return MESSAGE_TYPES[campaign.message_type]


def measure_text(campaign: Campaign, text: str) -> TextMeasure:
    """As `Draft.measure`: WhatsApp knows no segments."""
    chosen = chosen_type(campaign)
    found = measure(text, chosen.encoding, is_flash=chosen.is_flash)
    return found if campaign.channel == Channel.SMS else replace(found, segments=1)


def good_entries(campaign: Campaign) -> Any:
    return AudienceEntry.objects.filter(campaign=campaign, verdict=AudienceEntry.Verdict.GOOD)


def fingerprint(campaign: Campaign) -> str:
    """Of all that the measure depends on."""
    told = [campaign.text, campaign.message_type, campaign.channel, str(campaign.audience_at)]
    return hashlib.sha256(repr(told).encode(errors="replace")).hexdigest()[:16]


def read_measured(campaign: Campaign) -> Measured | None:
    """What was measured of the campaign as it is now, else None."""
    stored = campaign.measured
    return Measured(**stored) if stored.get("fingerprint") == fingerprint(campaign) else None


def measure_campaign(*, campaign: Campaign) -> Measured:
    """Measure the text over all who get it, and keep what was found; no work where nothing has changed."""
    if (known := read_measured(campaign)) is not None:
        return known
    merge = parse_merge(clean_text(campaign.text))
    found = _measure_rows(campaign, merge) if merge.keys else _measure_one(campaign, merge)
    found.fingerprint, found.strays = fingerprint(campaign), merge.strays
    campaign.measured = asdict(found)
    Campaign.objects.filter(pk=campaign.pk, audience_at=campaign.audience_at).update(measured=campaign.measured)
    return found


def needs_background(campaign: Campaign) -> bool:
    """Whether measuring would keep a page waiting."""
    many = campaign.told.get("verdicts", {}).get("good", 0) > AT_ONCE
    return many and bool(parse_merge(campaign.text).keys) and read_measured(campaign) is None


def _measure_one(campaign: Campaign, merge: Merge) -> Measured:
    """Everybody gets the same."""
    text = merge.render({})
    found, measured = Measured(), measure_text(campaign, text)
    unfit = first_beyond(text, measured.encoding) >= 0
    for operator, count in campaign.told.get("operators", {}).items():
        found.add(operator, text, measured, count=count, unfit=unfit)
    if not found.recipients:
        found.add("", text, measured, count=0)
        found.by_operator = {}
    return found


def _measure_rows(campaign: Campaign, merge: Merge) -> Measured:
    found = Measured()
    lacking: Counter[str] = Counter()
    seen: set[str] = set()
    encoding = chosen_type(campaign).encoding
    for place, (person, text) in enumerate(rendered(campaign, merge)):
        if place and place % TOLD_EVERY == 0:
            _tell(campaign, place)
        lacking.update(merge.lacking(person.values))
        seen.update(person.values)
        unfit = encoding is not None and first_beyond(text, encoding) >= 0
        found.add(person.operator, text, measure_text(campaign, text), unfit=unfit)
    found.lacking = dict(lacking)
    known = seen | known_fields(campaign.audience)
    found.unknown = [key for key in merge.keys if key not in known] if found.recipients else []
    return found


def _tell(campaign: Campaign, rows: int) -> None:
    """How far it is, for who waits at the page."""
    Campaign.objects.filter(pk=campaign.pk, audience_at=campaign.audience_at).update(measured={"rows": rows})


def rendered(campaign: Campaign, merge: Merge) -> Iterator[tuple[Person, str]]:
    return ((person, merge.render(person.values)) for person in read_people(good_entries(campaign), merge))
