"""Guessing passwords is stopped by name and address, over real HTTP, in a sentence that says how long to wait."""

import re

import pytest
import requests
from django.contrib.auth.models import User

PASSWORD = "a-good-password-1"


@pytest.fixture
def person(live_server):
    return User.objects.create_user("dewi", password=PASSWORD, is_staff=True)


def sign_in(live_server, name, password, language="en"):
    with requests.Session() as session:
        session.headers["Accept-Language"] = language
        page = session.get(f"{live_server.url}/admin/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        return session.post(f"{live_server.url}/admin/login/", form, allow_redirects=False)


def test_it_locks_out_after_five_failures_even_with_the_right_password(live_server, person):
    answers = [sign_in(live_server, "dewi", f"wrong-{number}").status_code for number in range(5)]
    assert answers == [200, 200, 200, 200, 429]
    locked = sign_in(live_server, "dewi", PASSWORD)
    assert locked.status_code == 429
    assert "Wait 15 minutes" in locked.text
    assert "dewi" in locked.text


def test_it_locks_out_that_name_only(live_server, person):
    for number in range(5):
        sign_in(live_server, "somebody-else", f"wrong-{number}")
    assert sign_in(live_server, "dewi", PASSWORD).status_code == 302


def test_it_escapes_the_name(live_server, person):
    for number in range(5):
        answer = sign_in(live_server, "<script>alert(1)</script>", f"wrong-{number}")
    assert answer.status_code == 429
    assert "<script>alert(1)" not in answer.text


def test_it_waits_as_long_as_it_says(settings):
    assert settings.AXES_COOLOFF_TIME * 60 == 15
