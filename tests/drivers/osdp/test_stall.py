"""A loop that is held up: what a reader said in time is heard all the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from rules.model.secret import CardBits
from rules.model.signals import CardRead, DeviceFound
from simulators.pty import PtyLine
from tests.drivers.osdp.conftest import device, make_driver, running, serial, until
from tests.drivers.osdp.peer import Peer
from tests.gateway.transport.loops import LOOPS, runner

REPLY = 0.2  # s that a reader may take
CARD = CardBits.from_int(0x2ABCDE1, 26)


def hold_up(seconds: float) -> None:
    """Keep the loop from turning, as a long computation or a busy machine does."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


@pytest.mark.parametrize("kind", LOOPS)
def test_a_reply_that_came_while_the_loop_was_held_up_is_no_silence(kind: str, line_path: Path) -> None:
    peer, holds = Peer(), 0
    peer.caches = False  # as libosdp's: a repeated command costs it the session

    def hear(data: bytes) -> None:
        nonlocal holds
        for reply in peer.hear(data):
            line.write(reply)
            if holds:
                holds -= 1
                hold_up(1.5 * REPLY)

    async def body() -> None:
        nonlocal holds
        driver = make_driver(serial(line_path), device(), reply=REPLY, offline=8.0)
        async with line, running(driver) as seen:
            await seen.wait(DeviceFound("door"))
            known = driver.health()["door"]["timeouts"]
            peer.events.append(b"\x50\x00\x01\x1a\x00" + CARD.data)
            holds = 3
            await seen.wait(CardRead("door", CARD))
            await until(lambda: not holds)
            polls = peer.polls
            await until(lambda: peer.polls > polls + 1)
            assert driver.health()["door"]["timeouts"] == known
            assert peer.challenges == 1

    line = PtyLine(line_path, hear)
    runner(kind)(body)
