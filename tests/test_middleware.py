"""Whose word counts for the caller's address and scheme, and who is sent on to HTTPS."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from smsops.middleware import RealAddressMiddleware

PROXY = "10.0.0.5"


def seen(settings, trusted, remote=PROXY, **headers):
    """The request as the views see it."""
    settings.TRUSTED_PROXIES = trusted
    request = RequestFactory().get("/", REMOTE_ADDR=remote, **headers)
    RealAddressMiddleware(lambda request: HttpResponse())(request)
    return request


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        ([], "203.0.113.9", PROXY),
        (["10.0.0.0/24"], "203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/24"], "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (["10.0.0.0/24"], "203.0.113.9, 10.0.0.7", "203.0.113.9"),
        (["10.0.0.0/24"], "", PROXY),
        (["10.0.0.0/24"], "10.0.0.6, 10.0.0.7", PROXY),
        (["2001:db8::/32", "10.0.0.5"], "2001:db9::1", "2001:db9::1"),
        (["10.0.0.0/99"], "203.0.113.9", PROXY),
    ],
)
def test_it_believes_trusted_proxies_only(settings, trusted, forwarded, expected):
    assert seen(settings, trusted, HTTP_X_FORWARDED_FOR=forwarded).META["REMOTE_ADDR"] == expected


@pytest.mark.parametrize(("trusted", "is_secure"), [([], False), ([PROXY], True)])
def test_it_believes_the_scheme_of_trusted_proxies_only(settings, trusted, is_secure):
    assert seen(settings, trusted, HTTP_X_FORWARDED_PROTO="https").is_secure() is is_secure


def test_it_drops_what_a_stranger_wrote(settings):
    meta = seen(settings, [], HTTP_X_FORWARDED_FOR="1.2.3.4", HTTP_X_FORWARDED_PROTO="https").META
    assert not {"HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO"} & set(meta)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "is_redirected"), [("/admin/login/", True), ("/", True), ("/callbacks/wrong/reports/", False)]
)
def test_it_sends_people_to_https_but_no_machine(client, settings, path, is_redirected):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get(path)
    assert (response.status_code == 301) is is_redirected
