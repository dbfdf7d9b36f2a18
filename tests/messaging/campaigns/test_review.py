"""What the gate says of a campaign before it is launched, and what accounts would charge."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from contacts.models import Contact
from smsops.messaging.campaigns.measuring import measure_campaign
from smsops.messaging.campaigns.quote import quote_campaign
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Campaign, Message, Price
from tests.people import make_person

TWO = "081234567890 085612345678"


def examine(campaign, actor=None):
    return examine_campaign(campaign, actor=actor)


def test_a_plain_campaign_passes_and_is_priced_by_operator(make_campaign, make_account):
    account = make_account(price_per_segment=Decimal(400), options={"quiet_hours_sms": ""})
    Price.objects.create(account=account, operator="Telkomsel", price=350, valid_from=date(2026, 1, 1))
    verdict = examine(make_campaign(account, pasted=TWO))
    assert (verdict.refusals, verdict.warnings, verdict.cost, verdict.approval) == ((), (), 750, "")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": " "}, "text is empty"),
        ({"text": "Halo {name"}, "part of no field"),
        ({"text": "Halo {kota}"}, "Nobody of the audience has {kota}"),
        ({"text": "a" * 20000}, "at most"),
        ({"text": "Halo ’", "message_type": "0"}, "this type of message lacks"),
        ({"pasted": "Budi"}, "Nobody would get it"),
        ({"valid_hours": 0}, "given up"),
        ({"send_at": timezone.now() - timedelta(hours=3)}, "has passed"),
        ({"channel": "whatsapp", "text": "x", "provider_schedule": True}, "scheduler"),
    ],
)
def test_it_refuses_with_a_sentence_that_says_what_to_do(make_campaign, fields, words):
    verdict = examine(make_campaign(**{"pasted": TWO} | fields))
    assert any(words in sentence for sentence in verdict.refusals), verdict.refusals


def test_a_recipient_without_the_value_asks_for_a_default(make_campaign):
    Contact.objects.create(mobile="+6281200000001", name="Bo")
    Contact.objects.create(mobile="+6281200000002")
    spec = AudienceSpec(everyone=True)
    assert "1 recipient has no {name}" in examine(make_campaign(spec=spec, text="Halo {name}")).refusals[0]
    assert examine(make_campaign(spec=spec, text="Halo {name|Anda}")).is_open


def test_who_may_not_send_may_not_launch(make_campaign):
    assert "may not send" in examine(make_campaign(pasted=TWO), make_person("Support")).refusals[0]


def test_it_warns_of_unicode_and_counts_those_who_would_not_get_it(make_campaign):
    warnings = examine(make_campaign(pasted=f"{TWO} 081712345678", text="Halo ’")).warnings
    assert any("’ (U+2019) makes 3 texts Unicode" in warning for warning in warnings)
    assert any(warning.startswith("2 of these are at Telkomsel or XL") for warning in warnings)


def test_those_who_go_by_another_account_are_warned_of_by_its_sender(make_campaign, make_account):
    named, numeric = make_account(), make_account(options={"sender_kind": "numeric"})
    for own, other, words in [(named, numeric, "1 of these is"), (numeric, named, "2 of these are")]:
        splits = {"Telkomsel": other.pk}
        campaign = make_campaign(own, pasted="0812345678 081234567890 081712345678", text="Halo ’", splits=splits)
        assert [words in warning for warning in examine(campaign).warnings].count(True) == 1


def test_it_warns_of_time_balance_and_expiry(make_campaign, make_account):
    account = make_account(
        price_per_segment=Decimal(400), balance=Decimal(1000), messages_per_second=0.01,
        balance_expires_on=date(2026, 1, 1), options={"quiet_hours_sms": ""},
    )  # fmt: skip
    make_campaign(account, status="scheduled", quoted_cost=Decimal(600))
    pasted = "\n".join(f"0812{number:08d}" for number in range(60))
    warnings = examine(make_campaign(account, pasted=pasted, valid_hours=1)).warnings
    assert [any(word in warning for warning in warnings) for word in ("Rp 400", "expires on", "hours")] == [True] * 3


def test_running_campaigns_are_reserved_by_what_is_left_of_them(make_campaign, make_account):
    account = make_account(price_per_segment=Decimal(100), balance=Decimal(10_000))
    half = {"statuses": {"queued": 5, "delivered": 5}}
    running = {"status": "running", "started_at": timezone.now()}
    make_campaign(account, **running, quoted_cost=Decimal(1000), total=10, counts=half)
    make_campaign(account, status="finished", quoted_cost=Decimal(5000), total=10)
    campaign = make_campaign(account, pasted=TWO)
    (offer,) = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert (offer.cost, offer.left, offer.is_enough) == (200, 9500, True)


def test_messages_that_wait_by_themselves_are_reserved_at_their_prices(make_campaign, make_account, queue_messages):
    account = make_account(price_per_segment=Decimal(100), balance=Decimal(10_000))
    Price.objects.create(account=account, operator="Telkomsel", price=300)
    queue_messages(account, ["+6281234567890"], operator="Telkomsel", segments=2)
    queue_messages(account, ["+6285612345678"], operator="Indosat", segments=1)
    queue_messages(account, ["+6285612345679"], operator="Indosat", status="sent")
    campaign = make_campaign(account, pasted=TWO)
    (offer,) = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert offer.left == 10_000 - 2 * 300 - 100


def test_every_account_that_can_carry_it_is_quoted_its_own_first(make_campaign, make_account):
    own = make_account(price_per_segment=Decimal(500), messages_per_second=2.0)
    cheap = make_account("unified", price_per_segment=Decimal(300))
    make_account("nusasms")
    make_account(is_active=False)
    unknown = make_account("tcast")
    campaign = make_campaign(own, pasted=TWO)
    offers = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert [(offer.account, offer.cost) for offer in offers] == [(own, 1000), (cheap, 600), (unknown, None)]
    assert offers[0].seconds == 1


def test_the_last_month_tells_how_many_arrived_by_operator(make_campaign, queue_messages):
    campaign = make_campaign(pasted=TWO)
    queue_messages(campaign.account, 30, status="delivered", operator="Telkomsel")
    queue_messages(campaign.account, ["+6281300000001"] * 10, status="undelivered", operator="Telkomsel")
    queue_messages(campaign.account, ["+6281300000002"] * 5, status="delivered", operator="Indosat Ooredoo Hutchison")
    (offer,) = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert offer.delivered == {"Telkomsel": 75}
    Message.objects.update(channel="whatsapp")
    (offer,) = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert offer.delivered == {}
    Message.objects.update(channel="sms", created_at=timezone.now() - timedelta(days=40))
    (offer,) = quote_campaign(campaign, measure_campaign(campaign=campaign))
    assert offer.delivered == {}


def test_examining_takes_few_queries_whatever_the_size(make_campaign, make_contacts, django_assert_max_num_queries):
    make_contacts(200, name="Budi")
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="Halo {name}")
    with django_assert_max_num_queries(7):
        examine(campaign)
    assert Campaign.objects.get().measured["recipients"] == 200
