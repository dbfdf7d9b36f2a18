"""The door for machines: every provider's callbacks come in here.

No login and no CSRF, but an unguessable token. The raw request is stored first and 200 is the answer once it is:
a refused callback is a lost callback.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from providers.cleaning import clip
from providers.models import Account, CallbackReceipt, RetiredToken
from providers.reading import decode
from smsops.messaging.tracking.report_sql import find_account, recall_account
from smsops.receipts import State, apply_at_once, store_and_apply

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_BODY = 1024 * 1024
MAX_TAKEN = 8 * MAX_BODY
READ_STEP = 64 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST", "PUT"])
def receive(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Store one callback, apply it, and answer as its provider wants."""
    known = recall_account(token)
    account = known or _find_account(token)
    if account is None or kind not in CallbackReceipt.Kind.values:
        return HttpResponse(status=404)
    body = _read_body(request)
    if body is None:
        return HttpResponse(status=413)
    if known is None or not apply_at_once(_receipt_of(request, known, kind, body)):
        # What is remembered of an account may be out of date: whatever takes the long way reads it anew.
        account = _find_account(token) if known else account
        if account is None:
            return HttpResponse(status=404)
        store_and_apply(_receipt_of(request, account, kind, body))
    answer, content_type = account.adapter.callback_answer()
    return HttpResponse(answer, content_type=content_type)


@csrf_exempt
def refuse(request: HttpRequest, rest: str) -> HttpResponse:
    """Anything else below the door: no page of Django's, which would show an address that may hold a token."""
    return HttpResponse(status=404)


def _find_account(token: str) -> Account | None:
    """The account of a current token, or of a rotated one that nobody has revoked."""
    account = find_account(token) or Account.objects.filter(callback_token=token).first()
    if account is not None:
        return account
    retired = RetiredToken.objects.filter(token=token).select_related("account").first()
    if retired is None:
        return None
    RetiredToken.objects.filter(pk=retired.pk).update(last_used_at=Now())
    return retired.account


def _read_body(request: HttpRequest) -> bytes | None:
    """The body, or None when it is too long. Django reads none without a length, which chunked requests lack."""
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return _read_most(request.META["wsgi.input"])
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not re.fullmatch("[0-9]{1,9}", length):
        return None
    return request.body if int(length) <= MAX_BODY else _read_most(request)


def _read_most(stream: Any) -> bytes | None:
    """What comes, or None when it is too long. Some of that is taken too: a caller who still writes while we close
    the connection never reads our answer."""
    body, size = b"", 0
    while size <= MAX_TAKEN and (chunk := stream.read(READ_STEP)):
        size += len(chunk)
        body = body + chunk if size <= MAX_BODY else b""
    return body if size <= MAX_BODY else None


def _receipt_of(request: HttpRequest, account: Account, kind: str, body: bytes) -> CallbackReceipt:
    address = _address_of(request)
    foreign = not _is_allowed(account, address)
    return CallbackReceipt(
        account=account,
        kind=kind,
        remote_address=str(address) if address else None,
        method=request.method or "",
        # WSGI hands the address over byte by byte.
        query=clip(decode(request.META.get("QUERY_STRING", "").encode("latin-1", "replace")), MAX_BODY),
        content_type=clip(request.META.get("CONTENT_TYPE", ""), 200),
        body=body,
        # The usual end of it, so that a plain callback costs one write.
        state=State.FOREIGN if foreign else State.APPLIED,
    )


def _address_of(request: HttpRequest) -> Address | None:
    """Where the call comes from; None over a local socket, or where a proxy names something else."""
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "").partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_allowed(account: Account, address: Address | None) -> bool:
    try:
        networks = account.networks()
    except ValueError:
        return False
    return not networks or (address is not None and any(address in network for network in networks))
