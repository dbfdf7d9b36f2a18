"""One e-mail to each person and incident, however often and wherever this stops."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import override_settings
from django.utils import timezone
from django.utils.translation import gettext, override

from providers.services import suspend_account
from smsops.console.notices.mailing import MOST_ATTEMPTS, send_due_mails
from smsops.console.notices.models import Notice, NoticeMail
from smsops.console.notices.services import subscribe, update_notices
from tests.people import make_person

pytestmark = pytest.mark.django_db
BROKEN = {"EMAIL_BACKEND": "tests.console.test_notice_mail.Broken"}


class Broken(EmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody there")


def reader(role="Operator", kinds=("account_stopped",), language="en", email="budi@example.com"):
    person = make_person(role)
    person.email = email
    person.save()
    subscribe(user=person, kinds=kinds, language=language)
    return person


@pytest.fixture
def incident(make_account):
    """Stop an account, and find it."""

    def happen(name="Rumah\nSakit"):
        account = make_account(name=name)
        suspend_account(account_id=account.pk, reason="Wrong password")
        update_notices()
        return Notice.objects.latest("pk")

    return happen


def later(hours=3):
    NoticeMail.objects.update(due_at=timezone.now() - timedelta(hours=hours))


def test_who_asked_for_it_gets_one(incident):
    reader()
    incident()
    assert send_due_mails() == 1
    update_notices()
    later()
    assert send_due_mails() == 0
    (message,) = mail.outbox
    assert message.to == ["budi@example.com"]
    assert message.subject == "SMSOps: Account “Rumah Sakit” was stopped"
    assert "Wrong password" in message.body
    assert "/admin/providers/account/" in message.body


def test_it_is_written_in_the_language_in_which_it_was_asked_for(make_account, queue_messages):
    reader(kinds=["uncertain"], language="id")
    queue_messages(make_account(), 1, status="uncertain", attempted_at=timezone.now() - timedelta(minutes=5))
    update_notices()
    send_due_mails()
    with override("id"):
        words = gettext("No answer that could be read.")
    assert not words.startswith("No answer")
    assert words in mail.outbox[0].body


def test_nobody_who_did_not_ask_may_not_see_it_or_has_no_address_gets_one(incident):
    reader(kinds=("uncertain",))
    reader("Support", email="support@example.com")
    reader(email="")
    incident()
    send_due_mails()
    assert mail.outbox == []


def test_a_right_that_ended_meanwhile_ends_the_mail(incident):
    person = reader()
    incident()
    person.groups.clear()
    assert send_due_mails() == 0
    assert NoticeMail.objects.get().state == "failed"


def test_an_old_notice_is_not_told_to_who_subscribes_later(incident):
    incident()
    reader()
    update_notices()
    assert send_due_mails() == 0


def test_a_failure_is_tried_again_later_and_not_for_ever(incident):
    reader()
    incident()
    with override_settings(**BROKEN):
        assert send_due_mails() == 0
        assert send_due_mails() == 0
        row = NoticeMail.objects.get()
        assert (row.state, row.attempts, row.error) == ("waiting", 1, "nobody there")
        assert row.due_at > timezone.now() + timedelta(minutes=1)
    later()
    assert send_due_mails() == 1
    assert len(mail.outbox) == 1
    NoticeMail.objects.update(state="waiting", attempts=MOST_ATTEMPTS - 1)
    later()
    with override_settings(**BROKEN):
        send_due_mails()
    assert NoticeMail.objects.get().state == "failed"


def test_one_failing_mail_keeps_no_other_from_going(incident):
    reader()
    incident("a")
    reader(email="no address at all\r\nBcc: x@example.com")
    incident("b")
    assert send_due_mails() == 2
    assert NoticeMail.objects.filter(state="waiting").count() == 1


def test_who_dies_between_taking_and_sending_leaves_it_to_the_next_under_the_same_id(incident):
    person = reader()
    notice = incident()
    NoticeMail.objects.update(attempts=1, due_at=timezone.now() + timedelta(minutes=2))
    assert send_due_mails() == 0
    later()
    assert send_due_mails() == 1
    assert mail.outbox[0].extra_headers["Message-ID"].startswith(f"<notice-{notice.pk}-{person.pk}@")
    assert "Perhaps you have had this e-mail already" in mail.outbox[0].body


def test_what_surely_did_not_go_is_sent_without_an_excuse(incident):
    reader()
    incident()
    with override_settings(**BROKEN):
        send_due_mails()
    later()
    assert send_due_mails() == 1
    assert "Perhaps" not in mail.outbox[0].body
