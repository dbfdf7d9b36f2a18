"""Claim, mark and settle, the statements that every message passes: raw SQL, one form for each database.

They need `synchronous_commit=on` (SQLite `synchronous=FULL`): a lost mark is a second send. Claim and status are
compared in a CASE where rows are found by their ids: what PostgreSQL believes of those two columns is always out of
date, and their indexes would make it read the whole claim for every row.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import DatabaseError, connection, transaction
from psycopg import Cursor

from smsops.messaging.status import Status

logger = logging.getLogger(__name__)

# Seconds that a callback gets before we ask for the report ourselves.
FIRST_POLL = 60


class Settlement(NamedTuple):
    """What becomes of one marked row. `delay`: seconds until a row that goes back may be tried again.

    A tuple: one is made for every message, and a frozen dataclass takes five times as long.
    """

    id: int
    status: str
    provider_message_id: str = ""
    code: str = ""
    text: str = ""
    price: Decimal | None = None
    delay: float = 0.0
    is_doubtful: bool = False
    send_alone: bool = False
    account_refusal: bool = False
    never_resend: bool = False
    report_asked: bool = True
    has_event: bool = True


def now_sql() -> str:
    """The database's clock, as the statement sees it."""
    if connection.vendor == "postgresql":
        return "statement_timestamp()"
    return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')"


def later_sql() -> str:
    """The database's clock plus one parameter in seconds (negative for the past)."""
    if connection.vendor == "postgresql":
        return "statement_timestamp() + make_interval(secs => %s)"
    return "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s || ' seconds')"


_MAY_LEAVE = """AND EXISTS (SELECT 1 FROM providers_account a WHERE a.id = messaging_message.account_id
                      AND a.is_active AND a.suspended_reason = '')
          AND (campaign_id IS NULL OR EXISTS (SELECT 1 FROM messaging_campaign c
                      WHERE c.id = messaging_message.campaign_id AND c.status = 'running'))
          AND NOT EXISTS (SELECT 1 FROM messaging_outbox WHERE held_since IS NOT NULL)"""


def claim_at_once(
    account_id: int,
    campaign: int | None,
    limit: int,
    claim_id: uuid.UUID,
    columns: Sequence[str],
    *,
    is_marked: bool,
) -> list[tuple]:
    """Give the next due rows of a campaign (None: single sends) to a claim, on PostgreSQL; their columns, in order.

    `is_marked` marks them as well, unless the account or the outbox has been stopped meanwhile.
    """
    chosen = [] if campaign is None else [campaign]
    statement = claim_statement(columns, of_campaign=campaign is not None, is_marked=is_marked)
    asked = [account_id] if is_marked else []
    return run(statement, [account_id, *chosen, *asked, limit, claim_id])


def claim_statement(columns: Sequence[str], *, of_campaign: bool, is_marked: bool) -> str:
    """The order names all columns of the index: an IS NULL fixes none, and PostgreSQL would read and sort the whole
    queue for every claim. Rows that are locked are found by their place: by their ids it would read the whole queue for
    each of them where it believes the table to be small. One that moved just before it was locked waits for the next
    claim."""
    mark = "statement_timestamp(), attempts = attempts + 1" if is_marked else "NULL"
    # Asked once for all rows, not for each.
    may_leave = _MAY_LEAVE.replace("messaging_message.account_id", "%s")
    return f"""
        WITH due AS (
            SELECT ctid FROM messaging_message
            WHERE status = 'queued' AND account_id = %s AND campaign_id {"= %s" if of_campaign else "IS NULL"}
              AND send_after <= statement_timestamp() AND expires_at > statement_timestamp()
              {may_leave if is_marked else ""}
            ORDER BY account_id, campaign_id, priority, send_after LIMIT %s FOR UPDATE SKIP LOCKED),
        mine AS (
            UPDATE messaging_message m
            SET status = 'sending', claim_id = %s, claimed_at = statement_timestamp(), attempted_at = {mark}
            WHERE m.ctid = ANY(ARRAY(SELECT ctid FROM due)) AND CASE WHEN m.status = 'queued' THEN true END
            RETURNING {", ".join(f"m.{column}" for column in columns)}, m.priority AS urgency, m.send_after AS due_at)
        SELECT {", ".join(columns)} FROM mine ORDER BY urgency, due_at, id"""


def mark(*, ids: Sequence[int], claim_id: uuid.UUID, half_lease: float) -> set[int]:
    """Note, durably, that these rows are about to go on the wire; only the returned ones may.

    Left out is what was given to another, or paused, suspended or held since, or is too old by now.
    """
    is_postgresql = connection.vendor == "postgresql"
    which = "= ANY(%s)" if is_postgresql else f"IN ({','.join(['%s'] * len(ids))})"
    statement = f"""
        UPDATE messaging_message SET attempted_at = {now_sql()}, attempts = attempts + 1
        WHERE id {which} AND CASE WHEN status = 'sending' THEN claim_id = %s END AND attempted_at IS NULL
          AND claimed_at > {later_sql()} AND expires_at > {now_sql()}
          {_MAY_LEAVE}
        RETURNING id"""
    if is_postgresql:
        return {id for (id,) in run(statement, [list(ids), claim_id, -half_lease])}
    with connection.cursor() as cursor:
        cursor.execute(statement, [*ids, _uuid(claim_id), -half_lease])
        return {row[0] for row in cursor.fetchall()}


def run(statement: str, parameters: Sequence[Any] | Mapping[str, Any], *, is_prepared: bool = False) -> list[tuple]:
    """Run one statement on PostgreSQL, its parameters bound by the server: Django writes them into the text.

    `is_prepared`: planned once for each connection. Only for what finds a row or two by a unique value, whatever the
    tables have become since.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return cursor.execute(statement, parameters, prepare=is_prepared).fetchall()


def run_among(select: str, texts: Collection[str]) -> list[tuple]:
    """Run a query, told as far as the column that is to be one of these texts, on PostgreSQL. They go as one JSON
    parameter: the driver looks at each member of an array."""
    statement = f"{select} = ANY(ARRAY(SELECT json_array_elements_text(%s::json)))"
    return run(statement, [json.dumps(list(texts))])


def settle(
    *, account_id: int, claim_id: uuid.UUID, settlements: Sequence[Settlement], can_be_asked: bool = True
) -> bool:
    """Store what became of marked rows, with their events; only rows that are still this claim's are touched.
    `can_be_asked`: the provider can be asked for reports.

    Returns whether the account may be in trouble, so that a readable answer has something to clear. On PostgreSQL
    it is one statement; elsewhere call it inside a transaction.
    """
    if connection.vendor == "postgresql":
        first_poll = FIRST_POLL if can_be_asked else None
        rows = run(_SETTLE_AT_ONCE, [_as_json(settlements), first_poll, claim_id, account_id])
        return any(is_troubled for (is_troubled,) in rows)
    for each in settlements:
        _settle_one(claim_id, each, can_be_asked)
    return True


def settle_singly(*, claim_id: uuid.UUID, settlements: Sequence[Settlement], can_be_asked: bool) -> None:
    """The same row by row, where the database refuses one of them: the others must not be lost with it.

    The refused one stays marked, and so becomes uncertain when its lease runs out.
    """
    for each in settlements:
        try:
            with transaction.atomic():
                _settle_one(claim_id, each, can_be_asked)
        except DatabaseError:
            logger.exception("one message could not be settled", extra={"message_id": each.id})


_FIELDS = (
    ("id", "bigint"), ("status", "text"), ("provider_message_id", "text"), ("code", "text"), ("text", "text"),
    ("price", "numeric"), ("delay", "float8"), ("is_doubtful", "bool"), ("send_alone", "bool"),
    ("account_refusal", "bool"), ("never_resend", "bool"), ("report_asked", "bool"), ("has_event", "bool"),
)  # fmt: skip

_SETTLE_AT_ONCE = f"""
    WITH v AS (SELECT * FROM json_to_recordset(%s::json) AS v({", ".join(f"{name} {kind}" for name, kind in _FIELDS)})),
    moved AS (
        UPDATE messaging_message m SET
            status = v.status,
            provider_message_id = CASE WHEN v.provider_message_id <> '' THEN v.provider_message_id
                                       ELSE m.provider_message_id END,
            error_code = v.code, error_text = v.text, price = COALESCE(v.price, m.price),
            send_after = CASE WHEN v.delay > 0 THEN statement_timestamp() + make_interval(secs => v.delay)
                              ELSE m.send_after END,
            claim_id = CASE WHEN v.status = 'queued' THEN NULL ELSE m.claim_id END,
            claimed_at = CASE WHEN v.status = 'queued' THEN NULL ELSE m.claimed_at END,
            attempted_at = CASE WHEN v.status = 'queued' THEN NULL ELSE m.attempted_at END,
            doubtful_since = CASE WHEN v.is_doubtful THEN COALESCE(m.doubtful_since, m.attempted_at)
                                  ELSE m.doubtful_since END,
            send_alone = m.send_alone OR COALESCE(v.send_alone, false),
            account_refusals = m.account_refusals + COALESCE(v.account_refusal, false)::int,
            never_resend = m.never_resend OR COALESCE(v.never_resend, false),
            report_asked = COALESCE(v.report_asked, true),
            next_poll_at = CASE WHEN v.status = 'sent'
                                THEN statement_timestamp() + make_interval(secs => %s::float8) END,
            sent_at = CASE WHEN v.status = 'sent' THEN statement_timestamp() ELSE m.sent_at END,
            finished_at = CASE WHEN v.status = 'failed' THEN statement_timestamp() ELSE m.finished_at END
        FROM v WHERE m.id = v.id AND CASE WHEN m.status IN ('sending', 'uncertain') THEN m.claim_id = %s END
        RETURNING m.id),
    told AS (
        INSERT INTO messaging_messageevent (message_id, status, told, source, code, text, raw)
        SELECT v.id, v.status, '', 'submit', v.code, v.text, '' FROM v JOIN moved USING (id)
        WHERE COALESCE(v.has_event, true))
    SELECT uncertain_streak > 0 OR failures > 0 OR is_silent FROM providers_accounthealth WHERE account_id = %s"""


def _as_json(settlements: Sequence[Settlement]) -> str:
    """One parameter for any number of rows, and the cheapest to make: what is as usual is left out."""
    return json.dumps([_told(each) for each in settlements])


_USUAL = Settlement(0, "")[6:]


def _told(each: Settlement) -> dict[str, Any]:
    price = None if each.price is None else str(each.price)
    if each[6:] != _USUAL:
        return each._asdict() | {"price": price}
    id, status, provider_id, code, text = each[:5]
    return {"id": id, "status": status, "provider_message_id": provider_id, "code": code, "text": text, "price": price}


def _settle_one(claim_id: uuid.UUID, each: Settlement, can_be_asked: bool) -> bool:
    goes_back = each.status == Status.QUEUED
    changes: dict[str, Any] = {
        "status = %s": each.status,
        "error_code = %s": each.code,
        "error_text = %s": each.text,
        "report_asked = %s": each.report_asked,
        "send_alone = send_alone OR %s": each.send_alone,
        "never_resend = never_resend OR %s": each.never_resend,
        "account_refusals = account_refusals + %s": int(each.account_refusal),
    }
    if each.provider_message_id:
        changes["provider_message_id = %s"] = each.provider_message_id
    if each.price is not None:
        changes["price = %s"] = str(each.price)
    if each.status == Status.SENT and can_be_asked:
        changes[f"next_poll_at = {later_sql()}"] = FIRST_POLL
    if each.delay > 0:
        changes[f"send_after = {later_sql()}"] = each.delay
    fixed = ["doubtful_since = COALESCE(doubtful_since, attempted_at)"] * each.is_doubtful
    fixed += ["claim_id = NULL", "claimed_at = NULL", "attempted_at = NULL"] * goes_back
    fixed += [f"sent_at = {now_sql()}"] * (each.status == Status.SENT)
    fixed += [f"finished_at = {now_sql()}"] * (each.status == Status.FAILED)
    statement = f"""UPDATE messaging_message SET {", ".join([*changes, *fixed])}
        WHERE id = %s AND claim_id = %s AND status IN ('sending', 'uncertain')"""
    with connection.cursor() as cursor:
        cursor.execute(statement, [*changes.values(), each.id, _uuid(claim_id)])
        moved = cursor.rowcount == 1
        if moved and each.has_event:
            cursor.execute(
                f"""INSERT INTO messaging_messageevent (message_id, at, status, told, source, code, text, raw)
                    VALUES (%s, {now_sql()}, %s, '', 'submit', %s, %s, '')""",
                [each.id, each.status, each.code, each.text],
            )
    return moved


def _uuid(value: uuid.UUID) -> Any:
    return value if connection.features.has_native_uuid_field else value.hex
