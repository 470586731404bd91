"""The daemon as a process of its own, to be killed, starved of its disk, and looked at from outside."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from gateway.bus.client import BusClient
from gateway.journal import query
from gateway.journal.connect import reader
from gateway.journal.opening import STORE
from gateway.journal.record import Sealed
from gateway.people.keys import load_private
from simulators.folder import DemoFolder

ROOT = Path(__file__).parents[2]
READY = 30.0  # s a start may take on a loaded machine
LIMIT = 15.0  # s anything else may take
EPOCH = 1
EVERYTHING = 1_000_000
_SETPRIV = shutil.which("setpriv")
_DIE_WITH_PARENT = [_SETPRIV, "--pdeathsig", "KILL"] if _SETPRIV else []


@dataclass
class Daemon:
    """`async with Daemon(folder) as daemon: await daemon.start()`; killed at the end if it still runs.

    environment: of the process, for a shim; snapshot_every: events between snapshots.
    """

    folder: DemoFolder
    environment: Mapping[str, str] | None = None
    snapshot_every: int = 5_000
    process: asyncio.subprocess.Process | None = None
    _ready: socket.socket = field(init=False)

    async def __aenter__(self) -> Self:
        self._ready = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._ready.bind(str(self.folder.root / "notify"))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()
        self._ready.close()

    @property
    def store(self) -> Path:
        return self.folder.state / STORE

    @property
    def log(self) -> Path:
        return self.folder.root / "daemon.log"

    # -- its life -----------------------------------------------------------------------------------------------

    async def spawn(self) -> None:
        """Start it and wait for nothing."""
        self._drain()
        known = dict(self.environment) if self.environment is not None else dict(os.environ)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(*_DIE_WITH_PARENT, sys.executable, "-m", "tests.whole.daemon_child", str(self.folder.config)),
                *("--state", str(self.folder.state), "--secrets", str(self.folder.secrets)),
                *("--snapshot-every", str(self.snapshot_every)),
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env=known | {"NOTIFY_SOCKET": str(self.folder.root / "notify")},
            )

    async def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        await self.spawn()
        assert self.process is not None
        told = asyncio.ensure_future(self._told(b"READY=1"))
        ended = asyncio.ensure_future(self.process.wait())
        done, left = await asyncio.wait({told, ended}, timeout=READY, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
        assert told in done, f"the daemon did not start: {self.log.read_text()[-2000:]}"

    async def _told(self, word: bytes) -> None:
        loop = asyncio.get_running_loop()
        while word not in await loop.sock_recv(self._ready, 4096):
            pass

    def _drain(self) -> None:
        while True:
            try:
                self._ready.recv(4096)
            except BlockingIOError:
                return

    async def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        process, self.process = self.process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def stop(self, limit: float = LIMIT) -> int:
        """SIGTERM; the exit code. Fails if it does not end."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(self.process.wait(), limit)
        self.process = None
        return code

    # -- looking ------------------------------------------------------------------------------------------------

    def rows(self, after: int = 0) -> list[Sealed]:
        """What the journal's file holds, as another process sees it."""
        if not self.store.exists():
            return []
        with reader(self.store, LIMIT) as connection:
            return query.rows_after(connection, EPOCH, after, EVERYTHING)

    def events(self, after: int = 0) -> list[dict[str, Any]]:
        """The same as decoded envelopes with their `seq`."""
        return [{"seq": row.seq, **json.loads(row.body)} for row in self.rows(after)]

    @property
    def head(self) -> int:
        rows = self.rows()
        return rows[-1].seq if rows else 0

    async def event(self, type: str, *, after: int = 0, limit: float = LIMIT, **data: Any) -> dict[str, Any]:
        """Wait until the file holds an event of a type with these data; the first after a seq."""
        try:
            async with asyncio.timeout(limit):
                while True:
                    for event in self.events(after):
                        if event["type"] == type and data.items() <= event["data"].items():
                            return event
                    await asyncio.sleep(0.02)  # another process's file tells nobody
        except TimeoutError:
            tail = [(e["seq"], e["type"], e["data"]) for e in self.events(after)][-30:]
            raise AssertionError(f"no {type} {data} within {limit} s; there was {tail}") from None

    async def online(self, *devices: str, after: int = 0) -> None:
        """Wait until all these devices came online after a seq."""
        for device in devices:
            await self.event("DeviceOnline", after=after, device=device, limit=READY)

    def console(self) -> BusClient:
        """A client that may ask, as the demo's supervisor."""
        key = load_private(self.folder.key_file("amira"))
        settings = json.loads((self.folder.root / "console.json").read_text())
        return BusClient(settings["bus"], "millbrook", "gw1", "amira", key)
