"""The gate: what may be sent, and what one is told."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from providers.types import Channel, Encoding
from smsops.messaging.checking.drafts import Draft
from smsops.messaging.gate import examine
from smsops.messaging.models import Message, Outbox, Price

NUMBER = "0812 3456 7890"


@pytest.fixture
def look(make_account):
    """Examine a draft; an account of `provider` is made for it unless one is given."""

    def examine_draft(provider="smsmasking", **fields):
        account = fields.pop("account", None) or make_account(provider)
        return examine(Draft(**{"account": account, "recipients": [NUMBER], "text": "Halo"} | fields))

    return examine_draft


def in_an_hour():
    return datetime.now(UTC) + timedelta(hours=1)


def test_it_lets_a_plain_message_pass(look):
    verdict = look()
    assert (verdict.is_open, verdict.refusals, verdict.warnings) == (True, (), ())
    assert verdict.recipients == ("+6281234567890",)


def test_it_sends_each_number_once_in_order_and_lists_the_rest(look):
    verdict = look(recipients=["0813-1111-2222", NUMBER, "6281234567890", "Budi", "0215001234", "8.12E+10"])
    assert verdict.recipients == ("+6281311112222", "+6281234567890")
    assert verdict.duplicates == 1
    assert [each.spelling for each in verdict.invalid] == ["Budi", "0215001234", "8.12E+10"]
    assert "spreadsheet" in verdict.invalid[2].reason
    assert verdict.is_open
    assert len(verdict.warnings) == 2


@pytest.mark.parametrize("recipients", [[], ["Budi"], ["Budi", "021"]])
def test_it_refuses_when_nobody_would_get_it(look, recipients):
    assert not look(recipients=recipients).is_open


def test_it_refuses_a_person_without_the_right(look):
    support = User.objects.create_user("support")
    assert "may not send" in look(actor=support).refusals[0]


def test_it_lets_a_person_with_the_right_send(look):
    operator = User.objects.create_user("operator")
    operator.user_permissions.add(Permission.objects.get(codename="send_message"))
    assert look(actor=operator).is_open


def test_it_refuses_an_account_that_is_not_in_use(look, make_account):
    assert "not in use" in look(account=make_account(is_active=False)).refusals[0]


def test_a_suspended_account_is_a_warning_only(look, make_account):
    verdict = look(account=make_account(suspended_reason="credit used up"))
    assert verdict.is_open
    assert "credit used up" in verdict.warnings[0]


def test_a_held_outbox_is_a_warning_only(look):
    Outbox.objects.update_or_create(id=1, defaults={"held_since": datetime.now(UTC), "hold_reason": "restored"})
    verdict = look()
    assert verdict.is_open
    assert "restored" in verdict.warnings[0]


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        ("rajasms", {"channel": Channel.WHATSAPP}),
        ("nusasms", {"channel": Channel.SMS}),
        ("smsmasking", {"is_flash": True}),
        ("smsmasking", {"wants_url": True, "wap_url": "https://example.co.id"}),
        ("unified", {"wants_url": True, "wap_url": "javascript:alert(1)"}),
        ("unified", {"wants_url": True}),
        ("smsmasking", {"encoding": Encoding.LATIN1}),
        ("unified", {"encoding": Encoding.GSM7, "text": "Halo ’"}),
        ("unified", {"encoding": Encoding.LATIN1, "text": "Halo 😀"}),
        ("unified", {"sender_id": "MUCH TOO LONG A NAME"}),
        ("smsmasking", {"sender_id": "OTHER"}),
        ("rajasms", {"text": "a" * 481}),
        ("smsmasking", {"text": " \n "}),
        ("smsmasking", {"text": "\x00"}),
        ("smsmasking", {"send_after": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("smsmasking", {"send_after": datetime.now(UTC) + timedelta(days=400)}),
        ("smsmasking", {"send_after": in_an_hour(), "provider_schedule": True}),
        ("unified", {"provider_schedule": True}),
    ],
)
def test_it_refuses_before_the_wire_what_the_account_cannot_do(look, provider, fields):
    verdict = look(provider, **fields)
    assert len(verdict.refusals) == 1
    assert verdict.refusals[0].endswith(".")


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        ("nusasms", {"channel": Channel.WHATSAPP}),
        ("unified", {"is_flash": True, "encoding": Encoding.UCS2}),
        ("unified", {"wants_url": True, "wap_url": "https://example.co.id/promo"}),
        ("unified", {"encoding": Encoding.LATIN1, "text": "Çà et là"}),
        ("unified", {"sender_id": "TOKO"}),
        ("unified", {"send_after": in_an_hour(), "provider_schedule": True}),
        ("rajasms", {"send_after": in_an_hour(), "provider_schedule": True}),
        ("rajasms", {"text": "a" * 480}),
    ],
)
def test_it_lets_pass_what_the_account_offers(look, provider, fields):
    assert look(provider, **fields).refusals == ()


def test_it_names_the_character_that_an_account_cannot_send(look, make_account):
    account = make_account(options={"send_with": "plain"})
    assert "’ (U+2019), character 5, needs Unicode" in look(account=account, text="Budi’s").refusals[0]


def test_it_refuses_more_numbers_than_a_pasted_list_may_have(look):
    verdict = look(recipients=[f"0812{number:08d}" for number in range(10_001)])
    assert "10001" in verdict.refusals[0]


def test_it_refuses_to_resend_what_the_provider_forbids(look, make_account):
    account = make_account("unified")
    original = Message.objects.create(account=account, recipient="+6281234567890", text="x", never_resend=True)
    assert "forbids" in look(account=account, resend_of=original).refusals[0]


def test_it_cleans_the_text(look):
    assert look(text="a\x00b\r\nc\ud800").draft.text == "ab\nc"


def test_it_prices_all_segments(look, make_account):
    account = make_account(price_per_segment=Decimal("350"))
    verdict = look(account=account, text="a" * 161, recipients=[NUMBER, "0813-1111-2222"])
    assert (verdict.total_segments, verdict.cost) == (4, Decimal("1400"))


def test_an_unknown_price_is_an_unknown_cost(look):
    assert look().cost is None


def test_it_warns_when_the_balance_will_not_do(look, make_account):
    account = make_account(price_per_segment=Decimal("350"), balance=Decimal("100"), balance_bonus=Decimal("50"))
    assert "Rp 350" in look(account=account).warnings[0]
    account.balance_bonus = Decimal("250")
    assert look(account=account).warnings == ()


def test_whatsapp_counts_messages_not_segments(look):
    assert look("nusasms", channel=Channel.WHATSAPP, text="a" * 900).total_segments == 1


def test_it_warns_of_unicode_from_an_alpha_sender_to_telkomsel_and_xl(look, make_account):
    recipients = [NUMBER, "0817-123-4567", "0856-1234-567"]
    verdict = look(text="Halo ’", recipients=recipients)
    assert verdict.warnings[0].startswith("2 recipients are at Telkomsel or XL")
    numeric = make_account(options={"sender_kind": "numeric"})
    assert look(account=numeric, text="Halo ’", recipients=recipients).warnings == ()


def test_it_warns_when_one_character_makes_a_text_dearer(look):
    warnings = look(text="a" * 100 + "’", recipients=["0856-1234-567"]).warnings
    assert "2 segments instead of 1" in warnings[0]


def test_it_takes_three_queries_at_most(look, make_account, django_assert_max_num_queries):
    account = make_account()
    with django_assert_max_num_queries(3):
        look(account=account, recipients=[f"0812{number:08d}" for number in range(200)])


def test_a_provider_that_demands_a_sender_id_gets_no_message_without_one(make_account):
    account = make_account("unified", sender_id="")
    verdict = examine(Draft(account=account, recipients=["081234567890"], text="Halo"))
    assert any("needs a sender ID" in refusal for refusal in verdict.refusals)


def test_a_provider_with_a_sender_of_its_own_needs_none(make_account):
    account = make_account("tcast", sender_id="")
    assert examine(Draft(account=account, recipients=["081234567890"], text="Halo")).is_open


def test_the_cost_is_that_of_the_dated_price_list_by_operator(look, make_account):
    account = make_account(price_per_segment=350)
    today = timezone.localdate()
    Price.objects.create(account=account, operator="Telkomsel", price=500, valid_from=today)
    Price.objects.create(account=account, operator="Telkomsel", price=900, valid_from=today + timedelta(days=3))
    recipients = ["081234567890", "085612345678"]
    assert look(account=account, recipients=recipients).cost == 850
    later = timezone.now() + timedelta(days=4)
    assert look(account=account, recipients=recipients, send_after=later).cost == 1250
