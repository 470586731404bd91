"""What happens on the premises, by name: the verbs of a `Step`. An act that goes wrong raises `Astray`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from gateway.bus.client import BusClient
from rules.credential import encode
from rules.model.errors import Refused, Unreachable
from simulators.scene import Step
from simulators.site import READERS, SimSite
from simulators.visit import STRIDE, Visit, visit, walk_through

UNKNOWN_CARD = encode("h10301", 99, 40_404)
"""Nobody's, in a format that the site reads."""

HASTE = 10.0
"""Seconds a signed request may take."""


class Astray(Exception):
    """Something that should have happened on the premises did not."""


class Calm(Protocol):
    """A clock that sometimes runs ahead; signed requests wait for it."""

    @property
    def calm_in(self) -> float: ...


class Actor:
    """Does steps. visits: told of every badge; people: reference -> id, as requests name them."""

    def __init__(self, site: SimSite, desk: BusClient, clock: Calm, visits: Callable[[Visit], None]) -> None:
        self._site = site
        self._desk = desk
        self._clock = clock
        self._visits = visits
        self._ids = {ref: id for id, ref in site.refs.items()}

    async def do(self, step: Step) -> None:
        """Raises Astray, or Refused and Unreachable for a request."""
        act: Callable[..., Awaitable[None]] = getattr(self, f"do_{step.act}")
        await act(*step.args, **step.options)

    # -- people -------------------------------------------------------------------------------------------------

    async def present(self, person: str, reader: str, pin: str | None = None) -> Visit:
        """Somebody's card, or `unknown`, at a reader. Raises KeyError for nobody of the demo."""
        card = UNKNOWN_CARD if person == "unknown" else self._site.people[person].card
        found = await visit(self._site, reader, card, pin)
        self._visits(found)
        return found

    async def do_badge(self, person: str, reader: str, pin: str | None = None, walk: bool = True) -> None:
        if not (await self.present(person, reader, pin)).granted:
            raise Astray(f"{reader} did not let {person} in")
        if walk and not await walk_through(self._site, reader):
            raise Astray(f"{READERS[reader]} is still locked")

    async def do_turned_away(self, person: str, reader: str, pin: str | None = None) -> None:
        if (await self.present(person, reader, pin)).granted:
            raise Astray(f"{reader} let {person} in")

    async def do_pull(self, door: str) -> None:
        """Open an unlocked door and leave it open."""
        if not self._site.doors[door].pull():
            raise Astray(f"{door} is locked")

    async def do_shut(self, door: str) -> None:
        self._site.doors[door].shut()

    async def do_force(self, door: str) -> None:
        self._site.doors[door].force()

    async def do_leave(self, door: str) -> None:
        """By the inner handle: it says so to the gateway and works the latch by itself."""
        found = self._site.doors[door]
        found.press_rex(True)
        await asyncio.sleep(0.15)
        found.push()
        await asyncio.sleep(STRIDE)
        found.press_rex(False)
        found.shut()

    async def do_button(self, door: str) -> None:
        """By the exit button: it releases the lock, and then the leaf is pulled."""
        found = self._site.doors[door]
        found.press_rex(True)
        released = await found.settles(locked=False)
        found.press_rex(False)
        if not (released and found.pull()):
            raise Astray(f"the exit button of {door} did not release it")
        await asyncio.sleep(STRIDE)
        found.shut()

    async def do_wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def do_locks(self, *doors: str, locked: bool) -> None:
        """Every one of these locks is so, within two seconds."""
        settled = await asyncio.gather(*(self._site.doors[door].settles(locked=locked) for door in doors))
        wrong = [door for door, good in zip(doors, settled, strict=True) if not good]
        if wrong:
            raise Astray(f"{', '.join(wrong)} not {'locked' if locked else 'released'}")

    # -- operators ----------------------------------------------------------------------------------------------

    async def do_ask(self, verb: str, target: str, refusal: str, args: dict[str, Any]) -> None:
        """A signed request; refusal: the code with which it must be refused."""
        if "person" in args:
            args = {**args, "person": self._ids[args["person"]]}
        await asyncio.sleep(self._clock.calm_in)
        try:
            await self._desk.request(verb, target, args, HASTE)
        except Refused as error:
            if error.code != refusal:
                raise
            return
        if refusal:
            raise Astray(f"{verb} {target} was not refused")

    # -- devices ------------------------------------------------------------------------------------------------

    async def do_unplug(self, cable: str) -> None:
        await self._cable(cable, plugged=False)

    async def do_replug(self, cable: str) -> None:
        await self._cable(cable, plugged=True)

    async def _cable(self, name: str, *, plugged: bool) -> None:
        site = self._site
        if name in ("north", "south"):
            await (site.osdp.replug(name) if plugged else site.osdp.unplug(name))
        elif name in site.modules:
            module = site.modules[name]
            await (module.restore() if plugged else module.cut())
        else:
            line = site.serial(name)
            (line.replug if plugged else line.unplug)()

    async def do_tamper(self, reader: str, on: bool) -> None:
        """Open or close a reader's case."""
        await self._site.osdp.tamper(reader, on)

    async def do_restart(self, reader: str, seconds: float) -> None:
        """A reader's power fails for a while."""
        await self._site.osdp.restart(reader, seconds)

    async def do_mute(self, reader: str, seconds: float) -> None:
        """A reader hears and says nothing for a while."""
        await self._site.osdp.mute(reader, seconds)

    async def do_input(self, module: str, point: str, closed: bool) -> None:
        self._site.modules[module].set_input(point, closed=closed)

    async def do_fire(self, burning: bool) -> None:
        self._site.fire(burning)

    async def do_call_point(self, pressed: bool) -> None:
        self._site.call_point(pressed)

    async def do_sensor(self, name: str, **values: bool) -> None:
        await self._site.sense(name, **values)

    async def do_zone(self, number: int, state: str) -> None:
        """A zone of the alarm panel."""
        self._site.panel.zone(number, state)

    async def do_panel(self, area: int, mode: str) -> None:
        """Somebody arms or disarms the alarm panel's own area."""
        self._site.panel.arm(area, mode)

    async def do_kill_broker(self) -> None:
        await self._site.broker.kill()

    async def do_start_broker(self) -> None:
        await self._site.broker.restart()
        await self._site.reconnect_sensors()
        await self._answered()

    async def _answered(self) -> None:
        """Until the gateway answers on the bus again."""
        for _ in range(40):
            with suppress(Unreachable):
                await self._desk.request("replay", "event", {"stream": "event", "after": 2**53, "limit": 1}, 0.5)
                return
        raise Astray("the gateway did not come back to the bus")
