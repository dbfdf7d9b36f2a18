"""Many reports in random order, with repeats and unknown ids, end as they do in order.

`REPORTS=100000` runs the storm that the tracker promises to survive; by default it is over in seconds.
"""

import os
import random

import pytest

from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.delivery import apply_reports
from smsops.messaging.models import Message
from smsops.messaging.status import RANKS, Status

pytestmark = pytest.mark.django_db

REPORTS = int(os.environ.get("REPORTS", "3000"))
AT_ONCE = 50
KNOWN = 0.9


def storm(seed):
    """Reports for `REPORTS` ÷ 6 messages, a tenth of them for ids that nobody has, some of them twice and more."""
    chance = random.Random(seed)
    ids = [f"M{number}" for number in range(REPORTS // 6)]
    words = [ReportStatus(status.value) for status in RANKS]
    told = []
    for _report in range(REPORTS):
        id = chance.choice(ids) if chance.random() < KNOWN else f"U{chance.randrange(REPORTS)}"
        told.append(DeliveryReport(id, chance.choice(words)))
    return ids, told


def best(told):
    """Id → the highest-ranking of what was told."""
    found = {}
    for report in told:
        word = Status(report.status.value)
        if RANKS[word] > RANKS[found.get(report.provider_message_id, Status.SENT)]:
            found[report.provider_message_id] = word
    return found


def states(make_account, queue_messages, ids, told):
    account = make_account("rajasms")
    numbers = [f"+62812{number:08d}" for number in range(len(ids))]
    rows = queue_messages(account, numbers, status="sent")
    for row, id in zip(rows, ids, strict=True):
        row.provider_message_id = id
    Message.objects.bulk_update(rows, ["provider_message_id"], batch_size=500)
    for start in range(0, len(told), AT_ONCE):
        apply_reports(account=account, reports=told[start : start + AT_ONCE], source="callback")
    return dict(Message.objects.filter(account=account).values_list("provider_message_id", "status"))


def test_any_order_ends_as_the_right_one(make_account, queue_messages):
    ids, told = storm(1)
    highest = best(told)
    expected = {id: highest.get(id, Status.SENT) for id in ids}
    in_order = sorted(told, key=lambda report: RANKS[Status(report.status.value)])
    assert states(make_account, queue_messages, ids, in_order) == expected
    random.Random(2).shuffle(told)
    repeated = told + told[: len(told) // 5]
    Message.objects.update(provider_message_id="")
    assert states(make_account, queue_messages, ids, repeated) == expected
