"""The client of the process in `osdp_pd`: starts it, tells it what people do at its readers, sees what they show."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from rules.model.secret import CardBits

Event = dict[str, Any]

START_LIMIT = 15.0
ANSWER_LIMIT = 5.0
STOP_LIMIT = 5.0
HISTORY = 10_000
ROOT = Path(__file__).resolve().parent.parent


class OsdpSite:
    """`async with OsdpSite(lines) as site`. lines: `[{"name", "path", "readers": [{"id", "address", "key", ...}]}]`.

    Events stay in `events` (the last 10,000) with a running number `n`.
    """

    def __init__(self, lines: Sequence[Mapping[str, Any]]) -> None:
        self._lines = [dict(line) | {"path": str(line["path"])} for line in lines]
        self._process: asyncio.subprocess.Process | None = None
        self._group = asyncio.TaskGroup()
        self._news = asyncio.Condition()
        self._count = 0
        self._commands = 0
        self.events: deque[Event] = deque(maxlen=HISTORY)
        self.ended = False

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "simulators.osdp_pd", "--config", "-"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=ROOT,
        )
        await self._group.__aenter__()
        self._group.create_task(self._listen(), name="osdp site events")
        await self._write({"lines": self._lines})  # keys are not for a command line
        try:
            await self.wait("ready", limit=START_LIMIT)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    @property
    def mark(self) -> int:
        """The number of the newest event, for `wait(after=...)`."""
        return self._count

    async def wait(self, event: str, *, after: int = 0, limit: float = ANSWER_LIMIT, **values: Any) -> Event:
        """The first event of this kind with these values and a number above `after`. Raises TimeoutError."""
        wanted = {"event": event, **values}
        async with asyncio.timeout(limit), self._news:
            while True:
                for found in self.events:
                    if found["n"] > after and wanted.items() <= found.items():
                        return found
                if self.ended:
                    raise ConnectionError("the reader process ended")
                await self._news.wait()

    async def do(self, verb: str, **values: Any) -> Event:
        """Send a command and return its answer; raises ValueError if the reader could not do it."""
        self._commands += 1
        number, mark = self._commands, self.mark
        await self._write({"do": verb, "id": number, **values})
        answer = await self.wait("answer", after=mark, id=number)
        if not answer["ok"]:
            raise ValueError(f"the simulated reader could not {verb}")
        return answer

    async def swipe(self, reader: str, card: CardBits) -> Event:
        """Hold a card to the reader; the answer's `t` is when the reader had it."""
        return await self.do("swipe", reader=reader, bits=card.data.hex(), length=card.length)

    async def keys(self, reader: str, digits: str) -> Event:
        """Press keys: digits, `*` clear, `#` enter."""
        return await self.do("keys", reader=reader, digits=digits)

    async def tamper(self, reader: str, on: bool) -> Event:
        return await self.do("tamper", reader=reader, on=on)

    async def mute(self, reader: str, seconds: float) -> Event:
        return await self.do("mute", reader=reader, seconds=seconds)

    async def restart(self, reader: str, seconds: float = 2.0) -> Event:
        return await self.do("restart", reader=reader, seconds=seconds)

    async def swap(self, reader: str, serial: int) -> Event:
        return await self.do("swap", reader=reader, serial=serial)

    async def unplug(self, line: str) -> Event:
        return await self.do("unplug", line=line)

    async def replug(self, line: str) -> Event:
        return await self.do("replug", line=line)

    async def _write(self, value: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        await self._process.stdin.drain()

    async def _listen(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            self._count += 1
            self.events.append(json.loads(line) | {"n": self._count})
            async with self._news:
                self._news.notify_all()
        self.ended = True
        async with self._news:
            self._news.notify_all()

    async def _stop(self) -> None:
        """Closing its stdin ends it; what does not end then is killed."""
        assert self._process is not None
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._group.__aexit__(None, None, None)
