"""`make bench`: the speed of the hot paths, each figure a ratio to the plain limit measured in the same run.

Prints a table, and then the same as JSON. It needs PostgreSQL (`DATABASE_URL`, else one on this machine) and makes a
database of its own there, which it drops. Options make it shorter; only the full run counts.
"""

import argparse
import json
import os

from tests.bench import (
    bench_callbacks,
    bench_freeze,
    bench_import,
    bench_lists,
    bench_memory,
    bench_report,
    bench_sending,
)
from tests.bench.database import own_database
from tests.bench.figures import (
    callback_figures,
    freeze_figures,
    import_figures,
    list_figures,
    memory_figures,
    print_table,
    report_figures,
    sending_figures,
)
from tests.bench.processes import provider_server

SECTIONS = ("sending", "freezing", "callbacks", "memory", "import", "lists", "report")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--messages", type=int, default=bench_sending.MESSAGES)
    parser.add_argument("--recipients", type=int, default=bench_freeze.RECIPIENTS)
    parser.add_argument("--callbacks", type=int, default=bench_callbacks.CALLBACKS)
    parser.add_argument("--memory", type=int, default=bench_memory.MANY, help="the larger number of messages")
    parser.add_argument("--import-rows", type=int, default=bench_import.ROWS)
    parser.add_argument("--listed", type=int, default=bench_lists.MANY, help="messages behind the lists")
    parser.add_argument("--reported", type=int, default=bench_report.MANY, help="messages of the reported month")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, help="not all of them")
    return parser.parse_args(arguments)


def sections(url, options):
    """What can be measured, by name."""
    few = min(bench_memory.FEW, options.memory)
    fewer = min(bench_lists.FEW, options.listed // 10)
    return {
        "sending": lambda: sending_figures(bench_sending.main(url, options.messages, options.rounds)),
        "freezing": lambda: freeze_figures(bench_freeze.main(options.recipients, options.rounds)),
        "callbacks": lambda: callback_figures(bench_callbacks.main(options.callbacks, options.rounds)),
        "memory": lambda: memory_figures(bench_memory.main(url, few, options.memory), few, options.memory),
        "lists": lambda: list_figures(
            bench_lists.main(fewer, options.listed, 3 * options.rounds), fewer, options.listed
        ),
        "report": lambda: report_figures(
            bench_report.main(url, min(bench_report.FEW, options.reported), options.reported)
        ),
        "import": lambda: import_figures(bench_import.main(options.import_rows)),
    }


def measure(options):
    """Every figure, one after another: nothing else of ours may run beside it."""
    with own_database(), provider_server() as url:
        found = sections(url, options)
        return [figure for name in options.only or found for figure in found[name]()]


def main(arguments=None):
    options = parse(arguments)
    figures = measure(options)
    print_table(figures)
    found = [vars(figure) | {"met": figure.met} for figure in figures]
    print(json.dumps({"cores": os.cpu_count(), **vars(options), "figures": found}, indent=1))


if __name__ == "__main__":
    main()
