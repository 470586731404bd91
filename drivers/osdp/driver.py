"""The OSDP driver: the control panel's side of one RS-485 line with all its readers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import ClassVar

from drivers.osdp import show
from drivers.osdp.config import check_line, key_of
from drivers.osdp.health import Timing
from drivers.osdp.jobs import Job
from drivers.osdp.line import Line, Trace
from drivers.osdp.session import Session
from drivers.osdp.standing import Stand
from rules.model.commands import Command, PulseOutput, SetOutput, ShowOutcome
from rules.model.driver import Device, Emit, Transport
from rules.model.errors import CommandError

OFF = frozenset({Stand.LOST, Stand.INSECURE})


class Driver:
    """One line. Raises ConfigError at once for a missing or weak key, or an address or key used twice."""

    timing: ClassVar[Timing] = Timing()
    trace: Trace | None = None  # set it to see frames pass, without their contents

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None:
        check_line(devices)
        self._link = link
        self._transport = transport
        self._line: Line | None = None
        self._plain = {device.id: device.config.insecure for device in devices if device.config.insecure}
        self._sessions = {device.id: self._session(device) for device in devices}

    def _session(self, device: Device) -> Session:
        config = device.config
        return Session(
            device.id,
            config.address,
            key_of(device),
            self.timing,
            keypad=config.keypad,
            install=config.install,
        )

    async def run(self, emit: Emit) -> None:
        """Poll until the line fails; every command that still waits then fails too."""
        sessions = tuple(self._sessions.values())
        try:
            async with self._transport.stream() as stream:
                self._line = Line(sessions, stream, self._transport.baud, self.timing, emit, self.trace)
                await self._line.run()
        finally:
            self._line = None
            for session in sessions:
                session.close("the line failed", "link_lost")

    async def execute(self, command: Command) -> None:
        """Return at the reader's ACK. An outcome counts as shown when the LED or the buzzer took it."""
        match command:
            case ShowOutcome(reader=reader, outcome=outcome):
                await self._send(reader, show.OUTCOMES[outcome], urgent=False)
            case PulseOutput(output=output, on=on, duration=duration):
                await self._send(self._reader_of(output), (show.pulse(on, duration),), urgent=True)
            case SetOutput(output=output, on=on):
                await self._send(self._reader_of(output), (show.level(on),), urgent=True)
            case _:
                raise CommandError("readers do not take this", code="unsupported", where=self._link)

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        """Counters per reader, its state, and why it may speak plain text."""
        return {device: self._health(session) for device, session in self._sessions.items()}

    def _health(self, session: Session) -> Mapping[str, int | str]:
        security = f"plain: {self._plain[session.device]}" if session.device in self._plain else "secure channel"
        state = {"state": str(session.state), "standing": str(session.standing.stand), "security": security}
        return state | session.counts.values()

    @staticmethod
    def _reader_of(output: str) -> str:
        device, _, point = output.partition(".")
        if point != "out1":
            raise CommandError("no such output", code="unknown_point", where=output)
        return device

    async def _send(self, device: str, bodies: Sequence[bytes], *, urgent: bool) -> None:
        session, line = self._sessions.get(device), self._line
        if session is None:
            raise CommandError("no such reader on this line", code="unknown_device", where=device)
        if line is None or session.standing.stand in OFF:
            raise CommandError("the reader is not there", code="offline", where=device)
        loop = asyncio.get_running_loop()
        jobs = [Job(body, urgent, loop.time(), loop.create_future()) for body in bodies]
        try:
            for job in jobs:
                session.jobs.add(job)
            line.wake()
            await self._confirmed(jobs)
        finally:  # cancelled, or one too many for the queue: none is sent any more
            for job in jobs:
                job.done.cancel()

    @staticmethod
    async def _confirmed(jobs: Sequence[Job]) -> None:
        """Raises the first failure if nothing was confirmed."""
        answers = await asyncio.gather(*(job.done for job in jobs), return_exceptions=True)
        failures = [answer for answer in answers if isinstance(answer, BaseException)]
        if len(failures) == len(jobs):
            raise failures[0]
