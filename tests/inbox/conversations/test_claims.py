"""Who answers: one at a time, until he is silent, done, or somebody takes over."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from smsops.inbox.conversations import claims
from smsops.inbox.models import Conversation
from tests.inbox.conversations.people import claim, page_of
from tests.people import client_of, make_person


def test_only_one_answers_at_a_time(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    assert claim(found, operator)
    assert claim(found, operator)
    assert not claim(found, colleague)
    page = client_of(colleague).get(page_of(found)).content.decode()
    assert f"{operator.username} is answering now" in page
    claims.release_conversation(conversation_id=found.pk, actor=colleague)
    assert not claim(found, colleague)
    claims.release_conversation(conversation_id=found.pk, actor=operator)
    assert claim(found, colleague)


def test_a_silent_one_and_one_that_is_taken_over_lose_it(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    claim(found, operator)
    Conversation.objects.update(answering_until=timezone.now() - timedelta(seconds=1))
    assert claim(found, colleague)
    assert not claim(found, operator)
    assert claim(found, operator, takes_over=True)
    assert not claim(found, colleague)


@pytest.mark.skipif("connection.vendor != 'postgresql'")
@pytest.mark.django_db(transaction=True)
def test_of_many_who_claim_at_one_moment_one_has_it(make_account, receive):
    found, won = receive(make_account("tcast"), "Halo"), []
    people = [make_person("Operator") for _ in range(6)]

    def take(person):
        won.append(claim(found, person))
        connection.close()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]


def test_it_is_given_to_somebody_once_as_it_was_seen(make_account, receive, operator, colleague):
    found = receive(make_account("tcast"), "Halo")
    mine, others = client_of(operator), client_of(colleague)
    mine.post(f"{page_of(found)}assign/", {"to": operator.pk, "was": ""})
    answer = others.post(f"{page_of(found)}assign/", {"to": colleague.pk, "was": ""}, follow=True)
    assert "Somebody else was faster" in answer.content.decode()
    assert Conversation.objects.get().assigned_to == operator
    others.post(f"{page_of(found)}assign/", {"to": "", "was": operator.pk})
    assert Conversation.objects.get().assigned_to is None
    support = make_person("Support")
    answer = mine.post(f"{page_of(found)}assign/", {"to": support.pk, "was": ""}, follow=True)
    assert "cannot look after" in answer.content.decode()
