"""`doorward run` as a process: it stops when told, and says in plain lines why it does not start."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from gateway.cli import run as command
from gateway.journal.journal import Journal
from tests.gateway.small import Place

ROOT = Path(__file__).parents[3]
LIMIT = 20.0


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).make()


@asynccontextmanager
async def doorward_run(
    place: Place, state: Path | None = None, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    arguments = [str(place.config), "--state", str(state or place.state), "--secrets", str(place.secrets)]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *["-m", "gateway.cli.main", "run", *arguments],
        stdout=pipe,
        stderr=pipe,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        async with asyncio.timeout(LIMIT):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ready(manager: socket.socket) -> None:
    async with asyncio.timeout(LIMIT):
        while b"READY=1" not in await asyncio.get_running_loop().sock_recv(manager, 200):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("debug", ["", "1"])
async def test_it_stops_when_told_and_quietly(place: Place, number: signal.Signals, debug: str) -> None:
    """In asyncio's debug mode too: nothing never awaited, nothing blocked, nothing left open."""
    with (
        TemporaryDirectory(prefix="dw-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager,
    ):
        manager.bind(f"{folder}/notify")
        strict = {"PYTHONASYNCIODEBUG": debug, "PYTHONWARNINGS": "always::ResourceWarning,always::RuntimeWarning"}
        async with doorward_run(place, None, NOTIFY_SOCKET=f"{folder}/notify", **strict) as process:
            await ready(manager)
            process.send_signal(number)
            out, err = await process.communicate()
    assert process.returncode == 0
    assert out == b""
    assert b"Traceback" not in err
    for complaint in (b"never awaited", b"never retrieved", b"ResourceWarning", b"destroyed", b"was closed"):
        assert complaint not in err, err.decode()
    async with Journal.open(place.state, gateway="gw1") as journal:
        assert journal.head.type == "GatewayStopped"


async def test_mistakes_are_one_a_line_and_nothing_is_started(place: Place) -> None:
    text = (place.config / "site.yaml").read_text()
    (place.config / "site.yaml").write_text(
        text.replace("where: store", "where: nowhere").replace("site: hq", "site: H Q")
    )
    async with doorward_run(place) as process:
        out, err = await process.communicate()
    assert process.returncode == 2
    assert out == b""
    lines = err.decode().splitlines()
    assert len(lines) == 2
    assert all(line.startswith("site.yaml:") for line in lines)
    assert not any(place.state.iterdir())


async def test_no_configuration_at_all(place: Place) -> None:
    (place.config / "site.yaml").unlink()
    async with doorward_run(place) as process:
        _, err = await process.communicate()
    assert process.returncode == 2
    assert b"Traceback" not in err


@pytest.mark.parametrize("where", ["nowhere", "somebody else's"])
async def test_a_state_folder_that_cannot_be_used(place: Place, where: str) -> None:
    if where == "nowhere":
        async with doorward_run(place, Path("/proc/doorward/state")) as process:
            _, err = await process.communicate()
    else:
        async with Journal.open(place.state, gateway="gw1"), doorward_run(place) as process:
            _, err = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in err, err.decode()
    assert len([line for line in err.decode().splitlines() if line.startswith("doorward: ")]) == 1


def test_the_fastest_loop_there_is() -> None:
    import uvloop

    assert command.loop_factory() is uvloop.Loop
