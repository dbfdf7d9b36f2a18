"""The README's matrix is what the adapters say of themselves."""

from pathlib import Path

import pytest

from providers.matrix import BECAUSE, ROWS, cell, render_matrix
from providers.registry import PROVIDERS

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_holds_the_matrix_as_generated():
    assert render_matrix() in README.read_text()


def test_no_reason_is_given_for_what_a_provider_can_do():
    assert [key for key in BECAUSE if not cell(*key).startswith("no, ") and key[1] != "Numbers in one call"] == []


@pytest.mark.parametrize("slug", PROVIDERS)
def test_every_cell_says_yes_a_limit_or_no_because(slug):
    for row in ROWS:
        text = cell(slug, row)
        assert text == "yes" or text.startswith("no, ") or text.replace(",", "").isdigit()
