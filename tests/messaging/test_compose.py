"""Freezing: rows before anything is sent, once for each key, whoever asks and how often."""

import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction

from contacts.models import Contact
from providers.types import Encoding, Kind
from smsops.messaging.bulk import insert_messages
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.compose import Refused, campaign_name, freeze_campaign, queue_messages
from smsops.messaging.gate import examine
from smsops.messaging.models import Campaign, Message

NUMBERS = ["0812 3456 7890", "0856-1234-567", "+6281712345678"]


@pytest.fixture
def verdict_for(make_account):
    def make(provider="smsmasking", account=None, **fields):
        account = account or make_account(provider, sender_id="TOKO")
        return examine(Draft(**{"account": account, "recipients": NUMBERS, "text": "Halo"} | fields))

    return make


def freeze(verdict, key=None, **fields):
    return freeze_campaign(key=key or uuid.uuid4(), name="test", verdict=verdict, **fields)


def test_it_writes_one_row_per_recipient(verdict_for):
    contact = Contact.objects.create(name="Budi", mobile="+6281234567890")
    campaign, is_new = freeze(verdict_for(text="a" * 161))
    rows = list(campaign.messages.order_by("id"))
    assert (is_new, campaign.status, campaign.total) == (True, "running", 3)
    assert [row.recipient for row in rows] == ["+6281234567890", "+628561234567", "+6281712345678"]
    assert [row.operator for row in rows] == ["Telkomsel", "Indosat Ooredoo Hutchison", "XL"]
    assert [row.contact for row in rows] == [contact, None, None]
    assert {(row.status, row.segments, row.encoding, row.sender_id) for row in rows} == {("queued", 2, "gsm7", "TOKO")}
    assert len({row.reference for row in rows}) == 3
    assert all(row.created_at for row in rows)


def test_a_freeze_repeated_adds_nothing(verdict_for):
    key, verdict = uuid.uuid4(), verdict_for()
    first, _new = freeze(verdict, key)
    second, is_new = freeze(verdict, key)
    assert (first.pk, is_new, Message.objects.count()) == (second.pk, False, 3)


def test_a_number_that_comes_again_in_an_audience_gets_one_row(verdict_for):
    campaign, _new = freeze(verdict_for(), audience=iter(["+6281234567890", "+6281712345678", "+6281234567890"]))
    assert (campaign.total, campaign.messages.count()) == (2, 2)


def test_a_freeze_that_breaks_leaves_nothing(verdict_for):
    def broken():
        yield "+6281234567890"
        raise OSError("the list ended in the middle")

    with pytest.raises(OSError, match="middle"):
        freeze(verdict_for(), audience=broken())
    assert (Campaign.objects.count(), Message.objects.count()) == (0, 0)


def test_it_refuses_what_the_gate_refused(verdict_for):
    with pytest.raises(Refused, match="empty"):
        freeze(verdict_for(text=""))
    with pytest.raises(Refused, match="empty"):
        queue_messages(verdict=verdict_for(text=""))
    assert Campaign.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "recipients", "priority", "minutes"),
    [
        (Kind.OTP, NUMBERS, 1, 10),
        (Kind.TRANSACTIONAL, NUMBERS[:1], 3, 24 * 60),
        (Kind.PROMOTIONAL, NUMBERS, 5, 24 * 60),
    ],
)
def test_the_kind_decides_how_soon_and_how_long(verdict_for, kind, recipients, priority, minutes):
    campaign, _new = freeze(verdict_for(kind=kind, recipients=recipients))
    row = campaign.messages.first()
    assert (row.priority, row.expires_at - row.send_after) == (priority, timedelta(minutes=minutes))


def test_single_sends_overtake_bulk(verdict_for):
    assert {message.priority for message in queue_messages(verdict=verdict_for())} == {3}


def test_it_waits_for_its_time(verdict_for):
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    (row, *_others) = queue_messages(verdict=verdict_for(send_after=moment))
    assert (row.send_after, row.expires_at) == (moment, moment + timedelta(hours=24))
    assert not Message.objects.due().exists()


def test_the_providers_scheduler_gets_it_at_once(verdict_for):
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=5)
    verdict = verdict_for("unified", send_after=moment, provider_schedule=True)
    (row, *_others) = queue_messages(verdict=verdict)
    assert row.provider_scheduled_for == moment
    assert row.send_after == verdict.examined_at
    assert row.expires_at > moment


def test_it_keeps_type_author_and_address(verdict_for):
    actor = User.objects.create_superuser("boss")
    fields = {"encoding": Encoding.UCS2, "is_flash": True, "wants_url": True, "wap_url": "https://example.co.id"}
    (row, *_others) = queue_messages(verdict=verdict_for("unified", actor=actor, **fields))
    assert (row.encoding, row.is_flash, row.wap_url, row.created_by) == ("ucs2", True, "https://example.co.id", actor)


def test_text_survives_the_fast_path_as_it_is(verdict_for):
    text = "tab\\t \\N \\. 'quote' \"double\"\nNext line; {x} %s 😀"
    (row, *_others) = queue_messages(verdict=verdict_for(text=text))
    assert row.text == text


def test_the_database_itself_keeps_one_row_per_number_in_a_campaign(verdict_for):
    verdict = verdict_for()
    campaign, _new = freeze(verdict)
    row = ("reference-of-its-own", "+6281234567890")
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_messages(
            {"campaign": campaign, "account": verdict.draft.account, "text": "x"}, ("reference", "recipient"), [row]
        )


def test_many_rows_take_few_queries(verdict_for, django_assert_max_num_queries):
    verdict = verdict_for()
    with django_assert_max_num_queries(24):
        freeze(verdict, audience=(f"+62812{number:08d}" for number in range(300)))


def test_a_campaign_is_called_as_its_text_begins(verdict_for):
    assert campaign_name(verdict_for(text="Promo\nhari  ini").draft) == "Promo hari ini"
    assert len(campaign_name(verdict_for(text="a" * 500).draft)) == 60
    assert "1234" not in campaign_name(verdict_for(text="Your code: 1234", kind=Kind.OTP).draft)


@pytest.mark.django_db(transaction=True)
def test_two_browsers_at_the_same_moment_make_one_campaign(verdict_for):
    key, verdict = uuid.uuid4(), verdict_for()
    start, results = threading.Barrier(4), []

    def confirm():
        start.wait()
        try:
            results.append(freeze(verdict, key))
        finally:
            connection.close()

    threads = [threading.Thread(target=confirm) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(is_new for _campaign, is_new in results) == [False, False, False, True]
    assert (Campaign.objects.count(), Message.objects.count()) == (1, 3)
