"""What was recorded, stepped again under the same site, gives the same bytes; and the state folds to the live one."""

from __future__ import annotations

import asyncio
from pathlib import Path

from gateway.bus.client import BusClient
from gateway.clock import FastWall, Sources
from gateway.journal.record import Sealed
from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.secret import CardBits
from rules.record import decode, envelope, signal_of
from rules.site import Site
from rules.state import State
from rules.step import step
from simulators.folder import DURESS_PIN, PLAIN_PIN
from simulators.site import READERS
from tests.torture.check import every_row, fold
from tests.whole.conftest import MORNING
from tests.whole.gatehouse import Gatehouse, gatehouse

DECIDED = ("AccessGranted", "AccessDenied")


def step_again(site: Site, rows: list[Sealed]) -> tuple[list[bytes], State]:
    """Every recorded signal through `step`, from nothing."""
    state, bodies = State(), []
    for row in rows:
        found = signal_of(decode(row.body))
        assert (found is not None) == row.first
        if found is None:
            continue
        signal, stamp = found
        state.mark()
        effects = step(site, state, signal, stamp)
        bodies += [envelope(event, stamp, None if n else signal) for n, event in enumerate(effects.events)]
    return bodies, state


async def badges(house: Gatehouse) -> None:
    guard, site = house.somebody("security"), house.site
    for reader in ("office-reader", "workshop-reader", "gate"):
        before = house.head
        await site.present(reader, guard.card)
        await house.event("AccessGranted", after=before, reader=reader)
        await house.released(site.doors[READERS[reader]])


async def pins(house: Gatehouse) -> None:
    guard, other = house.somebody("security").card, house.site.people["p001"].card
    await _pin(house, guard, PLAIN_PIN)
    await _pin(house, guard, "1470")
    await _pin(house, other, DURESS_PIN)


async def _pin(house: Gatehouse, card: CardBits, digits: str) -> None:
    before = house.head
    await house.site.present("lab-reader", card)
    await house.event("AccessPending", after=before, door="lab-door")
    await house.site.enter_pin("lab-reader", digits)
    async with asyncio.timeout(20):
        while not any(event["type"] in DECIDED for event in await house.journal(before)):
            await house.app.journal.changed(house.app.journal.durable)


async def alarms(house: Gatehouse, client: BusClient) -> None:
    before, site = house.head, house.site
    site.doors["front"].force()
    await house.event("AlarmRaised", after=before, alarm="door-forced.front")
    site.doors["front"].shut()
    await house.event("AlarmReturned", after=before, alarm="door-forced.front")
    await client.request("acknowledge", "door-forced.front", {})
    await client.request("open", "transfer", {})
    await client.request("lockdown", "all", {})
    await client.request("unlock", "office-door", {})
    site.fire(True)
    await house.event("AlarmRaised", after=before, alarm="fire.fire-panel")
    site.fire(False)
    await house.event("AlarmReturned", after=before, alarm="fire.fire-panel")
    await client.request("fire-reset", "fire-panel", {})
    await client.request("lockdown-end", "all", {})


async def cables(house: Gatehouse) -> None:
    before = house.head
    await house.site.osdp.unplug("north")
    await house.event("LinkOffline", after=before, link="north")
    await house.site.osdp.replug("north")
    await house.event("AlarmReturned", after=before, alarm="link-lost.north")


async def busy_run(house: Gatehouse) -> None:
    """Something of everything: cards, PINs, duress, requests, alarms, lost devices, fire."""
    await badges(house)
    await pins(house)
    async with house.console() as client:
        await alarms(house, client)
    await cables(house)


def _bytes(state: State) -> bytes:
    return canonical_bytes(snapshot.dump(state))


async def test_stepped_again_it_gives_the_same_bytes(root: Path) -> None:
    async with gatehouse(root, sources=Sources(wall=FastWall(1, MORNING)), snapshot_every=50) as house:
        await busy_run(house)
        await house.stop()
        await house.start()  # recovered from a snapshot and what came after it
        await house.online()
        await busy_run(house)
        await house.stop()
        core = house.app.core
        await house.start()
        rows = [row for row in await every_row(house.app.journal) if row.seq <= core.head]
    assert len(rows) > 200
    assert {"DuressReported", "PinFailed", "RequestAccepted", "LinkOffline"} <= {row.type for row in rows}
    bodies, state = step_again(core.site, rows)
    assert bodies == [row.body for row in rows]
    assert _bytes(state) == _bytes(core.state) == fold(rows)
