"""No secret in a log line or on an error page: plain, URL-quoted, JSON-escaped, HTML-escaped."""

import json
import logging
import sys

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from django.views.debug import get_exception_reporter_class, technical_500_response

from smsops.logs import JsonFormatter, PlainFormatter, masked

SECRET = "p4ss-%26-w0rd"
TOKEN = "Zk3tokEn_-of-callback"
SPELLINGS = [
    f"GET http://host/api?username=demo&password={SECRET}&to=62812",
    f"password={SECRET}",
    json.dumps({"password": SECRET}),
    json.dumps(json.dumps({"apikey": SECRET, "to": "62812"})),
    f"{{'auth': '{SECRET}'}}",
    f"{{&#x27;password&#x27;: &#x27;{SECRET}&#x27;}}",
    f"{{&quot;apikey&quot;: &quot;{SECRET}&quot;}}",
    f"https://us.example/callbacks/{TOKEN}/reports/",
    f"notify=https%3A%2F%2Fus.example%2Fcallbacks%2F{TOKEN}%2Freports%2F",
    f'{{"url": "https:\\/\\/us.example\\/callbacks\\/{TOKEN}\\/reports"}}',
]


def record(message, exception=None, **extra):
    made = logging.makeLogRecord({"name": "test", "levelno": 30, "levelname": "WARNING", "msg": message, **extra})
    if exception is not None:
        try:
            raise exception
        except type(exception):
            made.exc_info = sys.exc_info()
    return made


@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
@pytest.mark.parametrize("text", SPELLINGS)
def test_it_keeps_secrets_out_of_log_lines_and_tracebacks(formatter, text):
    for line in (formatter.format(record(text)), formatter.format(record("failed", ValueError(text)))):
        assert SECRET not in line
        assert TOKEN not in line


@pytest.mark.parametrize("text", SPELLINGS)
def test_it_keeps_secrets_out_of_what_is_logged_beside_the_message(text):
    line = JsonFormatter().format(record("call", url=text, reply={"list": [text], "password": SECRET}, seen={text}))
    assert SECRET not in line
    assert TOKEN not in line
    assert json.loads(line)["message"] == "call"


def test_a_line_is_one_json_object_and_keeps_what_is_no_secret():
    line = JsonFormatter().format(record("two\nlines", account="demo-tcast", number=3))
    assert "\n" not in line
    read = json.loads(line)
    assert (read["message"], read["account"], read["number"]) == ("two\nlines", "demo-tcast", 3)


def test_it_masks_by_key_however_deep():
    assert masked({"a": [{"password": 1234}]}) == {"a": [{"password": "••••"}]}


@pytest.mark.parametrize("text", SPELLINGS)
def test_the_debug_page_shows_no_secret(settings, text):
    settings.CELERY_BROKER_URL = f"redis://:{SECRET}@127.0.0.1/0"
    request = RequestFactory().post("/x", {"password": SECRET, "note": SECRET}, HTTP_REFERER=SPELLINGS[7])
    page = error_page(request, text)
    assert "ValueError" in page
    assert SECRET not in page
    assert TOKEN not in page


def error_page(request, text):
    local = text
    try:
        raise ValueError(local)
    except ValueError:
        return technical_500_response(request, *sys.exc_info()).content.decode()


def test_a_mailed_report_shows_no_secret():
    request = HttpRequest()
    request.META = {"SERVER_NAME": "x", "SERVER_PORT": "80", "DATABASE_URL": f"postgres://u:{SECRET}@h/d"}
    try:
        raise ValueError(SPELLINGS[0])
    except ValueError:
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info(), is_email=True)
    text = reporter.get_traceback_text() + reporter.get_traceback_html()
    assert SECRET not in text


@pytest.mark.django_db
@pytest.mark.parametrize("is_debug", [True, False])
def test_a_failing_page_shows_no_secret(client, settings, is_debug):
    settings.DEBUG = is_debug
    client.raise_request_exception = False
    settings.ROOT_URLCONF = __name__
    response = client.post(f"/callbacks/{TOKEN}/reports/", {"password": SECRET})
    assert response.status_code == 500
    assert SECRET not in response.content.decode()
    assert TOKEN not in response.content.decode()


def fail(request, token):
    raise ValueError(f"{request.path} {request.POST} password={SECRET}")


def urlpatterns_of_this_test():
    from django.urls import path

    return [path("callbacks/<str:token>/reports/", fail)]


urlpatterns = urlpatterns_of_this_test()
