"""The provider's phone book beside the look-up."""

import pytest
from django.urls import reverse

from providers.models import CallLog
from smsops.console.models import LookupLog
from tests.console.lookup.looking import look, text_of
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db


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
