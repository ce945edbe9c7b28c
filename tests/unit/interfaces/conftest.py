"""Every test of this room runs on the family double."""

import pytest


@pytest.fixture(autouse=True)
def double(family):
    """The double of `tests/unit/conftest.py`, for all."""
    return family
