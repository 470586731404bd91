"""Every transport test runs under asyncio and under uvloop."""

from __future__ import annotations

import pytest

from tests.gateway.transport.loops import LOOPS, OnLoop, runner


@pytest.fixture(params=sorted(LOOPS))
def on_loop(request: pytest.FixtureRequest) -> OnLoop:
    return runner(request.param)
