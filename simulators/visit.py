"""One person at one reader: the card, the PIN if it asks for one, the lock, the way through."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from rules.model.secret import CardBits
from simulators.folder import PLAIN_PIN
from simulators.site import READERS, SimSite

PATIENCE = 5.0
"""Seconds that somebody stands in front of a reader: a read may wait 2 s for its turn, and be granted after that."""

LAG = 0.7
"""Seconds after which a plain reader, which shows nothing, has said no."""

STRIDE = 0.45
"""Seconds that a leaf stands open behind a person: inputs are sure to be seen after 0.4 s."""


@dataclass(frozen=True, slots=True)
class Visit:
    """granted: the reader showed so, or the lock let go. ms: from the card (or the PIN's last key) to the strike."""

    reader: str
    granted: bool
    ms: float | None = None
    pin: bool = False


async def visit(site: SimSite, reader: str, card: CardBits, pin: str | None = None) -> Visit:
    """Hold a card to a reader and see what happens. pin None: the demo's own, where one is asked for."""
    if reader == "gate":
        return await _at_the_gate(site, card)
    door, mark = site.doors[READERS[reader]], site.osdp.mark
    held = door.locked
    began = await site.present(reader, card)
    shown = await _answer(site, reader, mark)
    asked = shown == "pin"
    if asked:
        mark = site.osdp.mark
        began = await site.enter_pin(reader, pin or PLAIN_PIN)
        shown = await _answer(site, reader, mark)
    granted = shown == "granted"
    if granted and held:
        await door.settles(locked=False, limit=PATIENCE)
    struck = held and door.released_at > began
    return Visit(reader, granted, (door.released_at - began) * 1000 if struck else None, asked)


async def _at_the_gate(site: SimSite, card: CardBits) -> Visit:
    loop = asyncio.get_running_loop()
    began = loop.time()
    granted = await site.gate.swipe(card)
    return Visit("gate", granted, (loop.time() - began) * 1000 if granted else None)


async def _answer(site: SimSite, reader: str, mark: int) -> str:
    """granted, denied, pin (it asks for one), or silent."""
    if reader in ("workshop-reader", "dock-reader"):
        released = await site.doors[READERS[reader]].settles(locked=False, limit=LAG)
        return "granted" if released else "denied"
    shown = {
        "granted": {"color": "green", "temporary": True},
        "denied": {"color": "red", "temporary": True},
        "pin": {"color": "amber", "temporary": True, "on": 5},
    }
    waits = {
        asyncio.create_task(site.osdp.wait("led", after=mark, limit=PATIENCE, reader=reader, **led), name=name)
        for name, led in shown.items()
    }
    done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.wait(waits)
    good = [task for task in done if task.exception() is None]
    return good[0].get_name() if good else "silent"


async def walk_through(site: SimSite, reader: str) -> bool:
    """Pull, go through, let it fall shut. False where the lock holds."""
    door = site.doors[READERS[reader]]
    if not door.pull():
        return False
    await asyncio.sleep(STRIDE)
    door.shut()
    return True
