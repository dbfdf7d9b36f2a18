"""How long a claim is honoured (pure)."""

from __future__ import annotations


def lease_seconds(timeout_seconds: float) -> float:
    """Seconds until somebody else may recover a claim of an account with this time-out."""
    return max(120.0, 2 * timeout_seconds + 60)
