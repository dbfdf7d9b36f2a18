"""Fixtures that the tests of several adapters make for themselves."""

import pytest


def provider_fixture(make):
    """A fixture that makes providers at the `wire`, by `make(base_url, **options)`, and closes them."""

    @pytest.fixture
    def provider(wire):
        made = []

        def build(**options):
            made.append(make(wire.base_url, **options))
            return made[-1]

        yield build
        for one in made:
            one.close()

    return provider
