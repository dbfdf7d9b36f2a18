"""The call log: every call that was not a plain acceptance, and the last 1,000 of each account that were."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from providers.models import CallLog
from providers.transport import CallRecord

PLAIN_KEPT = 1000


class CallBook:
    """Collects the calls of one account in one worker: the telling ones are written now and then, all at the end."""

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self._plain: deque[CallRecord] = deque(maxlen=PLAIN_KEPT)
        self._telling: list[CallRecord] = []

    def add(self, records: Iterable[CallRecord], *, is_plain: bool) -> None:
        (self._plain if is_plain else self._telling).extend(records)

    def write_telling(self) -> None:
        """Write what was not a plain acceptance."""
        telling, self._telling = self._telling, []
        store_calls(account_id=self.account_id, records=telling, is_plain=False)

    def write(self) -> None:
        self.write_telling()
        if self._plain:
            store_calls(account_id=self.account_id, records=self._plain, is_plain=True)
            _forget_old_plain_calls(self.account_id)
        self._plain.clear()


def store_calls(*, account_id: int, records: Iterable[CallRecord], is_plain: bool) -> None:
    rows = [CallLog(account_id=account_id, is_plain=is_plain, **record.masked()) for record in records]
    CallLog.objects.bulk_create(rows, batch_size=200)


def _forget_old_plain_calls(account_id: int) -> None:
    plain = CallLog.objects.filter(account=account_id, is_plain=True).order_by("-id")
    oldest_kept = plain.values_list("id", flat=True)[PLAIN_KEPT - 1 : PLAIN_KEPT]
    for id in oldest_kept:
        CallLog.objects.filter(account=account_id, is_plain=True, id__lt=id).delete()
