"""What a phone wrote, stored and acted upon."""

import pytest


@pytest.fixture
def stored(receive, django_capture_on_commit_callbacks):
    """As `receive`, with what follows the commit."""

    def store(*args, **fields):
        with django_capture_on_commit_callbacks(execute=True):
            return receive(*args, **fields)

    return store
