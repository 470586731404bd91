"""The link of one Elk M1: reads, answers, emits, works its outputs, raises when the line fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping

from drivers.elk import messages as m
from drivers.elk.config import Config
from drivers.elk.presence import Presence, Tuning
from drivers.elk.session import Act, Session
from drivers.elk.states import ZoneSense
from rules.model.commands import Command, PulseOutput, SetOutput, target
from rules.model.driver import ByteStream, Device, Emit, Transport
from rules.model.errors import CommandError, ConfigError, LinkError

_CHUNK = 4096
_NOISE_PAUSE = 0.02  # s after bytes without any good frame: at most 200 KB/s of noise are looked at
_LONGEST_PULSE = 65_535  # s


class Driver:
    """One serial port or socket with one panel on it."""

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None:
        if len(devices) != 1:
            raise ConfigError("an Elk line has exactly one panel", code="line_shared", where=link)
        self._device = devices[0].id
        self._config: Config = devices[0].config
        self._transport = transport
        self._sense = ZoneSense()
        self._counters: Counter[str] = Counter()
        self._stream: ByteStream | None = None
        self._session: Session | None = None
        self._news = asyncio.Event()
        self.tuning = Tuning()

    async def run(self, emit: Emit) -> None:
        """Talk with the panel until the line fails; raises LinkError."""
        async with self._transport.stream() as stream:
            session = Session(self._device, self._config, self._sense, self._counters, self.tuning, _now())
            self._stream, self._session = stream, session
            try:
                await self._do(stream, session.open(), emit)
                while True:
                    await self._turn(stream, session, emit)
            finally:
                self._stream, self._session = None, None
                self._tell_waiters()

    async def _turn(self, stream: ByteStream, session: Session, emit: Emit) -> None:
        good = self._counters["frames"]
        try:
            async with asyncio.timeout_at(session.due()):
                data = await stream.read(_CHUNK)
        except TimeoutError:
            data = b""
        now = _now()
        await self._do(stream, session.hear(data, now) + session.tick(now), emit)
        self._tell_waiters()
        if data and self._counters["frames"] == good:
            await asyncio.sleep(_NOISE_PAUSE)
        elif len(data) == _CHUNK:
            await asyncio.sleep(0)

    async def _do(self, stream: ByteStream, acts: list[Act], emit: Emit) -> None:
        for act in acts:
            if isinstance(act, bytes):
                await stream.write(act)
            else:
                emit(act)

    def _tell_waiters(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def execute(self, command: Command) -> None:
        """Work an output; returns when the panel reported it in the state asked for."""
        match command:
            case SetOutput(on=True):
                await self._order(command, True, m.turn_on(self._number(command)))
            case SetOutput(on=False):
                await self._order(command, False, m.turn_off(self._number(command)))
            case PulseOutput(on=True):
                frame = m.turn_on(self._number(command), self._seconds(command))
                await self._order(command, True, frame)
            case _:
                raise self._error("unsupported", "an Elk output is switched on or off, or on for a time", command)

    async def _order(self, command: Command, on: bool, frame: bytes) -> None:
        stream, session = self._there(command)
        number = self._number(command)
        reports, _ = session.output(number)
        try:
            async with asyncio.timeout(self.tuning.confirm):
                await stream.write(frame)
                while not self._confirmed(session, number, on, reports):
                    await self._wait_or_ask(stream)
                    if self._stream is not stream:
                        raise self._error("not_connected", "the line closed", command)
        except TimeoutError as error:
            raise self._error("unconfirmed", "the panel did not report the output", command) from error
        except LinkError as error:
            raise self._error("not_connected", error.message, command) from error

    async def _wait_or_ask(self, stream: ByteStream) -> None:
        """Wait for any news; without, ask: output changes are only sent where global option 37 is on."""
        try:
            async with asyncio.timeout(self.tuning.confirm_ask):
                await self._news.wait()
        except TimeoutError:
            await stream.write(m.ASK_OUTPUTS)

    def _confirmed(self, session: Session, number: int, on: bool, reports: int) -> bool:
        count, state = session.output(number)
        return count > reports and state is on

    def _there(self, command: Command) -> tuple[ByteStream, Session]:
        if self._stream is None or self._session is None:
            raise self._error("not_connected", "the line is not open", command)
        if self._session.presence is not Presence.LIVE:
            raise self._error("device_lost", f"the panel is {self._session.presence}", command)
        return self._stream, self._session

    def _number(self, command: Command) -> int:
        text = target(command).removeprefix(f"{self._device}.out")
        if not text.isdecimal() or int(text) not in self._config.outputs:
            raise self._error("no_such_output", "not an output of this panel", command)
        return int(text)

    def _seconds(self, command: PulseOutput) -> int:
        """The panel counts whole seconds: rounded up, so that a release is never shorter than asked."""
        seconds = -(-command.duration // 1_000_000)
        if not 1 <= seconds <= _LONGEST_PULSE:
            raise self._error("unsupported", "a pulse lasts 1 to 65535 s", command)
        return seconds

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        """Counters since the start: bytes, frames, other, questions, and rejects by kind."""
        session = self._session
        presence, bypassed = (session.presence.value, session.bypassed) if session else ("closed", 0)
        return {self._device: {"presence": presence, "bypassed": bypassed, **self._counters}}

    def _error(self, code: str, message: str, command: Command) -> CommandError:
        return CommandError(message, code=code, where=target(command))


def _now() -> float:
    return asyncio.get_running_loop().time()
