"""The most memory that a worker ever has, for few messages and for many."""

from tests.bench.processes import run_together, start
from tests.bench.rows import empty_queue, make_account, queue_messages, sent_count

FEW, MANY = 1_000, 100_000


def peak(account, count):
    """KiB of a worker that sends `count` messages."""
    empty_queue()
    queue_messages(account, count)
    (result,) = run_together([start("tests.bench.worker", account.pk)])
    if sent_count(account) != count:
        raise RuntimeError(f"{sent_count(account)} of {count} messages were sent")
    return result["peak_kib"]


def main(base_url, few=FEW, many=MANY):
    account = make_account("nusasms", base_url)
    return {"few_kib": peak(account, few), "many_kib": peak(account, many)}
