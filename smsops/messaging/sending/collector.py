"""How often a process that sends looks for unreachable cycles."""

from __future__ import annotations

import gc

# Net allocations before the young are looked at: some thousand messages' worth.
YOUNG = 100_000


def collect_rarely() -> None:
    """Call once, when all is imported. Messages pass by the thousand and none is ever part of a cycle: Python's
    collector looked at each of them, and at all of Django, for a third of a worker's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
