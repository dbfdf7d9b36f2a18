"""Settling beside claiming: a job a thread, and nothing that goes wrong there is lost."""

import threading

import pytest

from smsops.messaging.dispatch import dispatch_account
from smsops.messaging.models import Message
from smsops.messaging.sending.beside import Beside
from smsops.messaging.status import Status


def test_a_job_waits_until_a_thread_is_free():
    beside, order, go = Beside(threads=2), [], threading.Event()
    beside.run(lambda: (go.wait(60), order.append("first")), load=3)
    done = threading.Event()
    beside.run(lambda: (order.append("second"), done.set()), load=1)
    assert done.wait(60)
    assert beside.load >= 3
    go.set()
    beside.run(lambda: order.append("third"), load=1)
    beside.close()
    assert order == ["second", "first", "third"]
    assert beside.load == 0


def test_what_goes_wrong_beside_is_raised_to_the_caller():
    beside = Beside(threads=1)
    beside.run(lambda: 1 / 0, load=1)
    with pytest.raises(ZeroDivisionError):
        beside.wait()
    beside.close()


def test_without_further_threads_a_job_is_done_at_once():
    beside, done = Beside(threads=0), []
    beside.run(lambda: done.append(threading.current_thread()), load=1)
    assert done == [threading.current_thread()]
    assert beside.load == 0


@pytest.mark.django_db(transaction=True)
def test_batches_are_settled_beside_the_claims(sandbox, sandbox_account, queue_messages):
    account = sandbox_account("rajasms", max_connections=2)
    queue_messages(account, 3500)
    assert dispatch_account(account_id=account.pk, seconds=60) == 3500
    assert Message.objects.filter(status=Status.SENT).exclude(provider_message_id="").count() == 3500
