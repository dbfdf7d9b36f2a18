"""The one HTTP seam: every byte to and from a provider passes here.

It knows whether a request was handed to the socket (which alone tells NotSent from Uncertain), reads replies
with a limit, never follows a redirect, keeps no cookies, and looks at no proxy of the environment.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import requests
import urllib3
from django.utils.translation import gettext_noop
from requests.structures import CaseInsensitiveDict

from providers.connections import LeanAdapter, Wire, open_pool
from providers.errors import AccountRefused, NotSent, ProviderError, RateLimited, Uncertain
from providers.masking import Masker
from providers.types import AccountTrouble

MAX_REPLY = 4 * 1024 * 1024
KEPT_REPLY = 4096
# What a record holds of a body until it is masked: batches are long, and there may be thousands.
HELD = 2 * KEPT_REPLY
# No secret is longer: so much of a cut body's end may be half of one that no mask knows.
LONGEST_SECRET = 1024
CONNECT_TIMEOUT = 10.0
HEADERS = {"User-Agent": "SMSOps", "Accept": "*/*", "Accept-Encoding": "identity"}
# Stored in English and translated where they are shown: a worker speaks no person's language.
NO_CONNECTION = gettext_noop("No connection to the provider.")
NO_CONNECTION_IN_TIME = gettext_noop("No connection to the provider came about in time.")
BROKEN_OFF = gettext_noop("The request went out, and the connection broke before there was an answer.")
NO_ANSWER_IN_TIME = gettext_noop("The request went out, and no answer came in time.")
TOO_LONG = gettext_noop("The answer was too long, or took too long to arrive.")
HTTP_ERROR = gettext_noop("The provider answered with an HTTP error.")
ASKED_TO_WAIT = gettext_noop("The provider asks us to wait.")
ENDPOINT_STATUSES = {401: AccountTrouble.CREDENTIALS, 403: AccountTrouble.ADDRESS}
ENDPOINT_STATUSES |= dict.fromkeys((404, 405), AccountTrouble.ENDPOINT)


@dataclass(frozen=True, slots=True)
class Call:
    """One request to a provider. `path` is below the account's base URL (or overridden by option `paths`).

    `query` goes into the URL, `form` or `json` into the body. `secrets` are the digests made for this call.
    `precious`: the reply is handed out once only, so it is given to `Transport.keep` before anyone reads it.
    """

    name: str
    path: str
    method: str = "GET"
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    form: Mapping[str, str] | None = field(default=None, repr=False)
    json: Any = field(default=None, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    precious: bool = False
    base_url: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A readable HTTP answer: status 2xx and its body in bytes."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8, else as Windows-1252, whatever its Content-Type claims."""
        try:
            return self.body.decode("utf-8-sig")
        except UnicodeDecodeError:
            return self.body.decode("cp1252", errors="replace")


@dataclass(slots=True)
class CallRecord:
    """What went over the wire, for the call log. Everything but `masked()` may hold secrets."""

    name: str
    method: str
    started_at: datetime
    masker: Masker = field(repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    url: str = field(default="", repr=False)
    request: bytes = field(default=b"", repr=False)
    status: int | None = None
    reply: bytes = field(default=b"", repr=False)
    error: str = field(default="", repr=False)
    duration_ms: int = 0

    def masked(self) -> dict[str, Any]:
        """The fields of a `CallLog` row, free of secrets and cut to 4 KiB each."""
        extra = Masker(self.secrets).mask if self.secrets else str

        def clean(text: str) -> str:
            return extra(self.masker.mask(text)).replace("\x00", "�")

        def clean_body(body: bytes) -> str:
            text = clean(body.decode("utf-8", "replace"))
            return text[: -LONGEST_SECRET if len(body) >= HELD else None][:KEPT_REPLY]

        return {
            "name": self.name,
            "method": self.method,
            "started_at": self.started_at,
            "url": clean(self.url)[:KEPT_REPLY],
            "request": clean_body(self.request),
            "status": self.status,
            "reply": clean_body(self.reply),
            "error": clean(self.error)[:KEPT_REPLY],
            "duration_ms": self.duration_ms,
        }


class Transport:
    """One kept-alive connection to one base URL. Not shared between threads."""

    def __init__(
        self,
        *,
        base_url: str,
        masker: Masker,
        timeout_seconds: float = 30,
        tls_verify: bool = True,
        ca_certificate: str = "",
        proxy_url: str = "",
        keep_alive_seconds: float = 4,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._masker = masker
        self._timeout = timeout_seconds
        self._urllib3_timeout: Any = urllib3.Timeout(
            connect=min(CONNECT_TIMEOUT, timeout_seconds), read=timeout_seconds
        )
        self._keep_alive = keep_alive_seconds
        self._proxies = {"http": proxy_url, "https": proxy_url} if proxy_url else {}
        self._tls: dict[str, Any] = {"verify": tls_verify, "certificate": ca_certificate, "proxy_url": proxy_url}
        self._wire = Wire()
        self._engines: dict[str, LeanAdapter] = {}
        self._prepared: dict[str, CaseInsensitiveDict[str]] = {}
        self._last_used = 0.0
        self.records: list[CallRecord] = []
        self.keep: Any = None

    def close(self) -> None:
        for engine in self._engines.values():
            engine.pool.close()
        self._engines.clear()

    def call(self, call: Call) -> Reply:
        """Make exactly one HTTP request and return its 2xx answer; raises one of `providers.errors`."""
        request = self._prepare(call)
        record = CallRecord(call.name, call.method, datetime.now(UTC), self._masker, call.secrets, request.url or "")
        record.request = request.body[:HELD] if isinstance(request.body, bytes) else b""
        self.records.append(record)
        started = time.monotonic()
        try:
            reply = self._exchange(call, request, record)
        except ProviderError as error:
            record.error = error.message
            raise
        finally:
            record.duration_ms = int((time.monotonic() - started) * 1000)
        return reply

    def note(self, error: str) -> None:
        """What turned out to be wrong with the last call's answer."""
        if self.records:
            self.records[-1].error = error

    def _exchange(self, call: Call, request: requests.PreparedRequest, record: CallRecord) -> Reply:
        self._wire.touched = False
        try:
            response = self._send(call, request)
            record.status = response.status_code
            body = self._read_body(response)
            record.reply = body[:HELD]
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise self._translate(error) from None
        if call.precious and self.keep is not None and body:
            self.keep(call.name, body)
        _raise_for_status(response)
        return Reply(response.status_code, body)

    def _prepare(self, call: Call) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        request.method = call.method
        query = urlencode(call.query)
        request.url = f"{call.base_url or self._base_url}{call.path}" + (f"?{query}" if query else "")
        if call.form is not None:
            self._set_body(request, urlencode(call.form).encode(), "application/x-www-form-urlencoded")
        elif call.json is not None:
            self._set_body(request, json.dumps(call.json, ensure_ascii=False).encode(), "application/json")
        else:
            request.headers = self._headers("")
        return request

    def _set_body(self, request: requests.PreparedRequest, body: bytes, content_type: str) -> None:
        request.body = body
        request.headers = self._headers(content_type)
        request.headers["Content-Length"] = str(len(body))

    def _headers(self, content_type: str) -> CaseInsensitiveDict[str]:
        """Made once for each kind of body; calls of one transport never overlap."""
        if content_type not in self._prepared:
            kind = {"Content-Type": content_type} if content_type else {}
            self._prepared[content_type] = CaseInsensitiveDict(HEADERS | kind)
        return self._prepared[content_type]

    def _send(self, call: Call, request: requests.PreparedRequest) -> requests.Response:
        adapter = self._engine(call.base_url or self._base_url)
        response = adapter.send(request, stream=True, timeout=self._urllib3_timeout, proxies=self._proxies)
        self._last_used = time.monotonic()
        return response

    def _engine(self, base_url: str) -> LeanAdapter:
        """The kept-alive engine of a host, or a new one: a server that closes an idle connection just as we send
        would make a false "uncertain"."""
        if time.monotonic() - self._last_used > self._keep_alive:
            self.close()
        if base_url not in self._engines:
            self._engines[base_url] = LeanAdapter(base_url, open_pool(base_url, wire=self._wire, **self._tls))
        return self._engines[base_url]

    def _read_body(self, response: requests.Response) -> bytes:
        """Read at most MAX_REPLY bytes, and no longer than the time-out in all, however slowly they drip."""
        deadline = time.monotonic() + self._timeout
        body = bytearray()
        while chunk := response.raw.read1(65536):
            body += chunk
            if len(body) > MAX_REPLY or time.monotonic() > deadline:
                response.raw.close()
                raise Uncertain(TOO_LONG)
        response.raw.release_conn()
        return bytes(body)

    def _translate(self, error: Exception) -> ProviderError:
        """Our exception for Python's. Only the seam's own note decides; the text carries no URL."""
        self._last_used = 0.0
        cause = _innermost(error)
        is_late = isinstance(cause, TimeoutError | urllib3.exceptions.ReadTimeoutError)
        code = cause.strerror or "" if isinstance(cause, OSError) else ""
        if not self._wire.touched:
            return NotSent(NO_CONNECTION_IN_TIME if is_late else NO_CONNECTION, code=code)
        return Uncertain(NO_ANSWER_IN_TIME if is_late else BROKEN_OFF, code=code)


def _innermost(error: BaseException) -> BaseException:
    """The cause of all causes, in the system's words: messages of `requests` carry the URL, and so credentials."""
    found: BaseException | None = error
    while found is not None:
        error = found
        told = (getattr(error, "reason", None), *error.args[:1], error.__cause__)
        found = next((each for each in told if isinstance(each, BaseException)), None)
    return error


def _raise_for_status(response: requests.Response) -> None:
    status = response.status_code
    code = f"HTTP {status}"
    if 200 <= status < 300:
        return
    if status in ENDPOINT_STATUSES:
        raise AccountRefused(HTTP_ERROR, trouble=ENDPOINT_STATUSES[status], code=code)
    if 300 <= status < 400:
        raise AccountRefused(HTTP_ERROR, trouble=AccountTrouble.ENDPOINT, code=code)
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        raise RateLimited(ASKED_TO_WAIT, retry_after=float(wait) if wait.isdigit() else 10, code=code)
    raise Uncertain(HTTP_ERROR, code=code)
