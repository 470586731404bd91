"""Stops in every state, two daemons on one folder, and a start with the clock set back."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from itertools import pairwise
from pathlib import Path

import pytest

from gateway.clock import FastWall, Sources
from simulators.folder import DemoFolder
from simulators.site import SimSite
from tests.faults.shim import Disk, build
from tests.torture.check import every_row
from tests.whole.conftest import MORNING
from tests.whole.daemon import ROOT, Daemon
from tests.whole.gatehouse import Gatehouse, gatehouse

STOP = 15.0
"""s a stop may take; the goal is 2 of a machine at rest, but the journal gives a slow disk 10 by itself."""

HOUR = 3_600 * 1_000_000_000


@asynccontextmanager
async def broker_gone(site: SimSite) -> AsyncIterator[None]:
    await site.broker.kill()
    yield
    await site.broker.restart()


@asynccontextmanager
async def broker_frozen(site: SimSite) -> AsyncIterator[None]:
    site.broker.freeze()
    try:
        yield
    finally:
        site.broker.thaw()


@asynccontextmanager
async def lines_pulled(site: SimSite) -> AsyncIterator[None]:
    await site.osdp.unplug("north")
    site.serial("workshop").unplug()
    await site.modules["east-io"].cut()
    yield
    await site.osdp.replug("north")
    site.serial("workshop").replug()
    await site.modules["east-io"].restore()


async def test_stops_in_order_in_every_state(house: Gatehouse) -> None:
    for trouble in (nullcontext, broker_gone, broker_frozen, lines_pulled):
        before = house.head
        async with trouble(house.site):
            await house.site.present("transfer-reader", house.somebody("security").card)
            await house.event("AccessGranted", after=before, reader="transfer-reader")
            async with asyncio.timeout(STOP):
                await house.stop()
            links = {f"link {link.id}" for link in house.app.dispatch.links}
            assert not (links | {"core", "outbound"}) & {task.get_name() for task in asyncio.all_tasks()}
        head = house.head
        await house.start()
        await house.online()
        assert "UncleanStop" not in {event["type"] for event in await house.journal(head)}


async def test_stops_in_order_on_a_slow_disk_and_refuses_a_second_daemon(root: Path) -> None:
    disk = Disk(build(root), root / "faults", root / "state")
    async with SimSite(DemoFolder(root)) as site, Daemon(site.folder, disk.environment()) as daemon:
        await daemon.start()
        await daemon.online("transfer-reader", "lab-io")
        code, words = await _second(site.folder)
        assert code == 1
        assert "in use by another process" in words
        assert len(words.splitlines()) < 5
        disk.set(delay_ms=200)
        guard = next(person for person in site.people.values() if "security" in person.groups)
        await site.present("transfer-reader", guard.card)
        await daemon.event("AccessGranted", reader="transfer-reader")
        assert await daemon.stop(STOP) == 0
        assert daemon.rows()[-1].type == "GatewayStopped"
    disk.close()


async def _second(folder: DemoFolder) -> tuple[int, str]:
    """Another daemon on the same state folder: its exit code and words."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gateway.cli.main", "run", str(folder.config)),
        *("--state", str(folder.state), "--secrets", str(folder.secrets)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=ROOT,
    )
    try:
        words, _ = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    lines = [line for line in words.decode().splitlines() if not line.startswith("INFO")]
    return process.returncode or 0, "\n".join(lines)


@pytest.mark.parametrize(("hours", "clock"), [(-2, "jumped"), (2, "ok")])
async def test_a_start_with_the_clock_elsewhere(root: Path, hours: int, clock: str) -> None:
    async with gatehouse(root, sources=Sources(wall=FastWall(1, MORNING))) as house:
        guard = house.somebody("security").card
        await house.site.present("transfer-reader", guard)
        await house.event("AccessGranted", reader="transfer-reader")
        await house.stop()
        head = house.head
        house.options["sources"] = Sources(wall=FastWall(1, MORNING + hours * HOUR))
        await house.start()
        await house.online()
        started = await house.event("GatewayStarted", after=head)
        assert started["clock"] == clock
        await house.site.present("transfer-reader", guard)
        await house.event("AccessGranted", after=head, reader="transfer-reader")
        rows = await every_row(house.app.journal)
    assert all(a.t <= b.t for a, b in pairwise(rows))
    last, first = next((a, b) for a, b in pairwise(rows) if b.seq == head + 1)
    assert first.t - last.t >= max(0, hours) * HOUR // 1000 - 60_000_000
    assert last.type == "GatewayStopped"
