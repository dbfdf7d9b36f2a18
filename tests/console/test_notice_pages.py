"""The bell, the page of notices, and each person's own choice of e-mails."""

import pytest

from providers.services import resume_account, suspend_account
from smsops.console.notices.models import Notice, NoticeSubscription
from smsops.console.notices.services import update_notices
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db
PAGE, SETTINGS = "/admin/desk/notices/", "/admin/desk/notices/e-mail/"


@pytest.fixture
def stopped(make_account):
    account = make_account(name="<b>Rumah & Sakit</b>")
    suspend_account(account_id=account.pk, reason="<i>Wrong</i>")
    update_notices()
    return account


def page(client, address=PAGE):
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_the_bell_on_every_page_counts_what_this_person_has_not_seen(stopped):
    client = client_of(make_person("Operator"))
    assert "1 unread notice" in page(client, "/admin/")
    client.post(PAGE, {"notice": Notice.objects.get().pk})
    assert "unread notice" not in page(client, "/admin/")
    assert "1 unread notice" in page(client_of(make_person("Operator")), "/admin/")


def test_who_may_see_none_has_no_bell_and_no_page(stopped):
    client = client_of(make_person())
    assert "sms-bell" not in page(client, "/admin/")
    assert [client.get(each).status_code for each in (PAGE, SETTINGS)] == [403, 403]


def test_support_is_not_shown_what_it_may_not_see(stopped):
    client = client_of(make_person("Support"))
    assert "Rumah" not in page(client)
    client.post(PAGE, {"notice": Notice.objects.get().pk})
    assert not Notice.objects.get().reads.exists()


def test_names_and_providers_words_are_text(stopped):
    shown = page(client_of(make_person("Operator")))
    assert "&lt;b&gt;Rumah &amp; Sakit" in shown
    assert "&lt;i&gt;Wrong" in shown
    assert "<b>Rumah" not in shown


def test_all_are_read_up_to_the_newest_that_was_shown(stopped, make_account):
    client = client_of(make_person("Operator"))
    newest = Notice.objects.get().pk
    suspend_account(account_id=make_account().pk, reason="Later")
    update_notices()
    client.post(PAGE, {"newest": newest})
    assert "1 unread notice" in page(client)


@pytest.mark.parametrize("wrong", [{}, {"notice": "x"}, {"notice": "9" * 30}, {"newest": "-1"}, {"notice": "999999"}])
def test_nonsense_marks_nothing(stopped, wrong):
    client = client_of(make_person("Operator"))
    assert client.post(PAGE, wrong).status_code == 302
    assert not Notice.objects.get().reads.exists()


def test_what_is_over_is_listed_as_over(stopped):
    resume_account(account=stopped, actor=None)
    update_notices()
    shown = page(client_of(make_person("Operator")))
    assert "Nothing needs you" in shown
    assert "Rumah" in shown


def test_a_person_chooses_e_mails_of_what_he_may_see(stopped):
    person = make_person("Support")
    client = client_of(person)
    assert "No e-mail address" in page(client, SETTINGS)
    assert client.post(SETTINGS, {"kinds": ["account_stopped"]}).status_code == 200
    assert client.post(SETTINGS, {"kinds": ["uncertain"]}).status_code == 302
    assert NoticeSubscription.objects.get(user=person).kinds == ["uncertain"]
    client.post(SETTINGS, {})
    assert NoticeSubscription.objects.get(user=person).kinds == []
