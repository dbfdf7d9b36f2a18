"""The benchmarks run and print their table, at sizes too small to tell anything: so that they cannot rot."""

import json
import subprocess
import sys

import pytest
from django.db import connection

from tests.bench.figures import Figure, sending_figures
from tests.processes import ROOT, database_url

SMALL = ("--messages", "16", "--recipients", "50", "--callbacks", "16", "--memory", "16", "--rounds", "1")
SMALL += ("--import-rows", "50", "--listed", "600", "--reported", "40")


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "postgresql", reason="the benchmarks need PostgreSQL: set DATABASE_URL")
def test_it_measures_and_prints_every_figure(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", database_url())
    command = [sys.executable, "-m", "tests.bench", *SMALL]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stderr
    table, _brace, found = done.stdout.partition("\n{")
    result = json.loads("{" + found)
    assert result["cores"] >= 1
    assert len(table.splitlines()) == len(result["figures"]) + 1
    assert {"one worker ÷ bare loop", "callbacks ÷ view"} <= {figure["name"] for figure in result["figures"]}


def test_a_figure_is_met_or_not_or_only_told():
    assert [Figure("x", 1, least).met for least in (0.5, 2, None)] == [True, False, None]


def test_two_workers_are_not_judged_where_they_share_their_cores(monkeypatch):
    rates = {"plain": 1000, "one_worker": 900, "two_workers": 1000, "batches": 9000}
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    (ratio,) = (figure for figure in sending_figures(rates) if figure.name == "two workers ÷ one")
    assert ratio.met is None
    assert "share 2 cores" in ratio.note
