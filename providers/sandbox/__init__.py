"""The five providers simulated over real HTTP on loopback: practice mode for staff, counterpart for tests."""

from providers.sandbox.outcomes import MAGIC, Outcome, magic_number, outcome_of
from providers.sandbox.service import Sandbox
from providers.sandbox.state import DEFAULT_CREDENTIALS

__all__ = ["DEFAULT_CREDENTIALS", "MAGIC", "Outcome", "Sandbox", "magic_number", "outcome_of"]
