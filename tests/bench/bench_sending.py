"""From `queued` to `sent`: one worker and two against a bare loop of `requests`, and RajaSMS in batches."""

from statistics import median

from tests.bench.processes import run_together, start
from tests.bench.rows import THREADS, empty_queue, make_account, queue_messages, sent_count

MESSAGES = 20_000


def plain_rate(base_url, count, threads=THREADS):
    """Calls a second of a bare loop of `requests` over as many threads and connections."""
    process = start("tests.bench.plain", f"{base_url}/api/v3/sendwa/plain", count, threads)
    return rate(run_together([process]))


def worker_rate(account, count, workers=1):
    """Messages a second from `queued` to `sent`."""
    empty_queue()
    queue_messages(account, count)
    results = run_together([start("tests.bench.worker", account.pk) for _ in range(workers)])
    if sent_count(account) != count:
        raise RuntimeError(f"{sent_count(account)} of {count} messages were sent")
    return rate(results)


def rate(results):
    return sum(result["count"] for result in results) / max(result["seconds"] for result in results)


def main(base_url, count=MESSAGES, rounds=3):
    """Medians of some rounds, the plain limit and ours taken in turns; all in messages a second."""
    single, batched = make_account("nusasms", base_url), make_account("rajasms", base_url)
    taken = [
        (
            plain_rate(base_url, count),
            worker_rate(single, count),
            worker_rate(single, count, workers=2),
            worker_rate(batched, count),
        )
        for _round in range(rounds)
    ]
    names = ("plain", "one_worker", "two_workers", "batches")
    return {name: median(figures) for name, figures in zip(names, zip(*taken, strict=True), strict=True)}
