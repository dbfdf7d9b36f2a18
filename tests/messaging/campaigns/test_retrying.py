"""Only what failed is sent again, and only where its reason leaves hope."""

import pytest

from providers.reasons import CODES, REPEATS, Reason, repeat_of
from providers.registry import PROVIDERS
from providers.types import Outcome
from smsops.messaging.campaigns.counting import count_messages
from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import launch_campaign
from smsops.messaging.campaigns.page import live_context
from smsops.messaging.campaigns.retrying import Ending, retry_failed
from smsops.messaging.campaigns.watching import watch_campaigns
from smsops.messaging.compose import Refused
from smsops.messaging.models import Campaign, Message
from tests.people import make_person

NUMBERS = "\n".join(f"0812{number:08d}" for number in range(10))


@pytest.fixture
def campaign(make_campaign):
    campaign = make_campaign(pasted=NUMBERS, kind="transactional")
    launch_campaign(campaign_id=campaign.pk)
    freeze_step(campaign_id=campaign.pk, seconds=60)
    Message.objects.update(status="delivered")
    campaign.refresh_from_db()
    return campaign


def end(place, status, code="", **fields):
    pk = Message.objects.order_by("pk").values_list("pk", flat=True)[place]
    Message.objects.filter(pk=pk).update(status=status, error_code=code, **fields)


def like(campaign, status, code=""):
    return Ending(status, campaign.account_id, code)


def retry(campaign, *endings, actor=None):
    return retry_failed(campaign_id=campaign.pk, endings=endings, actor=actor)


def test_only_the_failed_of_the_chosen_reasons_are_sent_again_and_once(campaign, rina):
    for place in range(3):
        end(place, "failed", "1708")
    end(3, "failed", "1706")
    end(4, "failed", "1708", never_resend=True)
    end(5, "uncertain", "1708")
    watch_campaigns()
    assert retry(campaign, like(campaign, "failed", "1708"), actor=rina) == 3
    assert retry(campaign, like(campaign, "failed", "1708"), actor=rina) == 0
    tried = Message.objects.filter(resend_of__isnull=False)
    assert {row.status for row in tried} == {"queued"}
    assert {row.resend_of.error_code for row in tried} == {"1708"}
    campaign.refresh_from_db()
    assert campaign.status == "running"
    assert count_messages(campaign)["statuses"] == {"delivered": 4, "queued": 3, "failed": 2, "uncertain": 1}


@pytest.mark.parametrize(
    ("status", "code"), [("failed", "1706"), ("rejected", ""), ("failed", "????"), ("suppressed", ""), ("sent", "")]
)
def test_where_it_makes_no_sense_nothing_is_sent_again(campaign, status, code):
    end(0, status, code)
    with pytest.raises(Refused):
        retry(campaign, like(campaign, status, code))
    assert Message.objects.count() == 10


def test_the_same_code_of_another_account_is_another_reason(campaign, make_account):
    end(0, "failed", "1708")
    assert retry(campaign, Ending("failed", make_account().pk, "1708")) == 0


def test_who_may_not_send_sends_nothing_again(campaign):
    end(0, "failed")
    with pytest.raises(Refused):
        retry(campaign, like(campaign, "failed"), actor=make_person("Support"))
    assert Message.objects.count() == 10


def test_every_line_says_whether_it_makes_sense_and_why(campaign):
    end(0, "failed", "1706")
    end(1, "undelivered")
    end(2, "failed", "1708", never_resend=True)
    end(3, "suppressed")
    lines = {line.label.split(" · ")[0] + line.key[-4:]: line for line in live_context(campaign)["reasons"]}
    assert {(line.can_retry, line.advice) for line in lines.values()} == {
        (False, "The number will be as wrong again. Correct the contact."),
        (True, "Later the phone may be on again."),
        (False, "The provider forbids sending this message again."),
        (False, ""),
    }


def test_what_was_noted_before_the_accounts_were_is_passed_over(campaign):
    Campaign.objects.update(total=1_000_000, counts={"statuses": {}, "reasons": [["failed", "1706", "x", 3]]})
    campaign.refresh_from_db()
    assert live_context(campaign)["reasons"] == []
    assert live_context(campaign)["statuses"] == []


@pytest.mark.parametrize("key", ["", "failed", "failed:", "failed:x:1", "failed:99999999999999999999:1"])
def test_a_forged_reason_is_none(key):
    assert Ending.read(key) is None


def test_a_code_may_hold_a_colon():
    ending = Ending("failed", 3, "a:b")
    assert Ending.read(ending.key) == ending


def test_every_code_stands_once_and_is_one_of_its_provider():
    for slug, reasons in CODES.items():
        adapter = PROVIDERS[slug]
        known = {key.rpartition(" ")[2] for key in (*adapter.codes, *adapter.report_codes)}
        codes = [code for written in reasons.values() for code in written.split()]
        assert len(codes) == len(set(codes)), slug
        assert set(codes) <= known, slug


def test_every_documented_refusal_has_its_reason():
    for slug, adapter in PROVIDERS.items():
        refused = [key.rpartition(" ")[2] for key, each in adapter.codes.items() if each.outcome is Outcome.REFUSED]
        unknown = [code for code in refused if repeat_of(slug, "failed", code) is REPEATS[Reason.UNKNOWN]]
        # Unified's are those of SMPP, of which only some are about a message.
        assert unknown == [] or slug == "unified", (slug, unknown)


def test_what_the_provider_forbids_to_repeat_never_makes_sense_by_its_code():
    for slug, adapter in PROVIDERS.items():
        for code, each in adapter.codes.items():
            if each.never_resend and each.outcome is Outcome.REFUSED and code != "-78":
                assert not repeat_of(slug, "failed", code).makes_sense, (slug, code)
