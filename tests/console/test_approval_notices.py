"""Notices of campaigns that wait for a second person's word: one for each request, for who may give it."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from smsops.console.notices.mailing import send_due_mails
from smsops.console.notices.models import Notice, NoticeKind, NoticeSubscription
from smsops.console.notices.services import subscribe, unread_count, update_notices
from smsops.console.notices.words import words_of
from smsops.messaging.campaigns.audience import count_audience
from smsops.messaging.campaigns.control import cancel_campaign
from smsops.messaging.campaigns.launching import approve_campaign, launch_campaign, refuse_campaign, reopen_campaign
from smsops.messaging.campaigns.lists import store_pasted
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.models import Campaign, CampaignEvent
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def rina():
    return make_person("Operator", username="rina")


@pytest.fixture
def tono():
    return make_person("Approver", username="tono")


@pytest.fixture
def strict(make_account):
    options = {"approve_above_recipients": 1, "quiet_hours_sms": ""}
    return make_account("smsmasking", sender_id="TOKO", options=options, price_per_segment=350)


def write(account, person, name="Promo"):
    campaign = Campaign.objects.create(name=name, account=account, status="draft", text="Halo", created_by=person)
    campaign.audience = AudienceSpec().as_json()
    campaign.save()
    store_pasted(campaign=campaign, text="081234567890 085612345678")
    count_audience(campaign=campaign)
    return campaign


def ask(account, person, name="Promo"):
    campaign = write(account, person, name)
    launch_campaign(campaign_id=campaign.pk, actor=person)
    return campaign


def opened():
    update_notices()
    return list(Notice.objects.filter(closed_at=None, kind=NoticeKind.APPROVAL))


def test_it_says_which_campaign_who_asks_for_how_many_and_what_it_will_cost(strict, rina):
    campaign = ask(strict, rina, "Promo <b>100%</b>")
    (notice,) = opened()
    words = words_of(notice)
    assert words.title == "Campaign “Promo <b>100%</b>” waits for approval"
    assert words.text.startswith("rina asks for it. It goes to 2 recipients. Expected cost: Rp 700. ")
    assert words.url == reverse("messaging:campaign", args=[campaign.pk])
    assert opened() == [notice]


def test_without_a_price_the_cost_is_unknown_and_without_a_person_its_author_is_told(strict, rina):
    ask(strict, rina)
    Campaign.objects.update(quoted_cost=None)
    CampaignEvent.objects.update(actor=None)
    (notice,) = opened()
    assert words_of(notice).text.startswith("rina wrote it. It goes to 2 recipients. Expected cost: unknown. ")


@pytest.mark.parametrize(
    "decide",
    [
        lambda pk, rina, tono: approve_campaign(campaign_id=pk, actor=tono),
        lambda pk, rina, tono: refuse_campaign(campaign_id=pk, actor=tono, reason="No"),
        lambda pk, rina, tono: reopen_campaign(campaign_id=pk, actor=rina),
        lambda pk, rina, tono: cancel_campaign(campaign_id=pk, actor=rina),
    ],
    ids=["approved", "refused", "withdrawn", "cancelled"],
)
def test_it_is_over_once_nothing_waits_for_approval(strict, rina, tono, decide):
    campaign = ask(strict, rina)
    assert len(opened()) == 1
    decide(campaign.pk, rina, tono)
    assert opened() == []
    assert Notice.objects.get(kind=NoticeKind.APPROVAL).closed_at is not None


def test_who_asks_again_is_told_of_again_even_between_two_looks(strict, rina, tono):
    campaign = ask(strict, rina)
    (first,) = opened()
    refuse_campaign(campaign_id=campaign.pk, actor=tono, reason="No")
    launch_campaign(campaign_id=campaign.pk, actor=rina)
    (second,) = opened()
    assert second.pk != first.pk
    assert Notice.objects.get(pk=first.pk).closed_at is not None


def test_only_who_may_approve_sees_it_or_subscribes_to_it(strict, rina, tono):
    ask(strict, rina, "<b>Promo</b>")
    update_notices()
    half = make_person(None, "messaging.approve_campaign")
    assert [unread_count(each) for each in (tono, rina, make_person("Support"), half)] == [1, 0, 0, 0]
    page = client_of(tono).get(reverse("console:notices")).content.decode()
    assert "&lt;b&gt;Promo&lt;/b&gt;" in page
    assert "<b>Promo" not in page
    assert "Promo" not in client_of(rina).get(reverse("console:notices")).content.decode()
    for person, kinds in [(tono, ["approval"]), (rina, [])]:
        subscribe(user=person, kinds=["approval"], language="en")
        assert NoticeSubscription.objects.get(user=person).kinds == kinds
    assert "A campaign waits" not in client_of(rina).get(reverse("console:notice_settings")).content.decode()


def with_mail(person):
    person.email = f"{person.username}@example.com"
    person.save()
    subscribe(user=person, kinds=["approval"], language="en")
    return person


def test_those_who_wrote_it_or_asked_get_no_e_mail_of_it(strict, tono):
    author, asker = (with_mail(make_person("Approver", username=name)) for name in ("author", "asker"))
    with_mail(tono)
    campaign = write(strict, author)
    launch_campaign(campaign_id=campaign.pk, actor=asker)
    update_notices()
    assert send_due_mails() == 1
    (message,) = mail.outbox
    assert message.to == ["tono@example.com"]
    assert "asker asks for it." in message.body


def test_a_right_to_approve_that_ended_meanwhile_ends_the_mail(strict, rina, tono):
    with_mail(tono)
    ask(strict, rina)
    update_notices()
    tono.groups.clear()
    assert send_due_mails() == 0


def test_looking_costs_as_many_queries_for_many_campaigns(strict, rina):
    def queries():
        with CaptureQueriesContext(connection) as asked:
            update_notices()
        return len(asked)

    ask(strict, rina)
    update_notices()
    few = queries()
    for number in range(5):
        ask(strict, make_person("Operator"), f"Promo {number}")
    update_notices()
    assert queries() == few
