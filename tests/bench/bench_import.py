"""Importing a list of contacts against django-import-export's row-by-row default: the same file, the same result."""

import csv
import hashlib
import tempfile
from pathlib import Path

from tests.bench.bench_freeze import numbers
from tests.bench.processes import run_together, start

ROWS, FEW = 100_000, 1_000
GROUPS = ("Teman", "Pelanggan", "Bandung")
HEADERS = ("name", "mobile", "groups", "address", "birth_date", "description")


def write_list(path, count):
    with path.open("w", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(HEADERS)
        for number, mobile in enumerate(numbers(count)):
            groups = "; ".join(GROUPS[: number % 3 + 1])
            sheet.writerow((f"Nama {number}", mobile, groups, f"Jl. Merdeka {number}", "1990-08-17", "Pelanggan lama"))


def empty_contacts():
    from contacts.models import Contact, Group

    Contact.groups.through.objects.all().delete()
    Contact.objects.all().delete()
    for name in GROUPS:
        Group.objects.get_or_create(name=name)


def fingerprint():
    """Of all contacts and their groups."""
    from contacts.models import Contact

    columns = ("name", "address", "birth_date", "description", "operator", "attributes")
    rows = Contact.objects.order_by("mobile").values_list("mobile", *columns)
    groups = Contact.groups.through.objects.order_by("contact__mobile", "group__name")
    found = hashlib.sha256()
    for row in [*rows, *groups.values_list("contact__mobile", "group__name")]:
        found.update(repr(row).encode())
    return found.hexdigest()


def run(kind, path):
    empty_contacts()
    (result,) = run_together([start("tests.bench.importer", kind, path)])
    return result | {"fingerprint": fingerprint()}


def main(count=ROWS):
    """`{"rows", "seconds", "plain_seconds", "few_kib", "many_kib"}`"""
    with tempfile.TemporaryDirectory() as folder:
        few, many = Path(folder) / "few.csv", Path(folder) / "many.csv"
        write_list(few, min(FEW, count))
        write_list(many, count)
        few_peak = run("ours", few)["peak_kib"]
        ours, plain = run("ours", many), run("plain", many)
    empty_contacts()
    if ours["fingerprint"] != plain["fingerprint"]:
        raise RuntimeError("the two imports have not the same result")
    return {
        "rows": count,
        "seconds": ours["seconds"],
        "plain_seconds": plain["seconds"],
        "few_kib": few_peak,
        "many_kib": ours["peak_kib"],
    }
