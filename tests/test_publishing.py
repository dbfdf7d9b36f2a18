"""Handing work to the queue's engine: on commit, within two seconds, and never with an error for the caller."""

import logging
import socket
import threading
import time

import pytest
from django.db import transaction

from smsops import publishing
from smsops.celery import answer, app
from smsops.publishing import hang_up, publish

SCHEMES = ["redis://127.0.0.1:{port}/0", "amqp://guest:guest@127.0.0.1:{port}//"]


@pytest.fixture(autouse=True)
def fresh_line():
    """No connection and no pause left over from another test."""
    yield from _reset()


def _reset():
    publishing._line.connection, publishing._Pause.until = None, 0.0
    yield
    if publishing._line.connection is not None:
        publishing._line.connection.release()
    publishing._line.connection, publishing._Pause.until = None, 0.0


@pytest.fixture
def silent_port():
    """A port that accepts and never answers."""
    accepted = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            try:
                while True:
                    accepted.append(server.accept()[0])
            except OSError:
                return

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in accepted:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", SCHEMES)
def test_a_silent_broker_delays_no_page_by_more_than_two_seconds(settings, silent_port, caplog, url):
    settings.CELERY_BROKER_URL = url.format(port=silent_port)
    started = time.monotonic()
    with transaction.atomic():
        for _ in range(5):
            publish(answer)
    assert time.monotonic() - started < 2
    assert "does not answer" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", SCHEMES)
def test_a_dead_broker_is_only_logged(settings, caplog, url):
    settings.CELERY_BROKER_URL = url.format(port=9)
    publish(answer)
    assert [record.levelno for record in caplog.records if record.name == "smsops.publishing"] == [logging.WARNING]


@pytest.mark.django_db(transaction=True)
def test_it_publishes_on_commit_only(settings):
    messages = settings.SMSOPS_VAR / "broker" / "messages"

    def waiting():
        return len(list(messages.glob("*.quick.msg"))) if messages.exists() else 0

    before = waiting()
    with transaction.atomic():
        publish(answer)
        assert waiting() == before
    assert waiting() == before + 1


def test_the_folder_hands_each_task_to_one_reader(settings, tmp_path):
    folder = tmp_path / "messages"
    folder.mkdir()
    options = {"data_folder_in": str(folder), "data_folder_out": str(folder), "control_folder": str(tmp_path)}
    with app.connection_for_write(url="filesystem://", transport_options=options) as connection:
        queue = connection.SimpleQueue("parcels")
        for number in range(3):
            queue.put({"number": number})
        assert list(folder.glob(".*")) == []
        got = [queue.get(timeout=30) for _ in range(3)]
        assert [message.payload["number"] for message in got] == [0, 1, 2]
        assert list(folder.iterdir()) == []
        queue.close()


@pytest.mark.broker
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("url", ["redis://127.0.0.1:6379/15", "amqp://guest:guest@127.0.0.1:5672//"])
def test_a_real_broker_takes_a_task_and_hands_it_out(settings, url):
    settings.CELERY_BROKER_URL = url
    with app.connection_for_read(url=url) as connection:
        queue = connection.SimpleQueue("broker-test")
        queue.clear()
        publish(answer, queue="broker-test")
        publish(answer, queue="broker-test")
        for _ in range(2):
            message = queue.get(timeout=30)
            assert message.headers["task"] == "smsops.answer"
            message.ack()
        queue.close()
    hang_up()
