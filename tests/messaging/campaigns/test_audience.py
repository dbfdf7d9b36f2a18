"""Who gets a campaign, who does not, and why."""

import io

from contacts.models import Contact, Group
from smsops.inbox.models import Suppression
from smsops.messaging.campaigns.audience import count_audience
from smsops.messaging.campaigns.drafting import attach_file
from smsops.messaging.campaigns.lists import (
    column_names,
    drop_audience_file,
    is_reading,
    lacks_column,
    pasted_text,
    read_file_step,
    store_audience_file,
    store_pasted,
)
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import AudienceEntry, Campaign, Message


def good(campaign):
    rows = AudienceEntry.objects.filter(campaign=campaign, verdict="good").order_by("id")
    return [row.recipient for row in rows]


def verdicts(campaign):
    return {name: count for name, count in campaign.told["verdicts"].items() if count}


def group(name):
    return Group.objects.get_or_create(name=name)[0].pk


def upload(campaign, text, name="list.csv"):
    store_audience_file(campaign=campaign, file=io.BytesIO(text.encode()), name=name)
    while read_file_step(campaign_id=campaign.pk, seconds=60):
        pass
    campaign.refresh_from_db()
    count_audience(campaign=campaign)


def test_pasted_numbers_count_once_and_the_wrong_ones_are_listed(make_campaign):
    campaign = make_campaign(pasted="0812 3456 7890, +6281234567890; Budi\n021-5001234\n0856-1234-567")
    assert good(campaign) == ["+6281234567890", "+628561234567"]
    assert verdicts(campaign) == {"good": 2, "duplicate": 1, "invalid": 2}
    wrong = AudienceEntry.objects.filter(campaign=campaign, verdict="invalid")
    assert [row.spelling for row in wrong.order_by("id")] == ["Budi", "021-5001234"]
    assert campaign.told["operators"] == {"Telkomsel": 1, "Indosat Ooredoo Hutchison": 1}


def test_groups_by_any_all_and_except(make_campaign, make_contacts):
    both, toko, klinik = make_contacts(1, "Toko")[0], make_contacts(1, "Toko")[0], make_contacts(1, "Klinik")[0]
    both.groups.add(group("Klinik"))
    lapsed = make_contacts(1, "Toko")[0]
    lapsed.groups.add(group("Lama"))
    a, b, c = group("Toko"), group("Klinik"), group("Lama")
    cases = {
        AudienceSpec(any_groups=(a, b)): {both, toko, klinik, lapsed},
        AudienceSpec(any_groups=(a, b), except_groups=(c,)): {both, toko, klinik},
        AudienceSpec(all_groups=(a, b)): {both},
        AudienceSpec(any_groups=(a,), all_groups=(b,)): {both},
        AudienceSpec(everyone=True, except_groups=(a,)): {klinik},
    }
    for spec, people in cases.items():
        assert set(good(make_campaign(spec=spec))) == {person.mobile for person in people}, spec


def test_an_excepted_group_is_left_out_wherever_its_numbers_come_from(make_campaign, make_contacts):
    (lapsed,) = make_contacts(1, "Lama")
    campaign = make_campaign(pasted=f"{lapsed.mobile} 081399990000", spec=AudienceSpec(except_groups=(group("Lama"),)))
    assert good(campaign) == ["+6281399990000"]
    assert verdicts(campaign) == {"good": 1, "excluded": 1}


def test_one_number_from_several_places_is_one_recipient(make_campaign, make_contacts):
    first, second = make_contacts(2, "Toko")
    spec = AudienceSpec(any_groups=(group("Toko"),), contacts=(second.pk,))
    campaign = make_campaign(pasted=f"{first.mobile} {first.mobile}", spec=spec)
    assert sorted(good(campaign)) == [first.mobile, second.mobile]
    assert campaign.told["repeated"] == 3


def test_those_of_an_earlier_campaign_by_how_it_ended_for_them(make_campaign):
    earlier = make_campaign(status="finished")
    shared = {"account": earlier.account, "campaign": earlier, "text": "x"}
    failed = Message.objects.create(recipient="+6281200000001", status="failed", **shared)
    Message.objects.create(recipient="+6281200000002", status="delivered", **shared)
    Message.objects.create(recipient="+6281200000003", status="failed", **shared)
    Message.objects.create(recipient=failed.recipient, status="delivered", resend_of=failed, **shared)
    campaign = make_campaign(spec=AudienceSpec(earlier=earlier.pk, statuses=("failed",)))
    assert good(campaign) == ["+6281200000003"]


def test_who_opted_out_gets_nothing_unless_the_account_exempts_the_kind(make_campaign, make_account):
    Suppression.objects.create(number="+6281234567890")
    campaign = make_campaign(pasted="081234567890 085612345678")
    assert verdicts(campaign) == {"good": 1, "opted_out": 1}
    exempt = make_account(options={"opt_out_exempt_kinds": "transactional"})
    assert verdicts(make_campaign(account=exempt, pasted="081234567890", kind="transactional")) == {"good": 1}
    assert verdicts(make_campaign(account=exempt, pasted="081234567890")) == {"opted_out": 1}


def test_who_was_reached_by_another_campaign_lately_is_left_out(make_campaign):
    earlier = make_campaign(status="finished")
    shared = {"account": earlier.account, "text": "x"}
    Message.objects.create(recipient="+6281200000001", status="delivered", campaign=earlier, **shared)
    Message.objects.create(recipient="+6281200000002", status="failed", campaign=earlier, **shared)
    Message.objects.create(recipient="+6281200000003", status="delivered", **shared)
    spec = AudienceSpec(not_reached_days=7)
    campaign = make_campaign(pasted="081200000001 081200000002 081200000003", spec=spec)
    assert verdicts(campaign) == {"good": 2, "reached": 1}
    Message.objects.update(created_at="2026-01-01T00:00:00Z")
    assert count_audience(campaign=campaign)["verdicts"]["good"] == 3


def test_the_columns_of_a_file_become_merge_fields(make_campaign):
    campaign = make_campaign()
    upload(campaign, "Nama;No HP;Kota;Zona Waktu\nBudi;0812-3456-7890;Bandung\u0085;WITA\n;;;\nRina;nol;Solo;\n")
    row = AudienceEntry.objects.get(campaign=campaign, verdict="good")
    assert (row.recipient, row.zone) == ("+6281234567890", "WITA")
    assert row.fields["kota"] == "Bandung"
    assert row.fields["nama"] == row.fields["name"] == "Budi"
    assert verdicts(campaign) == {"good": 1, "invalid": 1}
    assert AudienceEntry.objects.get(campaign=campaign, verdict="invalid").spelling == "nol"


def test_the_file_wins_over_what_was_pasted(make_campaign):
    campaign = make_campaign(pasted="081234567890")
    upload(campaign, "mobile,city\n081234567890,Solo\n081234567890,Solo\n")
    assert AudienceEntry.objects.get(campaign=campaign, verdict="good").source == "file"
    assert verdicts(campaign) == {"good": 1, "duplicate": 2}


def test_a_file_whose_numbers_nobody_finds_asks_for_their_column(make_campaign):
    campaign = make_campaign()
    upload(campaign, "kota,catatan\nSolo,Budi\nSolo,-\nKlaten,0812 3456 7890\n")
    assert lacks_column(campaign)
    assert column_names(campaign) == ["1 · kota · Solo", "2 · catatan · Budi"]
    assert "which column" in " ".join(examine_campaign(campaign, actor=None).refusals)
    assert attach_file(campaign=campaign, file=None, column=1) == ""
    assert good(campaign) == ["+6281234567890"]
    assert campaign.told["verdicts"]["invalid"] == 2
    assert not lacks_column(campaign)


def test_a_wrong_guess_is_put_right_by_hand(make_campaign):
    campaign = make_campaign()
    upload(campaign, "mobile,WA\n081211111111,081234567890\n")
    assert good(campaign) == ["+6281211111111"]
    attach_file(campaign=campaign, file=None, column=1)
    assert good(campaign) == ["+6281234567890"]
    entry = campaign.entries.get()
    assert entry.fields == {"mobile": "081234567890", "wa": "081234567890"}
    for column in (1, 2, -5, None):
        attach_file(campaign=campaign, file=None, column=column)
    assert campaign.entries.get() == entry


def test_reading_a_file_goes_on_where_another_worker_stopped(make_campaign):
    campaign = make_campaign()
    rows = "".join(f"0812{number:08d}\n" for number in range(2500))
    store_audience_file(campaign=campaign, file=io.BytesIO(f"mobile\n{rows}".encode()), name="x.csv")
    assert is_reading(campaign)
    assert not read_file_step(campaign_id=campaign.pk, seconds=60)
    assert not read_file_step(campaign_id=campaign.pk, seconds=60)
    campaign.refresh_from_db()
    assert not is_reading(campaign)
    assert count_audience(campaign=campaign)["verdicts"]["good"] == 2500


def test_a_file_can_be_taken_out_again(make_campaign):
    campaign = make_campaign(pasted="085612345678")
    upload(campaign, "mobile\n081234567890\n")
    drop_audience_file(campaign=campaign)
    count_audience(campaign=campaign)
    assert good(campaign) == ["+6285612345678"]


def test_what_was_pasted_comes_back_and_the_same_again_is_no_work(make_campaign, django_assert_num_queries):
    campaign = make_campaign(pasted="081234567890, Budi")
    assert pasted_text(campaign) == "081234567890\nBudi"
    with django_assert_num_queries(2):
        store_pasted(campaign=campaign, text="081234567890, Budi")
    store_pasted(campaign=campaign, text="")
    assert pasted_text(campaign) == ""


def test_counting_again_changes_nothing_and_follows_the_contacts(make_campaign, make_contacts):
    make_contacts(3, "Toko")
    campaign = make_campaign(pasted="081399990000", spec=AudienceSpec(any_groups=(group("Toko"),)))
    first = campaign.told
    assert count_audience(campaign=campaign) == first
    Contact.objects.create(mobile="+6281399990000", name="Ani", time_zone="WIT")
    Contact.objects.filter(mobile="+6281200000000").delete()
    count_audience(campaign=campaign)
    assert campaign.told["verdicts"]["good"] == 3
    assert AudienceEntry.objects.get(campaign=campaign, recipient="+6281399990000").zone == "WIT"


def test_counting_takes_the_same_queries_whatever_the_size(make_campaign, make_contacts, django_assert_max_num_queries):
    make_contacts(300, "Toko")
    campaign = make_campaign(spec=AudienceSpec(any_groups=(group("Toko"),), not_reached_days=3))
    with django_assert_max_num_queries(16):
        count_audience(campaign=campaign)


def test_another_campaigns_rows_stay_its_own(make_campaign):
    first, second = make_campaign(pasted="081234567890"), make_campaign(pasted="081234567890 085612345678")
    assert (good(first), len(good(second))) == (["+6281234567890"], 2)
    assert Campaign.objects.count() == 2
