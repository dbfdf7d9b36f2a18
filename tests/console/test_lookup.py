"""The look-up: who is found by what, what the page of a number tells, and that every look is written down."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from providers.models import CallLog
from smsops.console.lookup import MOST
from smsops.console.models import LookupLog
from smsops.inbox.models import InboundMessage, SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from tests.contacts.conftest import add_contact as add_contact
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db

PAGE = "/admin/desk/look-up/"
NUMBER = "+6281234567890"


@pytest.fixture
def support(db):
    return client_of(make_person("Support"))


def look(client, term, **more):
    answer = client.get(PAGE, {"q": term} | more)
    assert answer.status_code == 200
    return answer


def numbers(answer):
    return [each["hit"].number for each in answer.context["hits"]]


def shown(answer):
    return answer.context.get("number", "")


def text_of(answer):
    return answer.content.decode()


def texts(answer):
    return [entry.text for entry in answer.context["history"].entries]


# --- finding ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling", ["081234567890", "6281234567890", "+62 812-3456-7890", "0062 812 3456 7890", " 0812.3456.7890 "]
)
def test_a_number_in_any_spelling_leads_to_its_page(support, make_account, queue_messages, spelling):
    queue_messages(make_account(), [NUMBER, "+6281234567891"])
    assert shown(look(support, spelling)) == NUMBER


@pytest.mark.parametrize("ending", ["7890", "67890", "567890", "…7890", "** 7890", "67-890"])
def test_the_last_digits_find_contacts_strangers_and_who_wrote(
    support, add_contact, make_account, queue_messages, ending
):
    account = make_account()
    add_contact("Siti", "+6281111567890")
    queue_messages(account, ["+6282222567890"] * 3)
    queue_messages(account, ["+6282222567891"])
    for text, sender in (("a", "+6283333567890"), ("b", "BANK7890")):
        InboundMessage.objects.create(account=account, sender=sender, text=text, fingerprint=text)
    expected = ["+6282222567890", "+6283333567890", "+6281111567890"]
    found = [number for number in numbers(look(support, ending)) if number.startswith("+")]
    assert found == expected


def test_one_of_them_alone_is_shown_at_once(support, add_contact):
    add_contact("Siti", NUMBER)
    assert shown(look(support, "7890")) == NUMBER


def test_a_reference_and_a_providers_id_lead_to_the_number(support, make_account, queue_messages):
    first, _second = queue_messages(make_account(), [NUMBER, "+6281200000001"])
    assert shown(look(support, first.reference.upper())) == NUMBER
    Message.objects.filter(reference=first.reference).update(provider_message_id="WX-17/b")
    assert shown(look(support, "WX-17/b")) == NUMBER


def test_a_providers_id_that_looks_like_a_number_is_found(support, make_account, queue_messages):
    queue_messages(make_account(), [NUMBER], provider_message_id="081299999999")
    assert shown(look(support, "081299999999")) == NUMBER


def test_a_name_finds_contacts_by_its_beginning(support, add_contact):
    siti, sitor = add_contact("Siti Rahmawati"), add_contact("sitor")
    add_contact("Budi")
    assert numbers(look(support, "SIT")) == [siti.mobile, sitor.mobile]
    assert shown(look(support, "siti r")) == siti.mobile


def test_who_may_not_see_contacts_finds_nobody_by_name(add_contact):
    add_contact("Siti", NUMBER)
    client = client_of(make_person(None, "messaging.view_message"))
    assert numbers(look(client, "Siti")) == []
    assert "Siti" not in text_of(look(client, NUMBER))


def test_more_than_a_page_shows_the_first_and_says_so(support, add_contact):
    for number in range(MOST + 2):
        add_contact("Siti", f"+62812{number:04d}7890")
    for term in ("7890", "Siti"):
        answer = look(support, term)
        assert len(numbers(answer)) == MOST
        assert "There are more. Type more of it." in text_of(answer)


@pytest.mark.parametrize("term", ["zzz", "123", "1234", "<b>x</b>", "x" * 5000, "%", "\x00", "‮abc", "٣٤٥٦"])
def test_nonsense_finds_nobody_and_is_no_error(support, add_contact, term):
    add_contact("Siti", NUMBER)
    answer = look(support, term)
    assert numbers(answer) == []
    assert "<b>x</b>" not in text_of(answer)


# --- the page of a number --------------------------------------------------------------------------------------------


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


# --- the log ---------------------------------------------------------------------------------------------------------


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


# --- sending again ---------------------------------------------------------------------------------------------------


def resend_url(message):
    return reverse("console:resend", args=[message.pk])


@pytest.fixture
def failed(make_account, queue_messages):
    queue_messages(make_account(), [NUMBER], text="Halo Siti", status="failed")
    return Message.objects.get()


def test_a_message_is_sent_again_once_however_often_somebody_clicks(failed):
    client = client_of(make_person("Operator"))
    assert resend_url(failed) in text_of(look(client, NUMBER))
    assert "Halo Siti" in text_of(client.get(resend_url(failed)))
    assert Message.objects.count() == 1
    for _ in range(2):
        last = client.post(resend_url(failed), follow=True)
    repeat = Message.objects.get(status="queued")
    assert (repeat.resend_of, repeat.text, repeat.recipient) == (failed, "Halo Siti", NUMBER)
    assert "It was sent again already" in text_of(last)
    assert resend_url(failed) not in text_of(look(client, NUMBER))


def test_support_is_offered_no_sending(failed, support):
    assert resend_url(failed) not in text_of(look(support, NUMBER))
    assert support.post(resend_url(failed)).status_code == 403


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"status": "uncertain"}, "Decide that first"),
        ({"status": "queued"}, "still on its way out"),
        ({"never_resend": True, "error_text": "repeats"}, "The provider forbids"),
    ],
)
def test_what_may_not_be_repeated_is_refused_with_its_reason(failed, fields, words):
    Message.objects.update(**fields)
    client = client_of(make_person("Operator"))
    assert resend_url(failed) not in text_of(look(client, NUMBER))
    for answer in (client.get(resend_url(failed), follow=True), client.post(resend_url(failed), follow=True)):
        assert words in text_of(answer)
    assert Message.objects.count() == 1


def test_whoever_has_opted_out_is_not_sent_to_again(failed):
    add_suppression(number=NUMBER, reason=SuppressionReason.STOP)
    client = client_of(make_person("Operator"))
    for answer in (client.get(resend_url(failed), follow=True), client.post(resend_url(failed), follow=True)):
        assert "has opted out" in text_of(answer)
    assert Message.objects.count() == 1


@pytest.mark.parametrize(("status", "words"), [("delivered", "a second time"), ("sent", "may get it twice")])
def test_the_person_is_warned_of_a_second_delivery(failed, status, words):
    Message.objects.update(status=status)
    assert words in text_of(client_of(make_person("Operator")).get(resend_url(failed)))


# --- the provider's phone book ---------------------------------------------------------------------------------------


@pytest.fixture
def book(sandbox, sandbox_account):
    account = sandbox_account("smsmasking")
    people = [{"mobile": f"62812345670{place:02d}", "name": f"Siti {place}", "group": "Bali"} for place in range(12)]
    sandbox.phonebook("demo").seed(entries=people)
    return account


def search_book(client, account, term):
    return client.post(reverse("console:look_up_phonebook", args=[account.pk]), {"q": term})


@pytest.mark.parametrize("term", ["Siti", "0812345670", "+6281234567003"])
def test_the_phone_book_shows_its_first_ten_and_says_so(book, support, term):
    answer = search_book(support, book, term)
    assert 1 <= len(answer.context["entries"]) <= 10
    assert all(entry.name.startswith("Siti") for entry in answer.context["entries"])
    assert "first ten entries" in text_of(answer)
    log = LookupLog.objects.get()
    assert (log.kind, log.term, log.found) == ("phonebook", term, len(answer.context["entries"]))


def test_a_phone_book_that_does_not_answer_is_told_in_a_sentence(make_account, support):
    account = make_account("smsmasking")
    answer = search_book(support, account, "Siti")
    assert answer.status_code == 200
    assert answer.context["book_error"]
    assert CallLog.objects.filter(account=account).exists()


def test_it_is_asked_by_a_button_only_and_by_those_who_see_contacts(book, support):
    url = reverse("console:look_up_phonebook", args=[book.pk])
    assert url in text_of(look(support, "Siti"))
    assert support.get(url).status_code == 302
    client = client_of(make_person(None, "messaging.view_message"))
    assert url not in text_of(look(client, "Siti"))
    assert search_book(client, book, "Siti").status_code == 403
    assert not CallLog.objects.filter(account=book, name__icontains="find").exists()
