"""A request that is too large to be read gets a page that says what to do."""

import http.client

import pytest
from django.utils.translation import gettext, override

CONFIRM = "/admin/messages/compose/confirm/"
MIB = 1024 * 1024


def post(client, size, **headers):
    return client.post(CONFIRM, {"recipients": "0" * size}, headers=headers)


@pytest.mark.parametrize("language", ["en", "id"])
def test_a_form_beyond_four_megabytes_is_told_what_to_do(client_of, language):
    response = post(client_of("Operator"), 5 * MIB, accept_language=language)
    page = response.content.decode()
    assert response.status_code == 400
    with override(language):
        assert gettext("The server cannot take this") in page
    assert "4 MB" in page
    assert "/admin/" in page
    assert f'lang="{language}"' in page


def test_a_form_of_three_megabytes_is_read(client_of):
    assert post(client_of("Operator"), 3 * MIB).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_page_arrives_although_the_form_was_not_read(gunicorn):
    caller = http.client.HTTPConnection("127.0.0.1", gunicorn, timeout=20)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": "csrftoken=" + "a" * 32}
    caller.request("POST", CONFIRM, b"recipients=" + b"0" * 6 * MIB, headers)
    answer = caller.getresponse()
    assert answer.status == 400
    assert b"send it in parts" in answer.read()
    caller.close()
