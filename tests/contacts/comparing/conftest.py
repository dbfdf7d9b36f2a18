"""Two phone books in memory that agree."""

import pytest

from tests.contacts.comparing.plans import ONE
from tests.contacts.comparing.world import World


@pytest.fixture
def world():
    """One person in one group, known on both sides."""
    made = World()
    made.add_here(ONE, "Budi", ["Bali"], address="Jl. Bali 1")
    made.sync()
    return made
