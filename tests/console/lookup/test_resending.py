"""Sending a message again from the page of its number."""

import pytest
from django.urls import reverse

from smsops.inbox.models import SuppressionReason
from smsops.inbox.suppressions import add_suppression
from smsops.messaging.models import Message
from tests.console.lookup.looking import NUMBER, look, text_of
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


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
