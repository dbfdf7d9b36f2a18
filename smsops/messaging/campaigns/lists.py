"""Pasted numbers and uploaded files as rows of an audience."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice, zip_longest
from typing import IO, Any

from django.db import transaction

from contacts.file_models import StoredFile
from contacts.importing.doctor import repair_number
from contacts.importing.headers import ATTRIBUTE, MOBILE, TIME_ZONE, guess_mapping, split_header
from contacts.models import Contact
from contacts.uploads.cells import Row
from contacts.uploads.keeping import drop_file, keep_file
from contacts.uploads.readers import is_blank, look_into, read_rows
from providers.cleaning import clip
from providers.numbers import is_mobile, operator_of
from smsops.messaging.bulk import MANY, insert_rows, refresh_statistics
from smsops.messaging.campaigns.merge import clean_value, field_key
from smsops.messaging.campaigns.models import AudienceEntry, Campaign
from smsops.messaging.composing.recipients import as_mobile, split_recipients

Source, Verdict = AudienceEntry.Source, AudienceEntry.Verdict
# What a person gave by hand, and what was listed elsewhere: rows that no query could bring again.
LISTED = (Source.FILE, Source.PASTED)
KEPT = (*LISTED, Source.REMOTE)
COLUMNS = ("recipient", "spelling", "operator", "zone", "verdict", "fields")
LONGEST_SPELLING = 200
LONGEST_SAMPLE = 30
STEP_ROWS = 1000
# No column has been chosen.
NONE = -1
EntryRow = tuple[str, str, str, str, str, dict[str, str] | None]


# --- pasted ------------------------------------------------------------------------------------------------------


def pasted_hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest() if text.strip() else ""


@transaction.atomic
def store_pasted(*, campaign: Campaign, text: str) -> None:
    """Keep what was pasted, one row a number; the same text again is no work."""
    known = campaign.audience.get("pasted", "")
    if (digest := pasted_hash(text)) == known:
        return
    AudienceEntry.objects.filter(campaign=campaign, source=Source.PASTED).delete()
    common = {"campaign": campaign, "source": Source.PASTED}
    spellings = split_recipients(text)
    insert_rows(AudienceEntry, common, COLUMNS, map(_pasted_row, spellings))
    if len(spellings) > MANY:
        refresh_statistics(AudienceEntry)
    keep_told(campaign, pasted=digest)


def pasted_text(campaign: Campaign) -> str:
    """What was pasted, one a line."""
    entries = AudienceEntry.objects.filter(campaign=campaign, source=Source.PASTED).order_by("id")
    return "\n".join(entries.values_list("spelling", flat=True))


def _pasted_row(spelling: str) -> EntryRow:
    return _entry(as_mobile(spelling), spelling)


def _entry(number: str | None, spelling: str, zone: str = "", fields: dict[str, str] | None = None) -> EntryRow:
    spelling = clip(spelling, LONGEST_SPELLING)
    if number is None:
        return "", spelling, "", "", Verdict.INVALID, fields
    return number, spelling, operator_of(number), zone, Verdict.GOOD, fields


# --- files -------------------------------------------------------------------------------------------------------


def store_audience_file(*, campaign: Campaign, file: IO[bytes], name: str) -> None:
    """Look into the file and keep it; `read_file_step` makes rows of it. Raises FileRefused, with nothing changed."""
    found = look_into(file)
    headers, sample = split_header(found.sample)
    mapping = guess_mapping(headers, sample)
    with transaction.atomic():
        drop_audience_file(campaign=campaign)
        stored = keep_file(file=file, name=name)
        told = {
            "id": stored.pk, "name": stored.name, "kind": found.kind, "encoding": found.encoding,
            "number": mapping.index(MOBILE) if MOBILE in mapping else NONE, "targets": mapping, "headers": headers,
            "zone": mapping.index(TIME_ZONE) if TIME_ZONE in mapping else NONE, "last": 0,
            "sample": [clip(cell, LONGEST_SAMPLE) for cell in sample[0]] if sample else [],
            "first": found.blank_rows + any(map(bool, headers)), "is_read": MOBILE not in mapping,
        }  # fmt: skip
        keep_told(campaign, file=told | {"rows": told["first"], "keys": _column_keys(headers, mapping)})


@transaction.atomic
def choose_column(*, campaign: Campaign, place: int) -> bool:
    """Take the numbers from this column: the file is read anew. False where there is none, or it is that already."""
    told = campaign.audience.get("file") or {}
    headers = told.get("headers", [])
    if not told.get("id") or not 0 <= place < len(headers) or place == told["number"]:
        return False
    targets = ["" if target == MOBILE else target for target in told["targets"]]
    targets[place] = MOBILE
    AudienceEntry.objects.filter(campaign=campaign, source=Source.FILE).delete()
    changes = {
        "number": place, "targets": targets, "keys": _column_keys(headers, targets), "rows": told["first"], "last": 0,
        "is_read": False,
    }  # fmt: skip
    keep_told(campaign, file=told | changes)
    return True


def lacks_column(campaign: Campaign) -> bool:
    """Whether nobody has said yet where the uploaded file's numbers are."""
    return (campaign.audience.get("file") or {}).get("number") == NONE


def column_names(campaign: Campaign) -> list[str]:
    """How a person knows the columns of the uploaded file; empty where it cannot be read anew."""
    told = campaign.audience.get("file") or {}
    if not told.get("id"):
        return []
    sample: list[str] = told.get("sample", [])
    pairs = zip_longest(told.get("headers", []), sample, fillvalue="")
    return [" · ".join(filter(None, (str(place), header, cell))) for place, (header, cell) in enumerate(pairs, start=1)]


def _column_keys(headers: Sequence[str], mapping: Sequence[str]) -> list[list[str]]:
    """The names by which a text may ask for each column: its own, and that of the contact's field it stands for."""
    return [
        list(dict.fromkeys(field_key(name) for name in (header, target.removeprefix(ATTRIBUTE)) if name))
        for header, target in zip(headers, mapping, strict=True)
    ]


@transaction.atomic
def drop_audience_file(*, campaign: Campaign) -> None:
    told = campaign.audience.get("file")
    if not told:
        return
    AudienceEntry.objects.filter(campaign=campaign, source=Source.FILE).delete()
    drop_file(file_id=told["id"])
    keep_told(campaign, file=None)


def is_reading(campaign: Campaign) -> bool:
    """Whether recipients are still to come: from a file, from the provider's phone book, or from large groups."""
    return is_file_unread(campaign) or is_group_unread(campaign) or is_uncounted(campaign)


def is_uncounted(campaign: Campaign) -> bool:
    """Left to a worker, since it would keep a page waiting."""
    return bool(campaign.told.get("is_counting"))


def is_file_unread(campaign: Campaign) -> bool:
    told = campaign.audience.get("file")
    return bool(told) and not told["is_read"]


def is_group_unread(campaign: Campaign) -> bool:
    """Its members have not been listed yet, or those of another group or account were."""
    told = campaign.audience.get("remote") or {}
    asked = (campaign.remote_group, campaign.account_id)
    return bool(campaign.remote_group) and (told.get("group"), told.get("account")) != asked


def read_file_step(*, campaign_id: int, seconds: float) -> bool:
    """Make rows of the uploaded file for so long; True while there are more. Raises FileRefused where it breaks off."""
    campaign = Campaign.objects.get(pk=campaign_id)
    if not is_file_unread(campaign):
        return False
    told = campaign.audience["file"]
    until = time.monotonic() + seconds
    stored = StoredFile.objects.filter(pk=told["id"]).first()
    if stored is None:
        return False
    with closing(stored.as_file()) as file, closing(_rows(file, told)) as rows:
        while time.monotonic() < until:
            if not (chunk := list(islice(rows, STEP_ROWS))):
                _finish_file(campaign_id, told)
                return False
            if not _add_file_rows(campaign_id, told, chunk):
                return False
    return True


def _rows(file: IO[bytes], told: dict[str, Any]) -> Generator[Row, None, None]:
    return read_rows(file, told["kind"], told["encoding"], skip=told["rows"], last=told["last"])


@transaction.atomic
def _add_file_rows(campaign_id: int, told: dict[str, Any], chunk: list[Row]) -> bool:
    """False where another worker has read this piece, or the file was replaced."""
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
    if campaign.audience.get("file") != told:
        return False
    common = {"campaign": campaign, "source": Source.FILE}
    insert_rows(AudienceEntry, common, COLUMNS, _file_entries(told, chunk))
    told["rows"] += len(chunk)
    told["last"] = chunk[-1][0]
    keep_told(campaign, file=told)
    return True


@transaction.atomic
def _finish_file(campaign_id: int, told: dict[str, Any]) -> None:
    campaign = Campaign.objects.select_for_update(of=("self",)).get(pk=campaign_id)
    if campaign.audience.get("file") == told:
        keep_told(campaign, file=told | {"is_read": True})
        if told["rows"] > MANY:
            refresh_statistics(AudienceEntry)


def _file_entries(told: dict[str, Any], chunk: Iterable[Row]) -> Iterator[EntryRow]:
    for _number, cells in chunk:
        if not is_blank(cells):
            yield _file_entry(told, cells)


def _file_entry(told: dict[str, Any], cells: list[str]) -> EntryRow:
    spelling = cells[told["number"]] if told["number"] < len(cells) else ""
    number = repair_number(spelling).number
    zone = cells[told["zone"]].strip().upper() if 0 <= told["zone"] < len(cells) else ""
    fields = {
        key: clean_value(cell.strip())
        for keys, cell in zip(told["keys"], cells, strict=False)
        for key in keys
        if cell.strip()
    }
    usable = number if number and is_mobile(number) else None
    return _entry(usable, spelling, zone if zone in Contact.Zone.values else "", fields)


def keep_told(campaign: Campaign, **changes: Any) -> None:
    """Note something beside where the recipients come from; None takes it away."""
    told = {name: value for name, value in (campaign.audience | changes).items() if value is not None}
    campaign.audience = told
    Campaign.objects.filter(pk=campaign.pk).update(audience=told)
