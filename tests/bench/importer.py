"""One import of contacts: `python -m tests.bench.importer ours|plain FILE` prints "ready", waits for a line, imports,
and prints how long it took and the most memory that it ever had. `plain` is django-import-export as it comes."""

import json
import sys
import time
from pathlib import Path

import django


def import_plainly(path):
    import tablib

    from contacts.resources import ContactResource

    dataset = tablib.Dataset().load(Path(path).read_text(), format="csv")
    ContactResource().import_data(dataset, raise_errors=True)


def import_ours(path):
    from django.core.management import call_command

    with Path("/dev/null").open("w") as nowhere:
        call_command("import_contacts", path, stdout=nowhere)


def main(kind, path):
    django.setup()
    from django.db import connection

    from tests.bench.worker import peak_memory

    connection.ensure_connection()
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.monotonic()
    {"ours": import_ours, "plain": import_plainly}[kind](path)
    print(json.dumps({"seconds": time.monotonic() - started, "peak_kib": peak_memory()}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
