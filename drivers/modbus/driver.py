"""The link: one Modbus line with its units. Commands go ahead of polls; each pulse gets its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from drivers.modbus.line import SILENT_LINK, Line
from drivers.modbus.outputs import Output
from drivers.modbus.unit import Unit
from rules.model.commands import Command, PulseOutput, SetOutput, target
from rules.model.driver import Device, Emit, Transport
from rules.model.errors import CommandError, ConfigError, LinkError
from rules.model.ids import device_of

QUEUE = 256  # commands that may wait for the line


@dataclass(slots=True, eq=False)
class _Job:
    command: SetOutput | PulseOutput
    unit: Unit
    output: Output
    done: asyncio.Future[None]

    def alive(self) -> bool:
        """Somebody still waits for it."""
        return not self.done.done()

    def fail(self, error: CommandError) -> None:
        """Tell the one who waits, if anybody does."""
        if self.alive():
            self.done.set_exception(error)


class Driver:
    """Modbus modules behind one TCP endpoint or on one serial line (`rules.model.driver.Driver`)."""

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None:
        self._link = link
        self._line = Line(transport)
        self._pulses = asyncio.Event()  # a pulse began, or a unit whose pulse is over came back
        self._work = asyncio.Event()
        self._jobs: deque[_Job] = deque()
        self._current: _Job | None = None
        self._units = {device.id: Unit(device, self._line, self._pulses.set) for device in devices}
        _check_addresses(link, devices)

    async def run(self, emit: Emit) -> None:
        """Serve the line until it fails: LinkError."""
        async with self._line.opened():
            try:
                async with asyncio.TaskGroup() as group:
                    self._start(group, emit)
            except BaseExceptionGroup as failed:
                raise _link_error(failed) from None
            finally:
                self._stop()

    def _start(self, group: asyncio.TaskGroup, emit: Emit) -> None:
        silence = SILENT_LINK + max((unit.poll for unit in self._units.values()), default=0.0)
        group.create_task(self._line.watch(silence), name=f"{self._link}: connection")
        group.create_task(self._carry_out(), name=f"{self._link}: commands")
        group.create_task(self._end_pulses(), name=f"{self._link}: pulses")
        for unit in self._units.values():
            group.create_task(unit.attend(emit), name=f"{self._link}: {unit.id}")

    def _stop(self) -> None:
        for unit in self._units.values():
            unit.interrupted()
        for job in (self._current, *self._jobs):
            if job is not None:
                job.fail(CommandError("link lost", code="link_lost", where=job.output.point))
        self._current = None
        self._jobs.clear()

    async def execute(self, command: Command) -> None:
        """Set or pulse an output: returns when the module confirmed it, else raises CommandError."""
        job = self._job(command)
        self._jobs.append(job)
        self._work.set()
        try:
            await job.done
        except asyncio.CancelledError:
            with suppress(ValueError):
                self._jobs.remove(job)
            raise

    def _job(self, command: Command) -> _Job:
        point = target(command)
        unit = self._units.get(device_of(point))
        output = unit.outputs.by_point.get(point) if unit else None
        if unit is None or output is None or not isinstance(command, SetOutput | PulseOutput):
            raise CommandError("not an output of this link", code="unsupported", where=point)
        _check_present(unit, point)
        if len(self._jobs) >= QUEUE:
            raise CommandError("too many commands wait", code="busy", where=point)
        return _Job(command, unit, output, asyncio.get_running_loop().create_future())

    async def _carry_out(self) -> None:
        while True:
            while not self._jobs:
                self._work.clear()
                await self._work.wait()
            self._current = job = self._jobs.popleft()
            async with self._line.slot(urgent=True):
                await self._perform(job)
            self._current = None

    async def _perform(self, job: _Job) -> None:
        """Send it, unless it was cancelled while it waited."""
        if not job.alive():
            return
        outputs, command = job.unit.outputs, job.command
        try:
            _check_present(job.unit, job.output.point)
            if isinstance(command, SetOutput):
                await outputs.set(job.output, command.on, job.alive)
            else:
                await outputs.pulse(job.output, command.on, command.duration / 1_000_000, job.alive)
        except CommandError as error:
            job.fail(error)
        else:
            job.unit.module.counters["commands"] += 1
            if job.alive():
                job.done.set_result(None)
        finally:
            self._pulses.set()

    async def _end_pulses(self) -> None:
        while True:
            self._pulses.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(self._next_end()):
                    await self._pulses.wait()
            for unit in self._present():
                for output in unit.outputs.due():
                    async with self._line.slot(urgent=True):
                        await unit.outputs.end(output)

    def _next_end(self) -> float | None:
        ends = (unit.outputs.next_end() for unit in self._present())
        return min((end for end in ends if end is not None), default=None)

    def _present(self) -> list[Unit]:
        """A lost unit's pulses are ended by its own task, first thing when it answers again."""
        return [unit for unit in self._units.values() if unit.present]

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        """Counters per device; `echo` where the line repeats what we send."""
        echo: dict[str, int | str] = {"echo": 1} if self._line.gate.echoes else {}
        return {unit.id: {**unit.health(), **echo} for unit in self._units.values()}


def _check_present(unit: Unit, point: str) -> None:
    if not unit.present:
        raise CommandError("the module does not answer", code="device_lost", where=point)


def _check_addresses(link: str, devices: tuple[Device, ...]) -> None:
    taken: dict[int, str] = {}
    for device in devices:
        other = taken.setdefault(device.config.unit, device.id)
        if other != device.id:
            message = f"unit {device.config.unit} is both {other} and {device.id}"
            raise ConfigError(message, code="duplicate_unit", where=link)


def _link_error(failed: BaseExceptionGroup) -> BaseException:
    """The LinkError of a group that holds nothing else; else the group itself, which is a bug's."""
    links, rest = failed.split(LinkError)
    if links is None or rest is not None:
        return failed
    return links.exceptions[0]
