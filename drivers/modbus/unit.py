"""One Modbus unit's presence: found, polled, lost, found again; and the signals that come of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping

from drivers.modbus.config import Config, model_of
from drivers.modbus.line import ExchangeError, Line
from drivers.modbus.module import Module
from drivers.modbus.outputs import Outputs
from rules.model.driver import Device, Emit
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, OutputReported

LOST_AFTER = 3  # failures in a row, or
LOST_AFTER_SECONDS = 1.0  # this long without a good poll and at least two failures
RETRY = 0.1  # s until a failed poll is repeated
BACK_OFF = (0.25, 0.5, 1.0, 2.0)  # s between the probes of a lost unit
POLL_TCP, POLL_SERIAL = 0.05, 0.1

_PRESENCE = {True: "found", False: "lost", None: "seeking"}


class Unit:
    """present: True after DeviceFound, False after DeviceLost, None before either in this connection."""

    def __init__(self, device: Device, line: Line, changed: Callable[[], None]) -> None:
        config: Config = device.config
        self.id = device.id
        self.module = Module(line, config.unit, model_of(config))
        self.outputs = Outputs(device.id, self.module)
        self.poll = config.poll or (POLL_SERIAL if line.serial else POLL_TCP)
        self.present: bool | None = None
        self._config = config
        self._changed = changed  # called when `present` became True: what waited may go on
        self._inputs: list[bool] = []
        self._failures = 0
        self._good_at = 0.0

    async def attend(self, emit: Emit) -> None:
        """Find the unit, poll it until it is lost, find it again; for ever."""
        self._failures, self._good_at = 0, _now()
        while True:
            await self._find(emit)
            await self._watch(emit)

    def interrupted(self) -> None:
        """The connection ended; whether the unit is there must be found out again."""
        if self.present:
            self.present = None

    def health(self) -> Mapping[str, int | str]:
        """Counters, presence, and what the module does without us."""
        presence = {"presence": _PRESENCE[self.present], "on_comms_loss": self.module.safety}
        return {**self.module.counters, **presence}

    async def _find(self, emit: Emit) -> None:
        probes = 0
        while not await self._tried(self._introduce(emit), emit):
            if self.present is None:
                await asyncio.sleep(RETRY)
                continue
            delay = BACK_OFF[min(probes, len(BACK_OFF) - 1)]
            probes += 1
            await asyncio.sleep(max(delay, self.module.line.probe_delay()))

    async def _watch(self, emit: Emit) -> None:
        due = _now()
        while self.present:
            ok = await self._tried(self._poll(emit), emit)
            due = max(due + self.poll, _now()) if ok else _now() + min(self.poll, RETRY)
            await asyncio.sleep(due - _now())

    async def _tried(self, work: Coroutine[None, None, None], emit: Emit) -> bool:
        try:
            await work
        except ExchangeError as failure:
            self._failed(failure, emit)
            return False
        self._failures, self._good_at = 0, _now()
        return True

    def _failed(self, failure: ExchangeError, emit: Emit) -> None:
        self._failures += 1
        tired = self._failures > 1 and _now() - self._good_at >= LOST_AFTER_SECONDS
        if self.present is False or not (tired or self._failures >= LOST_AFTER):
            return
        self.present = False
        self.module.counters["lost"] += 1
        emit(DeviceLost(self.id, failure.code))

    async def _introduce(self, emit: Emit) -> None:
        """All that must be done and said before DeviceFound."""
        await self.outputs.end_interrupted()
        await self.module.make_safe(self._config.on_comms_loss)
        inputs = await self.module.read_inputs()
        levels = await self.module.read_levels()
        self._say_inputs(inputs, range(len(inputs)), emit)
        self._say_levels(levels, emit, everything=True)
        self.present = True
        self.module.counters["found"] += 1
        emit(DeviceFound(self.id))
        self._changed()

    async def _poll(self, emit: Emit) -> None:
        inputs = await self.module.read_inputs()
        changed = [n for n, closed in enumerate(inputs) if closed is not self._inputs[n]]
        self._say_inputs(inputs, changed, emit)
        self._say_levels(await self.module.read_levels(), emit)
        self.module.counters["polls"] += 1

    def _say_inputs(self, inputs: list[bool], which: Iterable[int], emit: Emit) -> None:
        self._inputs = inputs
        for n in which:
            emit(InputChanged(f"{self.id}.in{n + 1}", Sensed.CLOSED if inputs[n] else Sensed.OPEN))

    def _say_levels(self, levels: list[bool], emit: Emit, *, everything: bool = False) -> None:
        for output in self.outputs.by_point.values():
            on = levels[output.index]
            if everything or on is not output.reported:
                output.reported = on
                emit(OutputReported(output.point, on))


def _now() -> float:
    return asyncio.get_running_loop().time()
