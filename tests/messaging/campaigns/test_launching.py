"""From a draft to messages: once, whoever presses, and never what nobody has seen."""

import threading
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.utils import translation

from contacts.models import Contact, Group
from smsops.messaging.campaigns.freezing import freeze_chunk
from smsops.messaging.campaigns.launching import (
    Moved,
    approve_campaign,
    launch_campaign,
    refuse_campaign,
    reopen_campaign,
)
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.compose import Refused
from smsops.messaging.models import Campaign, CampaignEvent, Message, Template
from tests.messaging.campaigns.launches import freeze, launch
from tests.people import make_person

JAKARTA = ZoneInfo("Asia/Jakarta")
NOON = datetime(2027, 1, 31, 12, 0, tzinfo=JAKARTA)


# --- launch and freeze -------------------------------------------------------------------------------------------


def test_a_launch_writes_a_personal_message_for_each_recipient(make_campaign, rina):
    contact = Contact.objects.create(mobile="+6281234567890", name="Budi’s", operator="Telkomsel")
    campaign = make_campaign(pasted="081234567890 085612345678", text="Halo {name|Anda}", kind="transactional")
    assert launch(campaign, rina) == "freezing"
    first, second = freeze(campaign)
    assert (first.text, first.encoding, first.contact, first.operator) == ("Halo Budi’s", "ucs2", contact, "Telkomsel")
    assert (second.text, second.encoding, second.sender_id) == ("Halo Anda", "gsm7", "TOKO")
    assert first.expires_at - first.send_after >= timedelta(hours=24)
    assert (campaign.status, campaign.total, first.created_by) == ("running", 2, rina)


def test_a_freeze_repeated_adds_nothing(make_campaign):
    campaign = make_campaign(pasted="081234567890 085612345678")
    launch(campaign)
    rows = freeze(campaign)
    Campaign.objects.update(status="freezing")
    assert freeze(campaign) == rows
    assert campaign.total == 2


def test_a_freeze_that_was_cut_off_goes_on_where_it_was(make_campaign):
    campaign = make_campaign(pasted="\n".join(f"0812{number:08d}" for number in range(4500)))
    launch(campaign)
    assert freeze_chunk(campaign_id=campaign.pk)
    assert Message.objects.count() == 2000
    assert len(freeze(campaign)) == 4500
    assert campaign.total == 4500
    assert len({row.recipient for row in Message.objects.all()}) == 4500


def test_a_group_that_is_edited_while_it_freezes_changes_nothing(make_campaign, make_contacts):
    people = make_contacts(3, "Toko")
    group = Group.objects.get()
    campaign = make_campaign(spec=AudienceSpec(any_groups=(group.pk,)))
    launch(campaign)
    group.contacts.clear()
    group.contacts.add(*make_contacts(2))
    assert [row.recipient for row in freeze(campaign)] == [person.mobile for person in people]


def test_a_template_that_is_edited_after_the_launch_changes_nothing(make_campaign):
    template = Template.objects.create(name="Promo", text="Halo")
    campaign = make_campaign(pasted="081234567890", text="Halo", template=template)
    launch(campaign)
    Template.objects.update(text="Hai")
    assert freeze(campaign)[0].text == "Halo"
    template.refresh_from_db()
    assert (template.use_count, template.used_at is None) == (1, False)


def test_a_value_that_went_away_since_it_was_counted_is_no_hole_in_a_text(make_campaign):
    contact = Contact.objects.create(mobile="+6281234567890", name="Budi")
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="Halo {name}")
    launch(campaign)
    Contact.objects.filter(pk=contact.pk).update(name="")
    assert freeze(campaign) == []
    assert campaign.entries.get().verdict == "incomplete"


def test_a_slow_campaign_spreads_its_messages(make_campaign):
    campaign = make_campaign(pasted="081200000001 081200000002 081200000003", per_second=0.5, kind="transactional")
    launch(campaign)
    first, second, third = (row.send_after for row in freeze(campaign))
    assert (second - first, third - first) == (timedelta(seconds=2), timedelta(seconds=4))


def test_what_is_wrong_is_told_and_nothing_launched(make_campaign):
    campaign = make_campaign(pasted="081234567890", text="Halo {kota}")
    with pytest.raises(Refused, match="Nobody of the audience has"):
        launch(campaign)
    campaign.refresh_from_db()
    assert (campaign.status, CampaignEvent.objects.count()) == ("draft", 0)


def test_who_saw_other_figures_launches_nothing(make_campaign):
    campaign = make_campaign(pasted="081234567890")
    Campaign.objects.update(version=5)
    with pytest.raises(Moved):
        launch(campaign)


def test_a_launch_repeated_by_a_reload_launches_nothing(make_campaign):
    campaign = make_campaign(pasted="081234567890")
    launch(campaign)
    with pytest.raises(Moved):
        launch_campaign(campaign_id=campaign.pk, version=campaign.version)
    assert len(freeze(campaign)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_press_at_once_and_it_is_launched_once(make_campaign):
    campaign = make_campaign(pasted="081234567890")
    barrier, outcomes = threading.Barrier(2), []

    def press():
        barrier.wait()
        try:
            launch_campaign(campaign_id=campaign.pk, version=0)
            outcomes.append("launched")
        except Moved:
            outcomes.append("moved")
        while freeze_chunk(campaign_id=campaign.pk):
            pass
        connection.close()

    threads = [threading.Thread(target=press) for _each in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["launched", "moved"]
    assert Message.objects.count() == 1


# --- approval ----------------------------------------------------------------------------------------------------


def test_above_the_threshold_a_second_person_decides(make_campaign, strict, rina, approver):
    campaign = make_campaign(strict, pasted="081200000001 081200000002")
    assert launch(campaign, rina) == "approval"
    assert "2 recipients are more than the 1" in campaign.state_reason
    approve_campaign(campaign_id=campaign.pk, actor=approver, reason="checked with marketing")
    event = CampaignEvent.objects.get(kind="approved")
    assert (event.actor, event.text) == (approver, "checked with marketing")
    assert len(freeze(campaign)) == 2


def test_what_waits_for_approval_is_not_called_launched_and_says_why_in_any_language(make_campaign, strict, rina):
    campaign = make_campaign(strict, pasted="081200000001 081200000002")
    with translation.override("id"):
        launch(campaign, rina)
    assert list(CampaignEvent.objects.values_list("kind", flat=True)) == ["asked"]
    assert campaign.state_reason.startswith("2 recipients are more than the 1 that")


def test_nobody_approves_a_text_that_has_changed_since_he_read_it(make_campaign, strict, rina, approver):
    campaign = make_campaign(strict, pasted="081200000001 081200000002")
    launch(campaign, rina)
    reopen_campaign(campaign_id=campaign.pk, actor=rina)
    campaign.refresh_from_db()
    launch(campaign, rina)
    for decide in (approve_campaign, refuse_campaign):
        with pytest.raises(Moved):
            decide(campaign_id=campaign.pk, actor=approver, reason="as I read it", version=0)
    assert approve_campaign(campaign_id=campaign.pk, actor=approver, version=1).status == "freezing"


def test_nobody_approves_what_he_wrote_or_launched(make_campaign, strict, approver, rina):
    own = make_campaign(strict, pasted="081200000001 081200000002", created_by=approver)
    launch(own, rina)
    launched = make_campaign(strict, pasted="081200000001 081200000002")
    launch(launched, approver)
    waiting = make_campaign(strict, pasted="081200000001 081200000002")
    launch(waiting, rina)
    for campaign, actor in [(own, approver), (launched, approver), (waiting, make_person("Operator"))]:
        with pytest.raises(Refused, match="Somebody else"):
            approve_campaign(campaign_id=campaign.pk, actor=actor)
    assert Campaign.objects.filter(status="approval").count() == 3


def test_a_refusal_goes_back_to_its_author_with_the_reason(make_campaign, strict, rina, approver):
    campaign = make_campaign(strict, pasted="081200000001 081200000002")
    launch(campaign, rina)
    refuse_campaign(campaign_id=campaign.pk, actor=approver, reason="wrong price")
    campaign.refresh_from_db()
    assert (campaign.status, campaign.state_reason, campaign.version) == ("draft", "wrong price", 1)
    assert CampaignEvent.objects.get(kind="refused").text == "wrong price"


def test_money_above_the_threshold_and_an_unknown_price_ask_as_well(make_campaign, make_account, rina):
    options = {"approve_above_cost": 500}
    dear = make_account(options=options, price_per_segment=Decimal(300))
    assert launch(make_campaign(dear, pasted="081200000001"), rina) == "freezing"
    assert launch(make_campaign(dear, pasted="081200000001 081200000002"), rina) == "approval"
    assert launch(make_campaign(make_account(options=options), pasted="081200000001"), rina) == "approval"


def test_what_has_not_started_can_be_taken_back(make_campaign, strict, rina):
    campaign = make_campaign(strict, pasted="081200000001 081200000002")
    launch(campaign, rina)
    reopen_campaign(campaign_id=campaign.pk, actor=rina)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.version) == ("draft", 1)
