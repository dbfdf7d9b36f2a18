"""Settling beside claiming: one job at a time, in order, and nothing that goes wrong there is lost."""

import threading

import pytest

from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message
from smsops.messaging.sending.beside import Beside
from smsops.messaging.status import Status


def test_the_next_job_waits_for_the_one_before():
    beside, order, go = Beside(is_on=True), [], threading.Event()
    beside.run(lambda: (go.wait(60), order.append("first")), load=3)
    assert beside.load == 3
    go.set()
    beside.run(lambda: order.append("second"), load=1)
    beside.close()
    assert order == ["first", "second"]
    assert beside.load == 0


def test_what_goes_wrong_beside_is_raised_to_the_caller():
    beside = Beside(is_on=True)
    beside.run(lambda: 1 / 0, load=1)
    with pytest.raises(ZeroDivisionError):
        beside.wait()
    beside.close()


def test_without_a_second_thread_a_job_is_done_at_once():
    beside, done = Beside(is_on=False), []
    beside.run(lambda: done.append(threading.current_thread()), load=1)
    assert done == [threading.current_thread()]
    assert beside.load == 0


@pytest.mark.django_db(transaction=True)
def test_batches_are_settled_beside_the_claims(sandbox, sandbox_account, queue_messages):
    account = sandbox_account("rajasms", max_connections=2)
    queue_messages(account, 3500)
    assert dispatch_account(account_id=account.pk, seconds=60) == 3500
    assert Message.objects.filter(status=Status.SENT).exclude(provider_message_id="").count() == 3500
