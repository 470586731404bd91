"""The link of one ASCII reader: reads, emits, writes LED lines, raises when the line fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from drivers.ascii.config import Config
from drivers.ascii.frames import LED_LINES
from drivers.ascii.session import Presence, Session, Tuning
from rules.model.commands import Command, ShowOutcome, target
from rules.model.driver import ByteStream, Device, Emit, Transport
from rules.model.errors import CommandError, ConfigError, LinkError
from rules.model.points import Outcome

_CHUNK = 1024  # bytes decoded before others get their turn
_QUARANTINE_PAUSE = 0.05  # s between reads of a babbling line: at most 20 KB/s of it are looked at


class Driver:
    """One serial line or socket with one reader on it."""

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None:
        if len(devices) != 1:
            raise ConfigError("an ASCII line has exactly one reader", code="line_shared", where=link)
        self._device = devices[0].id
        self._config: Config = devices[0].config
        self._transport = transport
        self._counters: Counter[str] = Counter()
        self._stream: ByteStream | None = None
        self._session: Session | None = None
        self.tuning = Tuning()

    async def run(self, emit: Emit) -> None:
        """Read until the line fails; raises LinkError."""
        async with self._transport.stream() as stream:
            session = Session(self._device, self._config, self._counters, self.tuning, _now())
            self._stream, self._session = stream, session
            try:
                for signal in session.open():
                    emit(signal)
                while True:
                    await self._turn(stream, session, emit)
            finally:
                self._stream, self._session = None, None

    async def _turn(self, stream: ByteStream, session: Session, emit: Emit) -> None:
        due = session.due()
        try:
            async with asyncio.timeout_at(due):
                data = await stream.read(_CHUNK)
        except TimeoutError:
            data = b""
        now = _now()
        for signal in session.hear(data, now) + session.tick(now):
            emit(signal)
        if session.presence is Presence.BABBLING:
            await asyncio.sleep(_QUARANTINE_PAUSE)
        elif len(data) == _CHUNK:
            await asyncio.sleep(0)

    async def execute(self, command: Command) -> None:
        """Show an outcome. The protocol has no acknowledgement: done means that the line took it."""
        if not isinstance(command, ShowOutcome):
            raise self._error("unsupported", "an ASCII reader shows outcomes, nothing else", command)
        if self._config.feedback == "led-lines":
            await self._show(command.outcome, command)

    async def _show(self, outcome: Outcome, command: Command) -> None:
        stream, session = self._stream, self._session
        if stream is None or session is None:
            raise self._error("not_connected", "the line is not open", command)
        if session.presence is not Presence.PRESENT:
            raise self._error("device_lost", f"the reader is {session.presence}", command)
        try:
            await stream.write(LED_LINES[outcome])
        except LinkError as error:
            raise self._error("not_connected", error.message, command) from error
        self._counters["shown"] += 1

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        """Counters since the start: bytes, frames, cards, repeats, rejects by kind, babbles, quarantined."""
        presence = self._session.presence.value if self._session else "closed"
        return {self._device: {"presence": presence, **self._counters}}

    def _error(self, code: str, message: str, command: Command) -> CommandError:
        return CommandError(message, code=code, where=target(command))


def _now() -> float:
    return asyncio.get_running_loop().time()
