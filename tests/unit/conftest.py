from __future__ import annotations

import pytest

from tests.worlds import World


@pytest.fixture
def world() -> World:
    """One container on an empty storage."""
    return World()
