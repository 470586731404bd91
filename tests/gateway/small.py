"""The smallest whole daemon: one door with an ASCII reader nobody plugged in, a broker, an operator."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.configuration import Configuration
from config.loader import load
from config.secrets import Secrets
from gateway.app import App, Options
from gateway.discover import drivers
from gateway.people import keys

LIMIT = 10.0
PEPPERS = {
    "card-pepper": "canary-card-pepper-of-some-forty-characters",
    "pin-pepper": "canary-pin-pepper-of-some-forty-characters-x",
}

_SITE = """
site: hq
timezone: Europe/London
bus: {{url: {bus}, plain: loopback}}
operators: {{amira: {{role: supervisor, key: "{key}"}}}}
lines: {{{line}: {{serial: {root}/nothing, baud: 9600}}}}
devices:
  store-reader: {{driver: ascii, line: {line}, format: wiegand-hex}}
  io: {{driver: modbus, url: "tcp://127.0.0.1:1", model: moxa-e1212, on_comms_loss: lock}}
areas: {{lobby: {{}}, stores: {{}}}}
doors:
  store:
    between: [lobby, stores]
    reader_in: store-reader
    lock: {{output: io.out1, energise: to_unlock, on_power_loss: secure}}
access: {{staff: {{who: staff, where: store, when: always}}}}
"""


@dataclass(frozen=True)
class Place:
    """A folder with a configuration, secrets, state and the operator's key."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def key(self) -> Path:
        return self.root / "amira.key"

    def make(self, bus: str = "mqtt://127.0.0.1:1", line: str = "south", more: str = "") -> Place:
        for folder in (self.config, self.secrets, self.state):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for name, text in PEPPERS.items():
            (self.secrets / name).touch(mode=0o600)
            (self.secrets / name).write_text(text)
        private = Ed25519PrivateKey.generate()
        if not self.key.exists():
            keys.save_private(self.key, private)
        public = keys.public_text(keys.load_private(self.key))
        text = _SITE.format(bus=bus, key=public, root=self.root, line=line)
        (self.config / "site.yaml").write_text(f"{text}{more}...\n")
        return self

    def configuration(self) -> Configuration:
        return load(self.config, drivers(), Secrets(self.secrets))


@dataclass
class Daemon:
    app: App
    task: asyncio.Task[None]

    async def stop(self) -> None:
        self.app.stop()
        async with asyncio.timeout(LIMIT):
            await self.task

    async def types(self) -> list[str]:
        """Everything durable, once all there is so far is."""
        await until(lambda: self.app.journal.durable >= self.app.core.head > self.app.journal.head.seq)
        rows = await self.app.journal.read(0, 1_000)
        return [row.type for row in rows]


@asynccontextmanager
async def daemon(place: Place, **options: Any) -> AsyncIterator[Daemon]:
    """Run it; stopped in order at the end unless it has ended."""
    started = asyncio.Event()
    given = Options(place.state, started=lambda app: started.set(), **options)
    app = App(place.configuration(), drivers(), given)
    task = asyncio.create_task(app.run(), name="daemon")
    waiting = asyncio.ensure_future(started.wait())
    await asyncio.wait({waiting, task}, return_when=asyncio.FIRST_COMPLETED, timeout=LIMIT)
    waiting.cancel()
    if task.done():
        await task
    found = Daemon(app, task)
    try:
        yield found
    finally:
        if not task.done():
            await found.stop()


async def until(condition: Any, limit: float = LIMIT) -> Any:
    """Wait for it, looking every few milliseconds."""
    async with asyncio.timeout(limit):
        while not (found := condition()):  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0.005)
        return found
