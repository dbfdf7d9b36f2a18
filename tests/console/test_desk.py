"""The pages of the uncertain desk."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from providers.models import BalanceReading
from smsops.inbox.models import InboundMessage
from smsops.messaging.delivery import apply_reports
from smsops.messaging.desk.incidents import list_incidents
from smsops.messaging.models import Message, MessageEvent
from tests.messaging.test_delivery import report
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db

AT = datetime(2026, 8, 17, 3, 42, 7, tzinfo=UTC)
NUMBER = "+6281234567890"


@pytest.fixture
def account(make_account):
    return make_account(price_per_segment=Decimal(350))


@pytest.fixture
def doubt(queue_messages, account):
    def make(recipients=1, **fields):
        told = {"attempted_at": AT, "error_text": "No answer in time."}
        return queue_messages(account, recipients, status="uncertain", **told | fields)

    return make


def page_of_incident():
    (incident,) = list_incidents().found
    return reverse("console:incident", args=[incident.account.pk, incident.stamp, incident.what])


def decide_url():
    return f"{page_of_incident()}decide/"


def text_of(answer):
    return answer.content.decode()


def said(answer):
    return [str(message) for message in answer.context["messages"]]


def statuses():
    return list(Message.objects.order_by("pk").values_list("status", flat=True))


def test_the_desk_leads_to_older_incidents_page_by_page(doubt, account):
    for number in range(103):
        doubt([f"+62812{number:08d}"], attempted_at=AT - timedelta(minutes=number))
    client = client_of(make_person("Operator"))
    first, second = (text_of(client.get(f"/admin/desk/uncertain/{query}")) for query in ("", "?page=2"))
    assert (first.count("sms-panel"), second.count("sms-panel")) == (100, 3)
    assert 'href="?page=2"' in first
    assert 'href="?page=3"' not in second
    assert 'href="?page=1"' in second
    for wrong in ("?page=3", "?page=0", "?page=-1", "?page=x", "?page=99999999999"):
        assert client.get(f"/admin/desk/uncertain/{wrong}").status_code == 200


def test_the_start_page_leads_to_the_incidents_and_they_to_their_messages(doubt):
    doubt(3)
    client = client_of(make_person("Operator"))
    assert reverse("console:incidents") in text_of(client.get("/admin/"))
    page = text_of(client.get(reverse("console:incidents")))
    assert "3 messages" in page
    assert page_of_incident() in page
    assert text_of(client.get(page_of_incident())).count("0812-0000-000") == 3


def test_evidence_is_shown_with_the_message_that_it_is_about(doubt, account, queue_messages):
    doubt([NUMBER, "+6281200000009"])
    stranger = report("unknown-7", "delivered", recipient=NUMBER[1:], code="DELIVRD")
    apply_reports(account=account, reports=[stranger], source="callback")
    for fingerprint, at in (("Ya <b>sudah</b>", AT + timedelta(minutes=5)), ("too early", AT - timedelta(minutes=5))):
        InboundMessage.objects.create(
            account=account, sender=NUMBER, text=fingerprint, fingerprint=fingerprint, received_at=at
        )
    answer = client_of(make_person("Support")).get(page_of_incident())
    known = {row["message"].recipient: [each.words for each in row["evidence"]] for row in answer.context["rows"]}
    assert known == {NUMBER: ["Ya <b>sudah</b>", "unknown-7 DELIVRD"], "+6281200000009": []}
    assert "Ya &lt;b&gt;sudah&lt;/b&gt;" in text_of(answer)


def test_who_may_not_read_the_inbox_sees_no_answers(doubt, account):
    doubt([NUMBER])
    InboundMessage.objects.create(account=account, sender=NUMBER, text="Ya", fingerprint="1", received_at=AT)
    client = client_of(make_person(None, "messaging.view_message"))
    assert client.get(page_of_incident()).context["rows"][0]["evidence"] == []


def test_the_balance_before_and_after_hints_at_how_many_went_out(doubt, account, queue_messages):
    doubt(10)
    queue_messages(account, ["+6281300000001"], status="sent", attempted_at=AT, segments=2, operator="Telkomsel")
    queue_messages(account, ["+6281300000002"], status="delivered", attempted_at=AT, price=Decimal(400))
    queue_messages(account, ["+6281300000003"], status="sent", attempted_at=AT - timedelta(days=2))
    for minutes, amount in ((-10, 100_000), (10, 100_000 - 700 - 400 - 4 * 350), (20, 5)):
        BalanceReading.objects.create(account=account, amount=amount, at=AT + timedelta(minutes=minutes))
    client = client_of(make_person("Operator"))
    hint = client.get(page_of_incident()).context["hint"]
    assert (hint.fall, hint.known, hint.messages) == (Decimal(2500), Decimal(1100), 4)
    assert "about 4 of these 10" in text_of(client.get(page_of_incident()))
    assert statuses().count("uncertain") == 10


def test_without_a_reading_after_it_no_hint_is_given(doubt, account):
    doubt()
    BalanceReading.objects.create(account=account, amount=5, at=AT - timedelta(minutes=1))
    assert client_of(make_person("Operator")).get(page_of_incident()).context["hint"] is None


def test_a_page_costs_the_same_for_many(doubt, django_assert_max_num_queries, django_assert_num_queries):
    doubt(2)
    client = client_of(make_person("Operator"))
    url = page_of_incident()
    client.get(url)
    with django_assert_max_num_queries(30) as few:
        client.get(url)
    doubt([f"+62813{number:08d}" for number in range(120)])
    with django_assert_num_queries(len(few)):
        answer = client.get(url)
    assert len(answer.context["rows"]) == 50
    last = client.get(f"{url}?before={answer.context['older']}")
    assert last.context["rows"][0]["message"].pk < answer.context["rows"][-1]["message"].pk


@pytest.mark.parametrize("address", ["?before=x", f"?before={10**30}"])
def test_a_place_that_cannot_be_is_no_error(doubt, address):
    doubt()
    assert client_of(make_person("Operator")).get(page_of_incident() + address).status_code == 200


@pytest.mark.parametrize("kind", ["otp"])
def test_a_code_is_masked_here_too(doubt, kind):
    doubt(kind=kind, text="Kode 739215")
    assert "739215" not in text_of(client_of(make_person("Operator")).get(page_of_incident()))
    assert "739215" in text_of(client_of(make_person("Administrator")).get(page_of_incident()))


# --- deciding --------------------------------------------------------------------------------------------------------


def test_it_asks_first_and_needs_a_reason(doubt):
    doubt(12)
    client = client_of(make_person("Operator"))
    page = text_of(client.get(f"{decide_url()}?decision=did_not"))
    assert "It did not go out: 12 messages" in page
    assert "and 2 more" in page
    client.post(decide_url(), {"decision": "did_not", "reason": " "})
    assert set(statuses()) == {"uncertain"}
    client.post(decide_url(), {"decision": "did_not", "reason": "portal shows none"})
    assert set(statuses()) == {"failed"}
    assert MessageEvent.objects.filter(text="portal shows none", source="staff").count() == 12


@pytest.mark.parametrize(("role", "status"), [("Support", 403), ("Operator", 403), ("Approver", 302)])
def test_only_an_approver_sends_many_again(doubt, role, status):
    doubt(2)
    answer = client_of(make_person(role)).post(decide_url(), {"decision": "resend", "reason": "x"})
    assert answer.status_code == status
    assert ("queued" in statuses()) is (status == 302)


def test_an_operator_sends_one_again(doubt):
    doubt(2)
    message = Message.objects.earliest("pk")
    client = client_of(make_person("Operator"))
    client.post(reverse("console:decide_message", args=[message.pk]), {"decision": "resend", "reason": "x"})
    assert statuses() == ["failed", "uncertain", "queued"]


def test_what_may_never_be_sent_again_has_no_such_button(doubt):
    doubt(never_resend=True, error_code="1715")
    answer = client_of(make_person("Approver")).get(page_of_incident())
    (row,) = answer.context["rows"]
    assert [str(label) for label, _url in row["buttons"]] == [
        "It went out", "It did not go out", "Leave as it is",
    ]  # fmt: skip
    assert "forbids sending this message again" in text_of(answer)
    message = Message.objects.get()
    client = client_of(make_person("Approver"))
    address = reverse("console:decide_message", args=[message.pk])
    client.post(address, {"decision": "resend", "reason": "x"})
    assert statuses() == ["uncertain"]


def test_the_second_person_is_told_who_settled_it(doubt):
    doubt()
    address = reverse("console:decide_message", args=[Message.objects.get().pk])
    client_of(make_person("Operator", username="siti")).post(address, {"decision": "went_out", "reason": "portal"})
    answer = client_of(make_person("Operator")).post(address, {"decision": "did_not", "reason": "x"}, follow=True)
    assert said(answer) == ["siti has settled this message already: “Sent”. Nothing was changed."]
    assert statuses() == ["sent"]


def test_a_settled_incident_says_so(doubt):
    doubt(2)
    url, address = page_of_incident(), decide_url()
    client = client_of(make_person("Operator"))
    client.post(address, {"decision": "went_out", "reason": "x"})
    assert "Nothing of this incident is uncertain any more" in text_of(client.get(url))
    answer = client.post(address, {"decision": "did_not", "reason": "x"}, follow=True)
    assert "nothing was changed" in said(answer)[0]
    assert set(statuses()) == {"sent"}


def test_a_decision_that_does_not_exist_is_not_found(doubt):
    doubt()
    client = client_of(make_person("Approver"))
    assert client.post(decide_url(), {"decision": "burn", "reason": "x"}).status_code == 404
    assert client.get("/admin/desk/uncertain/0/1/x/").status_code == 404
    assert client.get(f"/admin/desk/uncertain/1/{10**17}/x/").status_code == 404


def test_what_came_up_after_the_preview_is_left_for_another_look(doubt):
    doubt()
    client = client_of(make_person("Operator"))
    newest = client.get(f"{decide_url()}?decision=did_not").context["hidden"][1][1]
    doubt(["+6281300000001"])
    client.post(decide_url(), {"decision": "did_not", "reason": "x", "newest": newest})
    assert statuses() == ["failed", "uncertain"]
