"""Further ways: after a refusal that they may cure, and never where nobody knows."""

import uuid
from collections import Counter

import pytest
from django.utils import timezone

from providers.services import resume_account, suspend_account
from smsops.messaging.campaigns.drafting import split_best
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.reserving import reserved
from smsops.messaging.campaigns.routing import MOVED_ON, leave_suspended, route_refused
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.campaigns.ways import make_routes, why_no_route
from smsops.messaging.compose import Refused
from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.gate import examine_campaign
from smsops.messaging.models import Campaign, Message
from smsops.messaging.sending.queue import claim


@pytest.fixture
def run(make_campaign):
    def run(account, routes, channel="sms", pasted="081234567890 085612345678", **fields):
        campaign = make_campaign(account, pasted=pasted, routes=routes, channel=channel, kind="transactional", **fields)
        launch_campaign(campaign_id=campaign.pk)
        freeze_step(campaign_id=campaign.pk, seconds=60)
        campaign.refresh_from_db()
        return campaign

    return run


def sms(account):
    return {"account": account.pk, "channel": "sms"}


def refuse(code, status="failed", **fields):
    Message.objects.filter(recipient="+6281234567890").update(status=status, error_code=code, **fields)


def test_a_sender_that_is_not_allowed_here_is_tried_there_once(run, make_account):
    first, second = make_account("unified"), make_account("smsmasking", sender_id="OTHER")
    campaign = run(first, [sms(second)])
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 1
    assert route_refused(campaign_id=campaign.pk) == 0
    again = Message.objects.get(account=second)
    original = Message.objects.get(recipient="+6281234567890", account=first)
    assert (again.resend_of, again.recipient, again.sender_id, again.status) == (
        original, "+6281234567890", "OTHER", "queued",
    )  # fmt: skip
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 0


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("1707", {"status": "uncertain"}), ("1707", {"never_resend": True}), ("1028", {}), ("1706", {}),
        ("1707", {"status": "undelivered"}), ("1715", {"status": "uncertain"}),
    ],
)  # fmt: skip
def test_nothing_else_moves(run, make_account, code, fields):
    campaign = run(make_account("unified"), [sms(make_account("smsmasking"))])
    refuse(code, **fields)
    assert route_refused(campaign_id=campaign.pk) == 0


def test_an_account_of_the_same_platform_is_no_way_out(run, make_account):
    first, second = (
        make_account("unified", options={"upstream": "Rute A"}),
        make_account(options={"upstream": "rute a"}),
    )
    campaign = run(first, [sms(second)])
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 0
    assert "same platform" in why_no_route(account=first, channel="sms", others=[second], sms_instead=False)


def test_who_has_no_whatsapp_gets_an_sms_with_its_segments(run, make_account):
    account = make_account("smsmasking", options={"channel": "both"})
    routes = make_routes(account=account, channel="whatsapp", others=[], sms_instead=True)
    assert routes == [sms(account)]
    campaign = run(account, routes, channel="whatsapp", text="a" * 200)
    refuse("1751")
    assert route_refused(campaign_id=campaign.pk) == 1
    again = Message.objects.get(resend_of__isnull=False)
    assert (again.channel, again.segments, again.account) == ("sms", 2, account)


def test_the_other_account_may_take_what_came_to_it(run, make_account):
    first, second = make_account("unified"), make_account("smsmasking")
    campaign = run(first, [sms(second)])
    refuse("1707")
    route_refused(campaign_id=campaign.pk)
    assert [row.recipient for row in claim(account_id=second.pk, limit=10, claim_id=uuid.uuid4())] == ["+6281234567890"]
    Campaign.objects.update(status="paused")
    assert claim(account_id=first.pk, limit=10, claim_id=uuid.uuid4()) == []


def test_it_is_finished_only_when_the_last_way_was_gone(run, make_account, sandbox_account):
    second = sandbox_account("smsmasking")
    campaign = run(make_account("unified"), [sms(second)])
    Message.objects.update(status="failed", error_code="1707")
    watch_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "running"
    dispatch_account(account_id=second.pk, seconds=60)
    watch_campaigns()
    campaign.refresh_from_db()
    assert campaign.status == "finished"
    assert sum(campaign.counts["statuses"].values()) == 2
    assert "failed" not in campaign.counts["statuses"]


def test_an_ordered_list_is_gone_through_one_by_one(run, make_account):
    first, second, third = make_account("unified"), make_account("unified"), make_account("smsmasking", sender_id="C")
    campaign = run(first, make_routes(account=first, channel="sms", others=[second, third], sms_instead=False))
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 1
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 1
    assert route_refused(campaign_id=campaign.pk) == 0
    tried = Message.objects.filter(recipient="+6281234567890").order_by("id")
    assert [message.account for message in tried] == [first, second, third]
    assert [message.resend_of for message in tried] == [None, *tried[:2]]


def test_no_account_stands_twice_in_the_list(make_account):
    first, second = make_account(name="Satu"), make_account(name="Dua")
    ways = {"account": first, "channel": "sms", "sms_instead": False}
    assert "“Dua” stands there already" in why_no_route(**ways, others=[second, second])
    assert "“Satu” stands there already" in why_no_route(**ways, others=[first])
    assert why_no_route(**ways, others=[second]) == ""


def suspend(account, reason="no credit"):
    account.suspended_reason = reason
    account.save()


def test_what_waits_at_a_suspended_account_goes_by_the_next_that_can_send(run, make_account):
    first, second, third = make_account("unified"), make_account("unified"), make_account(sender_id="C")
    campaign = run(first, [sms(second), sms(third)])
    suspend(first)
    suspend(second)
    assert leave_suspended(campaign_id=campaign.pk) == 2
    assert leave_suspended(campaign_id=campaign.pk) == 0
    left = Message.objects.filter(account=first)
    assert {(message.status, message.error_text) for message in left} == {("failed", MOVED_ON)}
    assert Message.objects.filter(account=third, status="queued", resend_of__in=left).count() == 2
    assert left.first().events.get().text == MOVED_ON


@pytest.mark.parametrize(
    "fields", [{"status": "sending"}, {"status": "uncertain"}, {"doubtful_since": timezone.now()}, {"status": "sent"}]
)
def test_what_may_have_gone_out_stays_at_the_suspended_account(run, make_account, fields):
    first, second = make_account("unified"), make_account()
    campaign = run(first, [sms(second)])
    Message.objects.update(**fields)
    suspend(first)
    assert leave_suspended(campaign_id=campaign.pk) == 0
    assert Message.objects.count() == 2


def test_an_account_that_runs_or_has_no_relief_keeps_its_messages(run, make_account):
    first = make_account("unified", options={"upstream": "A"})
    campaign = run(first, [sms(make_account(options={"upstream": "a"}))])
    assert leave_suspended(campaign_id=campaign.pk) == 0
    suspend(first)
    assert leave_suspended(campaign_id=campaign.pk) == 0
    assert Message.objects.filter(status="queued").count() == 2


def test_each_is_sent_once_though_its_account_is_suspended_half_way(run, sandbox, sandbox_account):
    numbers = [f"+62812{number:08d}" for number in range(60)]
    first, second = sandbox_account("unified"), sandbox_account("smsmasking")
    campaign = run(first, [sms(second)], pasted=" ".join(numbers))
    dispatch_account(account_id=first.pk, seconds=60, limit=7)
    sandbox.set_fault("unified", "credit", 1)
    dispatch_account(account_id=first.pk, seconds=60)
    first.refresh_from_db()
    assert first.suspended_reason
    Message.objects.filter(status="queued").update(send_after=timezone.now())
    watch_campaigns()
    dispatch_account(account_id=second.pk, seconds=60)
    sent = Counter(submission.number for submission in sandbox.submissions)
    assert sent == Counter(number.lstrip("+") for number in numbers)
    watch_campaigns()
    campaign.refresh_from_db()
    assert (campaign.status, sum(campaign.counts["statuses"].values())) == ("finished", 60)


def test_operators_go_by_their_own_accounts(run, make_account):
    rest, best = make_account("unified", sender_id="REST"), make_account(sender_id="BEST", name="Best")
    run(rest, [], splits={"Telkomsel": best.pk})
    found = {message.operator: (message.account, message.sender_id) for message in Message.objects.all()}
    assert found == {"Telkomsel": (best, "BEST"), "Indosat Ooredoo Hutchison": (rest, "REST")}
    for account in (rest, best):
        assert len(claim(account_id=account.pk, limit=10, claim_id=uuid.uuid4())) == 1


def test_a_split_message_moves_on_by_the_campaigns_ways(run, make_account):
    rest, best, third = make_account("smsmasking"), make_account("unified"), make_account(sender_id="C")
    campaign = run(rest, [sms(third)], splits={"Telkomsel": best.pk})
    refuse("1707")
    assert route_refused(campaign_id=campaign.pk) == 1
    assert Message.objects.get(resend_of__isnull=False).account == third


def test_a_splits_cost_and_approval_are_reckoned_by_account(make_campaign, make_account):
    rest = make_account(price_per_segment=100, balance=50)
    best = make_account(price_per_segment=300, balance=1000, options={"approve_above_recipients": 1})
    campaign = make_campaign(rest, pasted="081234567890 081234567891 085612345678", splits={"Telkomsel": best.pk})
    verdict = examine_campaign(campaign, actor=None)
    assert (verdict.cost, [share.cost for share in verdict.shares]) == (700, [100, 600])
    assert "more than the 1" in verdict.approval
    assert any("This costs Rp" in warning and rest.name in warning for warning in verdict.warnings)
    launch_campaign(campaign_id=campaign.pk)
    other = make_campaign(rest, pasted="081234567890")
    assert reserved([rest, best], but=other) == {rest.pk: 100, best.pk: 600}


def test_an_account_that_cannot_carry_it_is_refused_for_its_operator(make_campaign, make_account):
    best = make_account("nusasms", name="WA")
    campaign = make_campaign(make_account(), pasted="081234567890", splits={"Telkomsel": best.pk})
    assert "“WA” cannot carry it" in " ".join(examine_campaign(campaign, actor=None).refusals)


def test_best_for_telkomsel_cheapest_for_the_rest(make_campaign, make_account, queue_messages):
    dear, cheap = make_account(price_per_segment=400, name="Dear"), make_account(price_per_segment=100, name="Cheap")
    queue_messages(dear, 30, operator="Telkomsel", status="delivered")
    queue_messages(cheap, [f"+62813{n:08d}" for n in range(30)], operator="Telkomsel", status="undelivered")
    campaign = make_campaign(dear, pasted="081234567890 085612345678")
    split_best(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.account, campaign.splits) == (cheap, {"Telkomsel": dear.pk})
    suspend_account(account_id=dear.pk, reason="The credit is used up.")
    split_best(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.account, campaign.splits) == (cheap, {})
    resume_account(account=dear, actor=None)
    Message.objects.all().delete()
    with pytest.raises(Refused):
        split_best(campaign_id=campaign.pk)


def test_of_two_accounts_that_deliver_as_well_the_cheaper_one_is_best(make_campaign, make_account, queue_messages):
    dear, cheap = make_account(price_per_segment=400), make_account(price_per_segment=100)
    for place, account in enumerate((dear, cheap)):
        queue_messages(account, [f"+6281{place}{n:08d}" for n in range(30)], operator="Telkomsel", status="delivered")
    campaign = make_campaign(dear, pasted="081234567890 085612345678")
    split_best(campaign_id=campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.account, campaign.splits) == (cheap, {})


def test_a_suspended_account_is_told_with_what_becomes_of_its_messages(make_campaign, make_account):
    first = make_account(suspended_reason="no credit")
    campaign = make_campaign(first, pasted="081234567890")
    assert "wait until somebody resumes it" in " ".join(examine_campaign(campaign, actor=None).warnings)
    campaign.routes = [sms(make_account(name="Lain"))]
    assert "goes by “Lain”" in " ".join(examine_campaign(campaign, actor=None).warnings)


def test_many_without_whatsapp_stop_no_campaign_that_sends_them_an_sms(run, make_account):
    account = make_account("smsmasking", options={"channel": "both"})
    routes = make_routes(account=account, channel="whatsapp", others=[], sms_instead=True)
    pasted = " ".join(f"0812{number:08d}" for number in range(30))
    campaign = run(account, routes, channel="whatsapp", pasted=pasted)
    some = list(Message.objects.order_by("id").values_list("pk", flat=True)[:25])
    Message.objects.filter(pk__in=some).update(status="failed", error_code="1751")
    watch_campaigns()
    campaign.refresh_from_db()
    assert (campaign.status, Message.objects.filter(channel="sms", status="queued").count()) == ("running", 25)
