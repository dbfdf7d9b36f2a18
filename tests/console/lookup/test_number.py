"""What the page of a number tells, and that every look is written down."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from smsops.console.models import LookupLog
from smsops.inbox.models import InboundMessage, SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from tests.console.lookup.looking import NUMBER, PAGE, look, text_of
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


def texts(answer):
    return [entry.text for entry in answer.context["history"].entries]


# --- the page of a number ---------------------------------------------------------------------------------------------


def test_the_page_tells_who_it_is_and_what_became_of_everything(support, add_contact, make_account, queue_messages):
    account, other = make_account(), add_contact("Budi")
    siti = add_contact("Siti", NUMBER)
    moments = [datetime(2026, 8, 17, 9, minute, tzinfo=UTC) for minute in range(4)]
    queue_messages(account, [NUMBER], text="while it was his", contact=other, created_at=moments[0], status="failed")
    queue_messages(account, [NUMBER], text="hers", contact=siti, created_at=moments[1], status="delivered")
    InboundMessage.objects.create(
        account=account, sender=NUMBER, text="thanks", contact=siti, fingerprint="1", created_at=moments[2]
    )
    queue_messages(account, ["+6281200000001"], text="elsewhere", contact=siti, created_at=moments[3])
    add_suppression(number=NUMBER, reason=SuppressionReason.STOP, source_text="STOP")
    answer = look(support, NUMBER)
    assert texts(answer) == ["elsewhere", "thanks", "hers", "while it was his"]
    page = text_of(answer)
    for words in ("0812-3456-7890", "Siti", "Telkomsel", "has opted out of messages since", "Delivered"):
        assert words in page


def test_pages_lead_through_the_whole_story_once(support, make_account, queue_messages):
    queue_messages(make_account(), [NUMBER] * 45)
    queue_messages(make_account(), ["+6281200000001"] * 5)
    before, seen = "", []
    while True:
        history = look(support, NUMBER, before=before).context["history"]
        seen += [entry.id for entry in history.entries]
        if not (before := history.older):
            break
    assert len(seen) == len(set(seen)) == 45


def test_what_is_still_to_come_is_told(support, make_account, queue_messages):
    account, later = make_account(), timezone.now() + timedelta(hours=3)
    queue_messages(account, [NUMBER], text="tonight", send_after=later)
    queue_messages(account, [NUMBER], text="at the provider", status="sent", provider_scheduled_for=later)
    queue_messages(account, [NUMBER], text="past", status="sent")
    assert [each["text"] for each in look(support, NUMBER).context["planned"]] == ["at the provider", "tonight"]


@pytest.mark.parametrize(("role", "is_shown"), [("Support", False), ("Operator", False), ("Administrator", True)])
def test_codes_are_masked(make_account, queue_messages, role, is_shown):
    later = timezone.now() + timedelta(hours=3)
    queue_messages(make_account(), [NUMBER], text="Kode 739215", kind="otp", send_after=later)
    client = client_of(make_person(role))
    assert ("739215" in text_of(look(client, NUMBER))) is is_shown


def test_hostile_texts_are_only_text(support, make_account, add_contact):
    add_contact("<script>alert(1)</script>", NUMBER)
    InboundMessage.objects.create(
        account=make_account(), sender=NUMBER, text="<script>alert(2)</script>", fingerprint="1"
    )
    assert "<script>alert" not in text_of(look(support, NUMBER))


def test_a_long_story_costs_no_more_questions(
    support, make_account, queue_messages, django_assert_max_num_queries, django_assert_num_queries
):
    queue_messages(make_account(), [NUMBER])
    look(support, NUMBER)
    with django_assert_max_num_queries(32) as few:
        look(support, NUMBER)
    for _ in range(3):
        queue_messages(make_account(), [NUMBER] * 30)
    with django_assert_num_queries(len(few)):
        look(support, NUMBER)


# --- the log ----------------------------------------------------------------------------------------------------------


def test_every_look_is_written_down_and_only_an_administrator_reads_it(add_contact, make_account):
    person = make_person("Support")
    add_contact("Siti", NUMBER)
    for term in (NUMBER, "7890", "Siti", "nobody"):
        look(client_of(person), term)
    rows = LookupLog.objects.filter(actor=person).order_by("pk")
    assert list(rows.values_list("kind", "term", "number", "found")) == [
        ("number", NUMBER, NUMBER, 1), ("digits", "7890", NUMBER, 1), ("name", "Siti", NUMBER, 1),
        ("name", "nobody", "", 0),
    ]  # fmt: skip
    log = reverse("admin:console_lookuplog_changelist")
    assert client_of(person).get(log).status_code == 403
    administrator = client_of(make_person("Administrator"))
    assert len(administrator.get(f"{log}?q=0812 3456 7890").context["cl"].result_list) == 3
    assert len(administrator.get(f"{log}?kind__exact=name").context["cl"].result_list) == 2


def test_the_box_is_on_every_page_of_those_who_may_look(support, make_account, queue_messages):
    message = queue_messages(make_account())[0]
    row = Message.objects.get(reference=message.reference)
    for page in ("", "messaging/message/", f"messaging/message/{row.pk}/change/", "messages/outbox/"):
        assert 'class="sms-look-up"' in text_of(support.get(f"/admin/{page}")), page
    assert 'class="sms-look-up"' not in text_of(client_of(make_person(None, "contacts.view_contact")).get("/admin/"))


def test_the_command_palette_leads_there_and_tells_nothing_by_itself(support, add_contact):
    cache.clear()  # the theme keeps what a user's number found, and numbers start anew with each test
    add_contact("Siti Rahmawati", NUMBER)
    found = text_of(support.get("/admin/search/?s=Siti&extended=1"))
    assert f"{PAGE}?q=Siti" in found
    assert "Rahmawati" not in found
    other = client_of(make_person(None, "contacts.view_contact"))
    assert PAGE not in text_of(other.get("/admin/search/?s=Siti&extended=1"))
