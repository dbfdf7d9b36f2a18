"""A callback in one statement, on PostgreSQL: what its only report makes of its only message. And its account.

That is what nearly every callback brings. Everything else (several of either, nothing new, a repeat) is `delivery`'s.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import OperationalError, connection

from providers.models import Account, CallbackReceipt
from providers.types import DeliveryReport
from smsops.messaging.sending.hotpath import run
from smsops.messaging.status import FINAL, Status, statuses_before

# What callbacks need of an account, in the order of its columns.
NEEDED = (
    "id", "name", "provider", "base_url", "credentials", "options", "sender_id", "timeout_seconds", "time_zone",
    "callback_token", "allowed_networks",
)  # fmt: skip
_VERSION = "xmin::text || ctid::text"
_FIND_ACCOUNT = f"SELECT {_VERSION}, {', '.join(NEEDED)} FROM providers_account WHERE callback_token = %s"

# Accounts as the last callbacks found them, by token. They may have changed since: `store_callback` stores nothing
# for another version of the row than the one that was read.
_known: dict[str, Account] = {}

# What a delivery report may change of a message.
REPORTED = ("status", "provider_message_id", "sent_at", "error_code", "error_text", "price", "finished_at")

# Moves the one message of `one`, which is locked, and tells of it.
_MOVE = """
    moved AS (
        UPDATE messaging_message m SET
            status = %(status)s,
            provider_message_id = CASE WHEN m.provider_message_id = '' AND m.reference <> %(id)s::text THEN %(id)s::text
                                       ELSE m.provider_message_id END,
            error_code = %(code)s, error_text = %(text)s, price = COALESCE(%(price)s::numeric, m.price),
            sent_at = COALESCE(m.sent_at, m.attempted_at, statement_timestamp()),
            finished_at = CASE WHEN %(is_final)s::bool THEN statement_timestamp() END
        FROM one WHERE m.id = one.id RETURNING m.id, m.status),
    told AS (
        INSERT INTO messaging_messageevent (message_id, status, told, source, code, text, raw, happened_at)
        SELECT id, status, status, %(source)s, %(code)s, %(text)s, %(raw)s, %(at)s::timestamptz FROM moved)"""

_STORE_REPORT = f"WITH one AS (SELECT %(message)s::bigint AS id), {_MOVE} SELECT id FROM moved"

# The account as a sum, and the empty id by name, so that PostgreSQL looks for the ids in their indexes. The forms one
# by one: of an array it expects ten, and would plan the statement anew for every callback.
_FORMS, _WHOLE = (f"(%({name}_0)s, %({name}_1)s, %({name}_2)s)" for name in ("form", "whole"))
MOST_FORMS = 3
_STORE_CALLBACK = f"""
    WITH hit AS (
        SELECT id, status, provider_message_id FROM messaging_message
        WHERE account_id + 0 = %(account)s AND (
            provider_message_id IN {_FORMS} AND provider_message_id <> '' OR reference IN {_FORMS})
        ORDER BY id FOR UPDATE),
    one AS (
        SELECT id FROM hit
        WHERE (SELECT count(*) FROM hit) = 1 AND status = ANY(string_to_array(%(before)s, ' '))
          AND EXISTS (SELECT 1 FROM providers_account WHERE id = %(account)s AND {_VERSION} = %(version)s)
          AND (%(is_only_form)s OR provider_message_id IN {_WHOLE})),
    receipt AS (
        INSERT INTO providers_callbackreceipt
            (account_id, kind, source, remote_address, method, query, content_type, body, state, error, attempts)
        SELECT %(account)s, %(kind)s, %(came)s, %(remote_address)s::inet, %(method)s, %(query)s, %(content_type)s,
               %(body)s::bytea, %(state)s, '', 0 FROM one
        RETURNING id), {_MOVE}
    SELECT id FROM receipt"""


def find_account(token: str) -> Account | None:
    """The account of a callback token, its other columns deferred; None says nothing."""
    if connection.vendor != "postgresql":
        return None
    try:
        rows = run(_FIND_ACCOUNT, [token], is_prepared=True)
    except OperationalError:
        # The kept connection is dead: the ORM, unlike `run`, looks first, and makes a new one.
        return None
    if not rows:
        return None
    account = _known[token] = _account_of(*rows[0])
    return account


def recall_account(token: str) -> Account | None:
    """The account as an earlier callback of this process found it: for `store_callback` only."""
    return _known.get(token)


def _account_of(version: str, *values: Any) -> Account:
    row = dict(zip(NEEDED, values, strict=True))
    row |= {name: json.loads(row[name]) for name in ("options", "allowed_networks")}
    account = Account.from_db(connection.alias, NEEDED, tuple(row.values()))
    account.row_version = version
    return account


def store_report(*, message_id: int, report: DeliveryReport, source: str) -> None:
    """Store what a delivery report makes of a locked row that it may move, with its event."""
    run(_STORE_REPORT, {"message": message_id, **_told(report, source)})


def store_callback(*, receipt: CallbackReceipt, report: DeliveryReport, source: str) -> bool:
    """Store a receipt, new and to be applied, together with what its only report makes of its message.

    Only where that message is the only one that can be meant, the report moves it, and the receipt's account is as
    `find_account` read it: else nothing is written, and False is returned.
    """
    account = receipt.account
    forms = _forms(account, report)
    if not forms:
        return False
    owner = {"account": account.pk, "version": account.row_version}
    parameters = {**owner, **forms, **_stored(receipt), **_told(report, source)}
    return bool(run(_STORE_CALLBACK, parameters, is_prepared=True))


def _stored(receipt: CallbackReceipt) -> dict[str, Any]:
    words = {name: str(getattr(receipt, name)) for name in ("kind", "method", "query", "content_type", "state")}
    return {**words, "came": str(receipt.source), "remote_address": receipt.remote_address, "body": receipt.body}


def _forms(account: Account, report: DeliveryReport) -> dict[str, Any]:
    """The forms of the id, and those of them under which a message has every form: it leaves none to look for in
    other accounts of the same login. Empty where that cannot be said in so few."""
    id_forms = account.adapter.id_forms
    forms = {*id_forms(report.provider_message_id)} - {""}
    whole = [form for form in forms if forms <= {*id_forms(form)}]
    if not whole or len(forms) > MOST_FORMS:
        return {}
    return {**_numbered("form", list(forms)), **_numbered("whole", whole), "is_only_form": len(forms) == 1}


def _numbered(name: str, values: list[str]) -> dict[str, str]:
    """As many parameters as the statement has; the last values stand there again where there are fewer."""
    return {f"{name}_{n}": values[min(n, len(values) - 1)] for n in range(MOST_FORMS)}


def _told(report: DeliveryReport, source: str) -> dict[str, Any]:
    return {
        "id": report.provider_message_id,
        "status": report.status.value,
        "is_final": Status(report.status.value) in FINAL,
        "before": " ".join(status.value for status in statuses_before(report.status)),
        "code": report.code,
        "text": report.text,
        "price": report.price,
        "raw": report.raw,
        "at": report.at,
        "source": source,
    }
