"""Segments and money are counted over the real rows, not over the template."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from contacts.models import Contact, Group
from smsops.messaging.campaigns.audience import AT_ONCE, count_audience
from smsops.messaging.campaigns.drafting import save_draft
from smsops.messaging.campaigns.measuring import measure_campaign, read_measured
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.campaigns.tasks import prepare_campaign
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Campaign
from tests.people import client_of


def people(**names):
    for number, name in names.items():
        Contact.objects.create(mobile=f"+{number.strip('n')}", name=name, operator="Telkomsel")


def test_one_text_for_all_is_measured_once(make_campaign, django_assert_num_queries):
    campaign = make_campaign(pasted="081234567890 085612345678", text="a" * 161)
    with django_assert_num_queries(1):
        found = measure_campaign(campaign=campaign)
    assert (found.recipients, found.least, found.most, found.total) == (2, 2, 2, 4)
    assert found.by_operator == {"Telkomsel": [1, 2, 0], "Indosat Ooredoo Hutchison": [1, 2, 0]}


def test_personal_texts_are_measured_row_by_row(make_campaign):
    people(n6281200000001="Bo", n6281200000002="B" * 20, n6281200000003="Zoë’s")
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="a" * 150 + "{name}")
    found = measure_campaign(campaign=campaign)
    assert (found.least, found.most, found.total, found.recipients) == (1, 3, 6, 3)
    assert (found.unicode_rows, found.culprit) == (1, "ë")
    assert found.longest == 170


def test_a_field_that_nobody_has_is_unknown_and_one_that_some_lack_is_counted(make_campaign):
    people(n6281200000001="Bo", n6281200000002="")
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="{name} {kota} {kode|x} {")
    found = measure_campaign(campaign=campaign)
    assert (found.unknown, found.lacking, found.strays) == (["kota", "kode"], {"name": 1, "kota": 2}, 1)


def test_a_field_of_cards_or_of_the_file_is_known_though_nobody_has_a_value(make_campaign):
    campaign = make_campaign(pasted="081234567890", text="{nama|Pelanggan} {saldo} {kota|sana}")
    campaign.audience |= {"file": {"keys": [["saldo"], []]}}
    found = measure_campaign(campaign=campaign)
    assert (found.unknown, found.lacking) == (["kota"], {"saldo": 1})


def test_free_fields_of_contacts_are_known_regardless_of_case(make_campaign):
    Contact.objects.create(mobile="+6281200000001", attributes={"Kota Asal": "Solo", "umur": 40})
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="{kota asal} {UMUR} {nomor}")
    found = measure_campaign(campaign=campaign)
    assert (found.unknown, found.lacking, found.longest) == ([], {}, len("Solo 40 +6281200000001"))


def test_whatsapp_knows_no_segments(make_campaign, make_account):
    campaign = make_campaign(make_account("nusasms"), pasted="081234567890", text="a" * 900, channel="whatsapp")
    assert measure_campaign(campaign=campaign).total == 1


def test_a_type_that_lacks_a_character_is_told_by_rows(make_campaign):
    people(n6281200000001="Bo", n6281200000002="Bo’")
    campaign = make_campaign(spec=AudienceSpec(everyone=True), text="{name}", message_type="0")
    assert measure_campaign(campaign=campaign).unfit == 1


def test_it_is_measured_anew_when_the_text_or_the_audience_changes(make_campaign, django_assert_num_queries):
    campaign = make_campaign(pasted="081234567890")
    measure_campaign(campaign=campaign)
    campaign.refresh_from_db()
    with django_assert_num_queries(0):
        assert measure_campaign(campaign=campaign).total == 1
    campaign.text = "a" * 200
    assert read_measured(campaign) is None
    measure_campaign(campaign=campaign)
    count_audience(campaign=campaign)
    assert read_measured(campaign) is None


def test_an_empty_audience_measures_the_text_alone(make_campaign):
    found = measure_campaign(campaign=make_campaign(text="a" * 161))
    assert (found.recipients, found.total, found.most) == (0, 0, 2)


def test_a_large_audience_is_counted_by_a_worker_and_the_page_says_so(make_campaign, make_contacts, rina):
    make_contacts(AT_ONCE + 1, "Toko")
    campaign = make_campaign()
    spec = AudienceSpec(any_groups=(Group.objects.get().pk,))
    save_draft(campaign_id=campaign.pk, version=None, columns={}, spec=spec, pasted="")
    figures = reverse("messaging:campaign_figures", args=[campaign.pk])
    assert "Counting the recipients" in client_of(rina).get(figures).content.decode()
    assert "still being read" in " ".join(examine_campaign(Campaign.objects.get(), actor=None).refusals)
    prepare_campaign(campaign.pk)
    assert "30,001 get it" in client_of(rina).get(figures).content.decode()


def test_only_one_worker_prepares_a_draft_at_a_time(make_campaign):
    campaign = make_campaign(pasted="081234567890", measured={})
    Campaign.objects.update(counted_at=timezone.now())
    prepare_campaign(campaign.pk)
    assert Campaign.objects.get().measured == {}
    Campaign.objects.update(counted_at=timezone.now() - timedelta(minutes=6))
    prepare_campaign(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.measured["recipients"], campaign.counted_at) == (1, None)
