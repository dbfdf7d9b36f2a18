"""Old messages lose their text and number and keep what figures are made of."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.test import override_settings
from django.utils import timezone

from contacts.models import Contact
from providers.types import Channel, InboundText
from smsops.console.models import RetentionProgress
from smsops.console.retention.pruning import count_old, prune_old
from smsops.inbox.models import AutoReply, Conversation, InboundMessage
from smsops.inbox.services import store_inbound
from smsops.messaging.models import AudienceEntry, Campaign, Message, MessageEvent
from smsops.reports.models import DailyFigure
from smsops.reports.rollup_following import catch_up, rebuild

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=40)
FIGURES = ("status", "operator", "segments", "price", "reference", "account_id", "sent_at", "error_code")


@pytest.fixture(autouse=True)
def kept_for_40_days():
    with override_settings(
        MESSAGE_TEXTS_KEPT_DAYS=35, MESSAGE_EVENTS_KEPT_DAYS=0, CALLS_KEPT_DAYS=0, RECEIPTS_KEPT_DAYS=0,
        LOOKUPS_KEPT_DAYS=0, SYNC_STEPS_KEPT_DAYS=0, NOTICES_KEPT_DAYS=0,
    ):  # fmt: skip
        yield


@pytest.fixture
def sent(make_account, queue_messages):
    """`sent(status, age, …)`: two messages to a contact, which ended so long ago."""
    account = make_account()

    def make(status="delivered", age=LONG_AGO, **fields):
        at = timezone.now() - age
        contact = Contact.objects.create(mobile="+6281290000001", name="Ani")
        rows = queue_messages(
            account, 2, status=status, sent_at=at, attempted_at=at, segments=2, operator="Telkomsel", price="300",
            error_text="no +6281200000000 here", contact=contact, **fields,
        )  # fmt: skip
        events = [MessageEvent(message=row, status=status, source="poll", raw=row.recipient, text="x") for row in rows]
        MessageEvent.objects.bulk_create(events)
        return account, rows

    return make


def figures():
    return list(Message.objects.order_by("id").values_list(*FIGURES))


def test_text_number_and_contact_go_and_the_figures_stay(sent):
    _account, rows = sent()
    AutoReply.objects.create(number=rows[0].recipient, message_id=rows[0].pk)
    before = figures()
    assert count_old() == {"audiences": 0, "texts": 2, "received": 0}
    assert prune_old(seconds=60) == {"texts": 2}
    assert figures() == before
    for message in Message.objects.all():
        assert (message.text, message.contact_id, message.never_resend) == ("", None, True)
        assert message.recipient == f"*{message.pk}*"
    assert Message.objects.order_by("id")[0].error_text == "no +62… here"
    assert set(MessageEvent.objects.values_list("raw", "text")) == {("", "")}
    assert not AutoReply.objects.exists()
    assert prune_old(seconds=60) == {}
    assert count_old()["texts"] == 0


def test_young_and_unfinished_ones_are_left_alone(sent, queue_messages):
    account, _rows = sent(age=timedelta(days=30))
    long_ago = timezone.now() - LONG_AGO
    queue_messages(account, ["+6281233333333"], send_after=long_ago, created_at=long_ago)
    queue_messages(account, ["+6281244444444"], status="uncertain", attempted_at=long_ago)
    assert prune_old(seconds=60) == {}
    assert not Message.objects.filter(recipient__startswith="*").exists()


def test_nought_keeps_texts_for_ever(sent):
    sent()
    with override_settings(MESSAGE_TEXTS_KEPT_DAYS=0):
        assert prune_old(seconds=60) == {}


def test_less_than_a_month_is_a_month_as_reports_may_still_come(sent):
    sent(age=timedelta(days=20))
    with override_settings(MESSAGE_TEXTS_KEPT_DAYS=1):
        assert prune_old(seconds=60) == {}


def test_a_campaign_still_has_each_once_and_loses_its_list(sent, make_account):
    at = timezone.now() - LONG_AGO
    campaign = Campaign.objects.create(name="Old", account=make_account(), status="finished", finished_at=at)
    AudienceEntry.objects.create(campaign=campaign, recipient="+6281200000000", source="pasted")
    running = Campaign.objects.create(name="Draft", account=campaign.account, status="draft")
    AudienceEntry.objects.create(campaign=running, recipient="+6281200000000", source="pasted")
    _account, rows = sent(campaign=campaign)
    assert prune_old(seconds=60) == {"audiences": 1, "texts": 2}
    assert AudienceEntry.objects.get().campaign == running
    with pytest.raises(IntegrityError):
        Message.objects.create(campaign=campaign, account=campaign.account, recipient=f"*{rows[0].pk}*", text="x")


def test_it_goes_on_where_it_stopped(sent):
    sent()
    assert prune_old(seconds=0) == {}
    assert prune_old(seconds=60) == {"texts": 2}
    reached = RetentionProgress.objects.get(name="texts").moment
    assert timezone.now() - reached > timedelta(days=34)


def test_what_is_decided_after_its_time_goes_too(sent, queue_messages):
    account, _rows = sent()
    long_ago, numbers = timezone.now() - LONG_AGO, ["+6281244444444", "+6281244444445"]
    doubtful, other = queue_messages(account, numbers, status="uncertain", attempted_at=long_ago)
    assert prune_old(seconds=5) == {"texts": 2}
    Message.objects.filter(pk=doubtful.pk).update(status="delivered", sent_at=long_ago)
    MessageEvent.objects.create(message=doubtful, status="delivered", source="staff")
    # The transaction of an older step may still be under way.
    assert prune_old(seconds=5) == {}
    MessageEvent.objects.update(at=timezone.now() - timedelta(hours=2))
    assert count_old()["texts"] == 1
    assert prune_old(seconds=5) == {"texts": 1}
    doubtful.refresh_from_db()
    assert (doubtful.recipient, doubtful.text) == (f"*{doubtful.pk}*", "")
    assert Message.objects.get(recipient__startswith="+62") == other
    assert (count_old()["texts"], prune_old(seconds=5)) == (0, {})


def test_a_report_that_comes_later_leaves_no_number_behind(sent):
    _account, [row, _other] = sent()
    assert prune_old(seconds=5) == {"texts": 2}
    late = MessageEvent.objects.create(message=row, status="delivered", source="callback", raw="+628…", text="y")
    MessageEvent.objects.update(at=timezone.now() - timedelta(hours=2))
    prune_old(seconds=5)
    late.refresh_from_db()
    assert (late.raw, late.text, late.status) == ("", "", "delivered")


def test_roll_ups_have_nothing_to_mend_afterwards(sent):
    sent()
    catch_up(seconds=60)
    before = list(DailyFigure.objects.order_by("id").values())
    prune_old(seconds=60)
    assert [each for _day, found in rebuild() for each in found] == []
    assert [row | {"id": 0} for row in DailyFigure.objects.values()] == [row | {"id": 0} for row in before]


def test_received_ones_and_their_conversations_go_alike(make_account):
    account = make_account()
    for number, sender in enumerate(("+6281290000001", "+6281290000002")):
        text = InboundText(provider_message_id=str(number), sender=sender, text="Halo", channel=Channel.SMS)
        store_inbound(account=account, texts=[text])
    InboundMessage.objects.filter(sender__endswith="1").update(created_at=timezone.now() - LONG_AGO)
    assert count_old()["received"] == 1
    assert prune_old(seconds=60) == {"received": 1}
    old, young = InboundMessage.objects.order_by("id")
    assert (old.sender, old.text) == (f"*{old.pk}*", "")
    assert (young.sender, young.text) == ("+6281290000002", "Halo")
    assert Conversation.objects.get().number == young.sender


def test_steps_of_messages_go_after_their_own_days(sent):
    sent()
    MessageEvent.objects.update(at=timezone.now() - LONG_AGO)
    with override_settings(MESSAGE_EVENTS_KEPT_DAYS=35, MESSAGE_TEXTS_KEPT_DAYS=0):
        assert prune_old(seconds=60) == {"events": 2}
    assert Message.objects.filter(recipient__startswith="+62").count() == 2
