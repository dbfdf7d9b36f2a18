"""What every adapter must do, whichever provider it speaks to."""

import json
import logging
import socket
import struct
import threading
from datetime import UTC, datetime
from urllib.parse import quote_plus

import pytest

from providers.base import CallbackRequest
from providers.errors import AccountRefused, NotSent, ProviderError, RateLimited, Uncertain, UnsupportedFeature
from providers.registry import PROVIDERS
from providers.types import (
    AccountConfig,
    AccountTrouble,
    Capabilities,
    Channel,
    Encoding,
    OutboundMessage,
    Outcome,
    ReportStatus,
)

SECRET = "hush-hush & höchst/geheim"
TOKEN = "tok3n-of-ours"
# Options under which a capability is granted that is denied by default.
OPTIONS = [(slug, {}) for slug in PROVIDERS]
OPTIONS += [("smsmasking", {"has_balance": True, "send_with": "plain"}), ("unified", {"has_balance": True})]
OPTIONS += [("tcast", {"has_inbox": True, "http_method": "get"})]
every_provider = pytest.mark.parametrize(("slug", "options"), OPTIONS)
every_slug = pytest.mark.parametrize("slug", PROVIDERS)

ASKS = {
    "balance": lambda provider: provider.fetch_balance(),
    "check": lambda provider: provider.check(),
    "report_poll": lambda provider: provider.fetch_reports(["1"]),
    "inbox_poll": lambda provider: provider.fetch_inbox(),
    "group_send": lambda provider: provider.send_to_group("customers", "hello"),
    "change_password": lambda provider: provider.change_password("N3w-password"),
    "phonebook": lambda provider: provider.phonebook.list_entries(1, 10),
}
HEARS = {
    "report_push": lambda provider: provider.parse_reports(CallbackRequest(body=b"")),
    "inbox_push": lambda provider: provider.parse_inbound(CallbackRequest(body=b"")),
}
MODES = {
    "flash": {"is_flash": True},
    "wap_push": {"wap_url": "http://example.com/x"},
    "provider_schedule": {"scheduled_for": datetime(2030, 1, 1, 9, tzinfo=UTC)},
}
UNREADABLE_REPLIES = {
    "nothing": b"",
    "HTML": b"<!DOCTYPE html><html><head><style>body{margin:0}</style></head><body>Closed [1]</body></html>",
    "words": b"Unable to process your request",
    "bytes": b"\xff\xfe\x00\x80\x81",
    "half an object": b'{"sending_respon":[{"globalstatus":10,"datapacket":[{"packet":{"number":"6281210100055","send',
    "half a list": b'{"status":0, "array":[[6281210100055,16204',
    "half a result": b'{"results":[{"status":"0","messageid":"1750413192037',
    "half of XML": b"<results><result><status>0</status><messageid>17504",
    "deep": b"[" * 100_000,
    "a long number": b'{"status":' + b"9" * 10_000 + b"}",
    "an empty object": b"{}",
    "null": b"null",
}
STATUSES = {401: AccountRefused, 403: AccountRefused, 404: AccountRefused, 405: AccountRefused}
STATUSES |= {301: AccountRefused, 302: AccountRefused, 307: AccountRefused, 429: RateLimited}
STATUSES |= {400: Uncertain, 418: Uncertain, 500: Uncertain, 502: Uncertain, 503: Uncertain}


def make(slug, base_url, options=None, **more):
    adapter = PROVIDERS[slug]
    credentials = {field.name: f"{field.name}-{SECRET}" for field in adapter.credential_fields}
    callback_url = f"https://us.example.com/callbacks/{TOKEN}/reports/"
    config = AccountConfig("Account one", base_url, credentials, options or {}, callback_url=callback_url, **more)
    return adapter(config)


def message_for(provider, **more):
    channel = Channel.SMS if Channel.SMS in provider.capabilities.channels else Channel.WHATSAPP
    return OutboundMessage(
        **{"reference": "r1", "recipient": "+6281210100055", "text": "Hi", "channel": channel} | more
    )


def result_or_error(provider, message):
    """The outcome of a submission of one message: what settles it, be it a result or an exception."""
    try:
        (result,) = provider.submit([message])
    except ProviderError as error:
        return type(error)
    return result.outcome


def assert_free_of_secrets(text):
    for secret in (SECRET, TOKEN, quote_plus(SECRET), SECRET.encode().hex()):
        assert secret not in text


@every_provider
@pytest.mark.parametrize("feature", [*ASKS, *HEARS])
def test_it_raises_for_the_features_that_it_denies_and_only_for_those(wire, slug, options, feature):
    wire.answer(b"{}")
    provider = make(slug, wire.base_url, options)
    try:
        {**ASKS, **HEARS}[feature](provider)
        is_unsupported = False
    except UnsupportedFeature:
        is_unsupported = True
    except (ProviderError, ValueError, KeyError):
        is_unsupported = False
    assert is_unsupported is not getattr(provider.capabilities, feature)
    assert len(wire.requests) == (feature in ASKS and not is_unsupported)


@every_provider
@pytest.mark.parametrize("mode", MODES)
def test_it_refuses_the_modes_that_it_denies_before_the_wire(wire, slug, options, mode):
    wire.answer(b"")
    provider = make(slug, wire.base_url, options)
    is_granted = getattr(provider.capabilities, mode)
    outcome = result_or_error(provider, message_for(provider, **MODES[mode]))
    assert (outcome is UnsupportedFeature) is not is_granted
    assert len(wire.requests) == is_granted


@every_provider
@pytest.mark.parametrize("encoding", Encoding)
def test_it_refuses_the_encodings_that_it_denies_before_the_wire(wire, slug, options, encoding):
    wire.answer(b"")
    provider = make(slug, wire.base_url, options)
    is_granted = encoding in provider.capabilities.encodings
    outcome = result_or_error(provider, message_for(provider, encoding=encoding))
    assert (outcome is UnsupportedFeature) is not is_granted
    assert len(wire.requests) == is_granted


@every_provider
@pytest.mark.parametrize("channel", Channel)
def test_it_refuses_the_channels_that_it_denies_before_the_wire(wire, slug, options, channel):
    wire.answer(b"")
    provider = make(slug, wire.base_url, options)
    is_granted = channel in provider.capabilities.channels
    outcome = result_or_error(provider, message_for(provider, channel=channel))
    assert (outcome is UnsupportedFeature) is not is_granted
    assert len(wire.requests) == is_granted


@every_slug
def test_it_takes_the_longest_text_and_the_largest_batch_and_no_more(wire, slug):
    wire.answer(b"")
    provider = make(slug, wire.base_url)
    limits = provider.capabilities
    numbers = [f"+62812{index:07}" for index in range(limits.max_batch + 1)]
    longest = [message_for(provider, text="x" * limits.max_text, recipient=number) for number in numbers]
    for batch in ([message_for(provider, text="x" * (limits.max_text + 1))], longest, []):
        with pytest.raises(UnsupportedFeature):
            provider.submit(batch)
    assert wire.requests == []
    with pytest.raises(Uncertain):
        provider.submit(longest[:-1])
    assert len(wire.requests) == 1


@every_slug
def test_it_sends_different_texts_in_one_call_only_where_it_says_so(wire, slug):
    provider = make(slug, wire.base_url)
    wire.answer(b"")
    batch = [message_for(provider, text="one"), message_for(provider, text="two", recipient="+6281210100056")]
    takes_both = provider.capabilities.max_batch > 1 and not provider.capabilities.batch_shares_text
    with pytest.raises(Uncertain if takes_both else UnsupportedFeature):
        provider.submit(batch)


@every_provider
@pytest.mark.parametrize("reply", UNREADABLE_REPLIES.values(), ids=UNREADABLE_REPLIES)
def test_it_leaves_an_unreadable_reply_uncertain(wire, slug, options, reply):
    wire.answer(reply)
    provider = make(slug, wire.base_url, options)
    assert result_or_error(provider, message_for(provider)) in (Uncertain, Outcome.UNCERTAIN)
    assert len(wire.requests) == 1


@pytest.mark.parametrize("slug", ["nusasms", "rajasms", "tcast"])
def test_it_says_in_words_why_a_reply_cannot_be_read(wire, slug):
    wire.answer("<html>We are back at noon.</html>")
    provider = make(slug, wire.base_url)
    with pytest.raises(Uncertain, match=r"^The answer cannot be read: .+\.$") as raised:
        provider.fetch_balance()
    assert raised.value.code == ""
    assert provider.transport.records[-1].error == raised.value.message


@every_provider
@pytest.mark.parametrize(("status", "error"), STATUSES.items())
def test_it_says_what_an_http_status_means_with_one_request(wire, slug, options, status, error):
    wire.answer("1701|6281210100055|1", status=status, Location="/elsewhere", Retry_After="7")
    provider = make(slug, wire.base_url, options)
    with pytest.raises(error) as raised:
        provider.submit([message_for(provider)])
    assert raised.value.code == f"HTTP {status}"
    assert getattr(raised.value, "retry_after", 7) == 7
    assert len(wire.requests) == 1


@every_slug
def test_it_knows_that_a_refused_connection_sent_nothing(slug):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    provider = make(slug, f"http://127.0.0.1:{port}")
    with pytest.raises(NotSent) as raised:
        provider.submit([message_for(provider)])
    assert (raised.value.message, raised.value.code) == ("No connection to the provider.", "Connection refused")


@every_slug
def test_it_knows_nothing_after_a_reset(slug):
    requests = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=reset_after_request, args=(server, requests))
        thread.start()
        provider = make(slug, f"http://127.0.0.1:{server.getsockname()[1]}")
        with pytest.raises(Uncertain, match="the connection broke before there was an answer") as raised:
            provider.submit([message_for(provider)])
        thread.join()
    assert (len(requests), "Error" in raised.value.code) == (1, False)


def reset_after_request(server, requests):
    connection, _address = server.accept()
    with connection:
        requests.append(connection.recv(65536))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@every_slug
def test_it_gives_up_a_silent_server_as_uncertain(slug):
    with socket.create_server(("127.0.0.1", 0)) as server:
        provider = make(slug, f"http://127.0.0.1:{server.getsockname()[1]}", timeout_seconds=0.1)
        with pytest.raises(Uncertain, match="no answer came in time") as raised:
            provider.submit([message_for(provider)])
    assert raised.value.code == ""


@every_provider
def test_it_shows_no_secret_even_when_the_provider_echoes_it(wire, slug, options, caplog):
    caplog.set_level(logging.DEBUG)
    provider = make(slug, wire.base_url, options)
    echo = " ".join([*provider.config.credentials.values(), TOKEN])
    refusal = {"sending_respon": [{"globalstatus": 30, "globalstatustext": echo}]}
    replies = [b"", echo.encode(), f"1702 {echo}".encode(), json.dumps(refusal).encode()]
    shown = [repr(provider), repr(provider.config), repr(provider.transport), repr(provider.masker)]
    for reply, status in [(reply, status) for reply in replies for status in (200, 403, 500)]:
        wire.answers.clear()
        wire.answer(reply, status=status)
        try:
            shown.append(repr(provider.submit([message_for(provider)])))
        except ProviderError as error:
            shown += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    shown += [repr(record) + str(record.masked()) for record in provider.transport.records]
    shown.append(repr(provider.build_submit([message_for(provider)])))
    assert len(provider.transport.records) == 12
    assert_free_of_secrets("\n".join(shown) + caplog.text)


@every_slug
def test_it_declares_itself_for_the_form_the_page_and_the_tables(slug):
    adapter = PROVIDERS[slug]
    assert adapter.slug == slug
    assert adapter.label
    assert str(adapter.callback_help)
    assert any(field.is_secret for field in adapter.credential_fields)
    names = [field.name for field in adapter.all_options()]
    assert len(names) == len(set(names))
    for field in adapter.all_options():
        assert str(field.label)
        assert not field.choices or field.default in field.choices
    assert isinstance(adapter.capabilities_for({}), Capabilities)


@every_slug
def test_its_tables_are_in_one_piece(slug):
    adapter = PROVIDERS[slug]
    for meaning in adapter.codes.values():
        assert str(meaning.meaning)
        assert meaning.trouble is None or isinstance(meaning.trouble, AccountTrouble)
        assert meaning.trouble is None or meaning.outcome is Outcome.NOT_PROCESSED
        assert not meaning.never_resend or meaning.outcome in (Outcome.REFUSED, Outcome.UNCERTAIN)
    assert Outcome.ACCEPTED in {meaning.outcome for meaning in adapter.codes.values()}
    assert ReportStatus.DELIVERED in {meaning.status for meaning in adapter.report_codes.values()}
