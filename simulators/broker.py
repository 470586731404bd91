"""A broker to test and demonstrate against: Mosquitto as a child, or `iotcore` (rumqttd) where it is absent.

Both live on loopback, keep nothing across a restart and end with the process that started them. iotcore has no
access rules; its MQTT 5 listener is its second one.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rules.model.errors import Unreachable

MOSQUITTO = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
_SETPRIV = shutil.which("setpriv")
_DIE_WITH_PARENT = [_SETPRIV, "--pdeathsig", "KILL"] if _SETPRIV else []
READY = 10.0  # s until a broker must answer
STOPS = 2.0  # s it may take to stand still
_SERVE = "import sys; from iotcore._serve import main; main()"


@dataclass
class Broker:
    """One broker on one port. `kill` is SIGKILL, `freeze` is SIGSTOP, `restart` starts it anew, empty."""

    folder: Path
    port: int
    kind: str
    acl: str | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    spare: int = 0  # port of the listener that nobody uses
    _process: asyncio.subprocess.Process | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def start(
        cls,
        folder: Path,
        port: int | None = None,
        *,
        acl: str | None = None,
        users: Mapping[str, str] | None = None,
        kind: str | None = None,
    ) -> AsyncIterator[Broker]:
        """Run one until left. acl: text of a Mosquitto ACL file; users: name -> password (Mosquitto only).

        kind: `mosquitto` or `iotcore`; by default whichever is there. Raises Unreachable.
        """
        kind = kind or ("mosquitto" if MOSQUITTO else "iotcore")
        with reserved_port() as ours, reserved_port() as spare:
            broker = cls(folder, port or ours, kind, acl, dict(users or {}), spare)
            try:
                await broker.restart()
                yield broker
            finally:
                await broker.kill()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """The broker's process, or None while it is not running."""
        return self._process.pid if self._process else None

    async def restart(self) -> None:
        """Start it (again) and wait until it accepts connections."""
        await self.kill()
        if await self._accepts():
            raise Unreachable("somebody else listens there", code="port_taken", where=self.url)
        self.folder.mkdir(parents=True, exist_ok=True)
        command = await self._mosquitto() if self.kind == "mosquitto" else self._iotcore()
        with (self.folder / "broker.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *command, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        await self._await_ready(self._process)

    async def kill(self) -> None:
        """SIGKILL, also of a frozen one; returns when it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        if process.stdin is not None:
            process.stdin.close()

    def freeze(self) -> None:
        """Stop it without closing its sockets; returns once every thread of it stands, a moment later."""
        self._signal(signal.SIGSTOP)
        until = time.monotonic() + STOPS
        while not self._stands() and time.monotonic() < until:
            time.sleep(0.001)

    def _stands(self) -> bool:
        """See proc(5): the state follows the name, which may hold anything but ends with the last parenthesis."""
        states = [
            task.read_text().rpartition(")")[2].split()[0] for task in Path(f"/proc/{self.pid}/task").glob("*/stat")
        ]
        return all(state == "T" for state in states)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise Unreachable("the broker is not running", code="not_running", where=self.url)
        os.kill(self._process.pid, number)

    async def _await_ready(self, process: asyncio.subprocess.Process) -> None:
        async with asyncio.timeout(READY):
            while True:
                if process.returncode is not None:
                    log = (self.folder / "broker.log").read_text(errors="replace")[-400:]
                    raise Unreachable("the broker did not start", code="not_running", where=self.url, got=log)
                if await self._accepts():
                    return
                await asyncio.sleep(0.02)

    async def _accepts(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        return True

    async def _mosquitto(self) -> list[str]:
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence false",
            "log_type error",
            "log_type warning",
            "max_queued_messages 100000",
            f"allow_anonymous {'false' if self.users else 'true'}",
        ]
        if self.users:
            lines.append(f"password_file {await self._password_file()}")
        if self.acl is not None:
            lines.append(f"acl_file {self._private('acl', self.acl)}")
        if os.geteuid() == 0:
            lines.append("user root")  # it would drop to an account that cannot read the temporary folder
        config = self._private("mosquitto.conf", "\n".join(lines) + "\n")
        return [*_DIE_WITH_PARENT, MOSQUITTO or "mosquitto", "-c", str(config)]

    async def _password_file(self) -> Path:
        path = self._private("passwords", "".join(f"{n}:{p}\n" for n, p in self.users.items()))
        hasher = await asyncio.create_subprocess_exec("mosquitto_passwd", "-U", str(path))
        await hasher.wait()
        return path

    def _private(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(text)
        return path

    def _iotcore(self) -> list[str]:
        path = self._private("rumqttd.toml", _RUMQTTD.format(v4=self.spare, v5=self.port))
        return [sys.executable, "-P", "-c", _SERVE, json.dumps({"config_path": str(path)})]


@contextlib.contextmanager
def reserved_port() -> Iterator[int]:
    """A loopback port that is given to nobody else while inside, whether or not its broker runs.

    A listener with SO_REUSEADDR, as both brokers set it, may have it, since this socket never listens.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield int(held.getsockname()[1])


def free_port() -> int:
    """A loopback port free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_LISTENER = """
[{version}.1]
name = "{version}-1"
listen = "127.0.0.1:{{{version}}}"
next_connection_delay_ms = 1
[{version}.1.connections]
connection_timeout_ms = 5000
max_payload_size = 262144
max_inflight_count = 100
"""
_RUMQTTD = (
    """id = 0
[router]
id = 0
max_connections = 1000
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""
    + _LISTENER.format(version="v4")
    + _LISTENER.format(version="v5")
)
