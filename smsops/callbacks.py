"""The door for machines: every provider's callbacks come in here.

No login and no CSRF, but an unguessable token. The raw request is stored first and 200 is the answer once it is:
a refused callback is a lost callback.
"""

from __future__ import annotations

import ipaddress

from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from providers.models import Account, CallbackReceipt, RetiredToken
from smsops.receipts import State, apply_receipt

MAX_BODY = 1024 * 1024
READ_STEP = 64 * 1024


@csrf_exempt
@require_http_methods(["GET", "POST", "PUT"])
def receive(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """Store one callback, apply it, and answer as its provider wants."""
    account = _find_account(token)
    if account is None or kind not in CallbackReceipt.Kind.values:
        return HttpResponse(status=404)
    body = _read_body(request)
    if body is None:
        return HttpResponse(status=413)
    with transaction.atomic():
        receipt = _store(request, account, kind, body)
        if receipt.state != State.FOREIGN:
            apply_receipt(receipt)
    answer, content_type = account.adapter.callback_answer()
    return HttpResponse(answer, content_type=content_type)


def _find_account(token: str) -> Account | None:
    """The account of a current token, or of a rotated one that nobody has revoked."""
    account = Account.objects.filter(callback_token=token).first()
    if account is not None:
        return account
    retired = RetiredToken.objects.filter(token=token).select_related("account").first()
    if retired is None:
        return None
    RetiredToken.objects.filter(pk=retired.pk).update(last_used_at=Now())
    return retired.account


def _read_body(request: HttpRequest) -> bytes | None:
    """The body, or None when it is too long. Django reads none without a length, which chunked requests lack."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY:
        return None
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return request.body
    body = b""
    while len(body) <= MAX_BODY and (chunk := request.META["wsgi.input"].read(READ_STEP)):
        body += chunk
    return body if len(body) <= MAX_BODY else None


def _store(request: HttpRequest, account: Account, kind: str, body: bytes) -> CallbackReceipt:
    address = request.META.get("REMOTE_ADDR") or None
    foreign = not _is_allowed(account, address)
    return CallbackReceipt.objects.create(
        account=account,
        kind=kind,
        remote_address=address,
        method=request.method or "",
        query=request.META.get("QUERY_STRING", "")[:MAX_BODY].replace("\x00", "\ufffd"),
        content_type=request.content_type[:200] if request.content_type else "",
        body=body,
        # The usual end of it, so that a plain callback costs one write.
        state=State.FOREIGN if foreign else State.APPLIED,
    )


def _is_allowed(account: Account, address: str | None) -> bool:
    try:
        networks = account.networks()
        return not networks or (address is not None and any(ipaddress.ip_address(address) in n for n in networks))
    except ValueError:
        return False
