"""A module's outputs: base levels, pulses and their ends.

A pulse is owed its end from before its first byte is sent until the write of the base level was confirmed.
Where the module ends pulses by itself, we write the base level after it all the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from drivers.modbus.line import ExchangeError, Request
from drivers.modbus.module import Module
from rules.model.errors import CommandError

ATTEMPTS = 2  # writes of one command, each followed by a read-back if unanswered
RELOCK_RETRY = 0.25  # s until a failed end of a pulse is repeated
MODULE_SLACK = 0.15  # s that a module may be late in ending its pulse

Alive = Callable[[], bool]
"""False once nobody awaits the command any more: it must not be sent (again)."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """on: the level during it; ends: loop time, s; by_module: the module was told to end it too."""

    on: bool
    ends: float
    by_module: bool = False


@dataclass(slots=True)
class Output:
    """index: 0-based. base: as of the last SetOutput, None before the first. reported: as last read back."""

    point: str
    index: int
    base: bool | None = None
    pulse: Pulse | None = None
    reported: bool | None = None

    def rest(self) -> bool:
        """The level a pulse returns to."""
        if self.base is not None:
            return self.base
        return self.pulse is not None and not self.pulse.on

    def remaining(self, on: bool, duration: float) -> float:
        """`duration` s, or what a running pulse of the same level still has where that is longer."""
        if self.pulse is None or self.pulse.on is not on:
            return duration
        return max(duration, self.pulse.ends - _now())


class Outputs:
    """The outputs of one module. The caller of each method holds the line's slot, unless said otherwise."""

    def __init__(self, device: str, module: Module) -> None:
        self._module = module
        outputs = (Output(f"{device}.out{n + 1}", n) for n in range(module.model.outputs))
        self.by_point = {output.point: output for output in outputs}

    async def set(self, output: Output, on: bool, alive: Alive) -> None:
        """Set the base level and end any pulse; CommandError if unconfirmed, and the pulse goes on."""
        output.base = on
        await self._drive(output, self._module.level_request(output.index, on), on, alive)
        pulse = output.pulse
        if pulse is None or not pulse.by_module or pulse.on is not on:
            output.pulse = None
        # else the module may yet end the pulse by itself: at its end the base level is written once more

    async def pulse(self, output: Output, on: bool, duration: float, alive: Alive) -> None:
        """Drive to `on` for `duration` s, extending a running pulse; CommandError if unconfirmed."""
        before = output.pulse
        lasts = output.remaining(on, duration)
        request = self._module.timed_request(output.index, on, lasts) if output.base is not on else None
        slack = MODULE_SLACK if request else 0.0
        output.pulse = Pulse(on, _now() + lasts + slack, by_module=request is not None)
        proof = None if request and before and before.on is on else on
        request = request or self._module.level_request(output.index, on)
        try:
            await self._drive(output, request, proof, alive)
        except CommandError as error:
            self._undo(output, before, certain=error.code == "exception")
            raise
        if not alive():  # confirmed too late for whoever asked, who believes that it failed
            self._undo(output, before, certain=False)

    def _undo(self, output: Output, before: Pulse | None, *, certain: bool) -> None:
        """The pulse was not confirmed: back to the one that ran, or end at once what may have begun."""
        if before is not None or certain:
            output.pulse = before
        elif output.pulse is not None:
            output.pulse = Pulse(output.pulse.on, _now())

    async def _drive(self, output: Output, request: Request, proof: bool | None, alive: Alive) -> None:
        """Write until echoed, or until the output reads `proof` (None: reading proves nothing)."""
        for _ in range(ATTEMPTS):
            if not alive():
                raise CommandError("given up", code="cancelled", where=output.point)
            try:
                await self._module.ask(request)
            except ExchangeError as failure:
                if failure.code == "exception":
                    raise CommandError("refused", code=failure.code, where=output.point, got=failure.got) from None
                if proof is not None and await self._reads(output) is proof:
                    return
            else:
                return
        raise CommandError("no confirmation", code="unconfirmed", where=output.point)

    async def _reads(self, output: Output) -> bool | None:
        try:
            return await self._module.level(output.index)
        except ExchangeError:
            return None

    # -- the ends of pulses

    def next_end(self) -> float | None:
        """Loop time of the earliest end of a pulse."""
        return min((o.pulse.ends for o in self.by_point.values() if o.pulse), default=None)

    def due(self) -> list[Output]:
        """The outputs whose pulse is over."""
        now = _now()
        return [o for o in self.by_point.values() if o.pulse and o.pulse.ends <= now]

    async def end(self, output: Output) -> None:
        """End the pulse if it is still over; if the base level is not confirmed, try again soon."""
        pulse = output.pulse
        if pulse is None or pulse.ends > _now():
            return
        try:
            await self._module.write(output.index, output.rest())
        except ExchangeError:
            output.pulse = Pulse(pulse.on, _now() + RELOCK_RETRY, pulse.by_module)
        else:
            output.pulse = None

    async def end_interrupted(self) -> None:
        """After a break: end every pulse that was running, first of all. Takes slots."""
        for output in self.by_point.values():
            if output.pulse is not None:
                async with self._module.line.slot(urgent=True):
                    await self._module.write(output.index, output.rest())
                output.pulse = None


def _now() -> float:
    return asyncio.get_running_loop().time()
