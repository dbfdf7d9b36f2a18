"""Promotional messages wait for the morning of whoever reads them; others do not."""

import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from contacts.models import Contact
from providers.types import Kind
from smsops.messaging.advice import advice_for
from smsops.messaging.campaigns.holding import HELD, hold_for_the_night
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.compose import queue_messages
from smsops.messaging.gate import examine
from smsops.messaging.models import Campaign, Message
from tests.people import client_of, make_person

JAKARTA = ZoneInfo("Asia/Jakarta")
EVENING = datetime(2026, 11, 21, 21, 0, tzinfo=JAKARTA)
MORNING = datetime(2026, 11, 22, 8, 0, tzinfo=JAKARTA)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=JAKARTA)


@pytest.fixture
def send(make_account):
    def send(kind=Kind.PROMOTIONAL, options=None, recipients=("081234567890",), **fields):
        account = make_account(options=options or {})
        return queue_messages(
            verdict=examine(Draft(account=account, recipients=recipients, text="x", kind=kind, **fields))
        )

    return send


@time_machine.travel(EVENING, tick=False)
def test_what_is_written_at_night_waits_and_says_why(send):
    Contact.objects.create(mobile="+6281300000001", time_zone="WIT")
    west, east = send(recipients=["081234567890", "081300000001"])
    assert (west.send_after, west.error_text) == (MORNING, HELD)
    assert east.send_after == MORNING - timedelta(hours=2)
    assert west.expires_at == MORNING + timedelta(hours=24)


@time_machine.travel(EVENING, tick=False)
def test_the_gate_says_so_before(make_account):
    warnings = examine(
        Draft(account=make_account(), recipients=["081234567890"], text="x", kind=Kind.PROMOTIONAL)
    ).warnings
    assert any("until 08:00" in warning for warning in warnings)


@time_machine.travel(EVENING, tick=False)
@pytest.mark.parametrize(
    "given",
    [
        {"kind": Kind.TRANSACTIONAL}, {"kind": Kind.OTP}, {"day_and_night": "flood warning"},
        {"options": {"quiet_hours_sms": ""}}, {"options": {"quiet_hours_sms": "23:00-05:00"}},
    ],
)  # fmt: skip
def test_some_go_out_at_night_all_the_same(send, given):
    (message,) = send(**given)
    assert (message.send_after, message.error_text) == (EVENING, "")


@time_machine.travel(NOON, tick=False)
def test_by_day_nothing_is_held(send):
    (message,) = send()
    assert message.send_after == NOON
    assert hold_for_the_night() == 0


def test_what_the_evening_overtakes_is_put_off(make_account):
    account = make_account()
    Contact.objects.create(mobile="+6281300000001", time_zone="WIT")
    due = {"account": account, "text": "x", "send_after": NOON, "expires_at": NOON + timedelta(days=2)}
    common = due | {"kind": "promotional"}
    runs = Campaign.objects.create(name="a", account=account, status="running", kind="promotional")
    urgent = Campaign.objects.create(name="b", account=account, status="running", day_and_night="flood")
    held = [
        Message.objects.create(recipient="+6281200000001", **common),
        Message.objects.create(recipient="+6281200000001", campaign=runs, **common),
        Message.objects.create(
            recipient="+6281300000001", campaign=runs, contact=Contact.objects.get(), **common,
        ),
    ]  # fmt: skip
    free = [
        Message.objects.create(recipient="+6281200000002", campaign=urgent, **common),
        Message.objects.create(recipient="+6281200000003", **due | {"kind": "transactional"}),
        Message.objects.create(recipient="+6281200000004", status="sending", **common),
    ]
    with time_machine.travel(datetime(2026, 11, 21, 19, 0, tzinfo=JAKARTA)):
        assert hold_for_the_night() == 1
    with time_machine.travel(EVENING):
        assert hold_for_the_night() == 2
        assert hold_for_the_night() == 0
    moments = [Message.objects.get(pk=row.pk).send_after for row in held]
    assert moments == [MORNING, MORNING, MORNING - timedelta(hours=2)]
    assert all(Message.objects.get(pk=row.pk).send_after == NOON for row in free)


def test_it_looks_a_little_ahead_so_that_nothing_slips_through(make_account):
    last = datetime(2026, 11, 21, 19, 59, 50, tzinfo=JAKARTA)
    Message.objects.create(
        account=make_account(), recipient="+6281200000001", text="x", kind="promotional", send_after=NOON
    )
    with time_machine.travel(last - timedelta(minutes=1)):
        assert hold_for_the_night() == 0
    with time_machine.travel(last):
        assert hold_for_the_night() == 1
    assert Message.objects.get().send_after == MORNING


@time_machine.travel(EVENING, tick=False)
def test_compose_holds_a_promotion_until_the_morning_and_says_so_unless_a_reason_is_given(make_account):
    account = make_account(name="Toko")
    client = client_of(make_person("Operator"))
    entered = {
        "nonce": uuid.uuid4(), "account": account.pk, "channel": "sms", "kind": "promotional", "when": "now",
        "recipients": "081234567890", "text": "Promo",
    }  # fmt: skip
    assert "held until Sun 22 Nov, 08:00 WIB" in client.post(reverse("messaging:confirm"), entered).content.decode()
    answer = client.post(reverse("messaging:confirm"), entered | {"send": "1"})
    assert "Held until Sun 22 Nov 2026, 08:00 WIB: quiet hours." in client.get(answer.url).content.decode()
    assert "Held until Sun 22 Nov, 08:00 WIB: quiet hours where" in advice_for(Message.objects.get())
    urgent = entered | {"nonce": uuid.uuid4(), "day_and_night": "flood <b>warning"}
    page = client.post(reverse("messaging:confirm"), urgent).content.decode()
    assert "Also in quiet hours, because: flood &lt;b&gt;warning" in page
    assert "held until" not in page
    client.post(reverse("messaging:confirm"), urgent | {"send": "1"})
    message = Message.objects.latest("id")
    assert (message.send_after, message.campaign.day_and_night) == (EVENING, "flood <b>warning")
    assert hold_for_the_night() == 0
