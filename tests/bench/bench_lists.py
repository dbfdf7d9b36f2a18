"""The look-up, the lists of messages, the dashboard and the month's report, where there are few messages and where
there are millions.

`python -m tests.bench --only lists`. Two databases side by side, each with a process of its own that asks for pages
through Django's client: what grows with the table is what they ask of the database. Every page is asked of both in
turns, so that a machine whose speed wanders slows both; the middle of all turns counts.
"""

import json
from contextlib import contextmanager
from statistics import median

from tests.bench.database import made_database
from tests.bench.processes import ask, start

FEW, MANY = 50_000, 5_000_000


@contextmanager
def visitor(url, messages):
    """The process, and section → its pages."""
    process = start("tests.bench.visitor", messages, DATABASE_URL=url)
    try:
        yield process, json.loads(process.greeting)
    finally:
        process.terminate()
        process.communicate()


def compare(few, many, passes):
    """Section → (seconds with few messages, seconds with many, queries with few, queries with many)."""
    return {section: _sums(few, many, section, passes) for section in few[1]}


def _sums(few, many, section, passes):
    pairs = zip(few[1][section], many[1][section], strict=True)
    measured = [_in_turns((few[0], here), (many[0], there), passes) for here, there in pairs]
    return [sum(column) for column in zip(*measured, strict=True)]


def _in_turns(few, many, passes):
    """The first turn only warms up; who comes first changes."""
    seen = {few: [], many: []}
    for turn in range(passes + 1):
        for process, address in (few, many) if turn % 2 else (many, few):
            seen[process, address].append(ask(process, address))
    found = seen[few][1:], seen[many][1:]
    return [median(each[name] for each in turns) for name in ("seconds", "queries") for turns in found]


def main(few=FEW, many=MANY, passes=9):
    with (
        made_database() as here,
        made_database() as there,
        visitor(here, few) as first,
        visitor(there, many) as second,
    ):
        return compare(first, second, passes)
