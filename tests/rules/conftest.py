"""The world most tests of the rules begin in."""

from __future__ import annotations

import pytest

from tests.rules.builder import SUNDAY
from tests.rules.world import World


@pytest.fixture
def world() -> World:
    """The small site on a Sunday at ten in London (no schedule is active), up, every device found, all at rest."""
    return World(utc=SUNDAY).begin()


@pytest.fixture
def monday() -> World:
    """The same on a Monday at ten: the office schedule holds the front door open."""
    return World().begin()
