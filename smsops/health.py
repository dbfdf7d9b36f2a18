"""`/healthz` for monitors and load balancers: is the database there, does the queue move, does beat's heart beat."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import Any

from django.db import DatabaseError, close_old_connections, connection
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from providers.models import CallbackReceipt
from smsops.messaging.models import Message, Outbox

# Seconds for each of the two questions to the database.
TIMEOUT = 0.8
# Seconds after which a due message or a missing heartbeat makes the queue "late".
LATE = 600
# Counted no further.
MOST_STUCK = 1000

_executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="healthz")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the database answers, else 503, within two seconds.

    `status`: `ok`, `late` (messages wait or beat is silent for over ten minutes) or `unavailable`. A late queue stays
    200: a load balancer that takes the pages away for it would lose callbacks. Ages are seconds, null when unknown.
    `callbacks_needing_a_person` are those that could not be applied, however often it was tried.
    """
    if _within_time(_executor.submit(_ask, _ping)) is None:
        return JsonResponse({"status": "unavailable", "database": "does not answer"}, status=503)
    ages, stuck = _within_time(_executor.submit(_ask, _ages_and_stuck)) or ({}, {})
    is_late = not ages or any(age is not None and age > LATE for age in ages.values())
    return JsonResponse({"status": "late" if is_late else "ok", "database": "ok", **ages, **stuck})


def _within_time(future: Future[Any]) -> Any:
    """The result, or None: not in time, or the database said no."""
    try:
        return future.result(timeout=TIMEOUT)
    except (TimeoutError, DatabaseError):
        future.cancel()
        return None


def _ask(question: Any) -> Any:
    """In a thread of its own, since a database that is gone may take its time; its connection ends with it."""
    close_old_connections()
    try:
        return question()
    finally:
        connection.close()


def _ping() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _ages_and_stuck() -> tuple[dict[str, int | None], dict[str, int]]:
    stuck = CallbackReceipt.objects.filter(state=CallbackReceipt.State.STUCK)[:MOST_STUCK]
    return _ages(), {"callbacks_needing_a_person": stuck.count()}


def _ages() -> dict[str, int | None]:
    oldest = Message.objects.due().aggregate(oldest=Min("send_after"))["oldest"]
    heartbeat = Outbox.objects.values_list("heartbeat_at", flat=True).first()
    return {"oldest_due_seconds": _age(oldest), "outbox_heartbeat_seconds": _age(heartbeat)}


def _age(since: datetime | None) -> int | None:
    return None if since is None else max(0, int((timezone.now() - since).total_seconds()))
