"""Fixtures of whole-gateway tests."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.clock import FastWall, Sources
from tests.whole.gatehouse import Gatehouse, gatehouse

MORNING = 1_795_420_800 * 1_000_000_000
"""Monday 2026-11-23 08:00 in London, in ns: office hours, before the reception opens the front door."""


@pytest.fixture
def root() -> Iterator[Path]:
    """A folder with a short name: sockets and ptys live in it."""
    with TemporaryDirectory(prefix="dw-") as folder:
        yield Path(folder)


@pytest.fixture
async def house(root: Path) -> AsyncIterator[Gatehouse]:
    """A gateway on a Monday morning."""
    async with gatehouse(root, sources=Sources(wall=FastWall(1, MORNING))) as found:
        yield found
