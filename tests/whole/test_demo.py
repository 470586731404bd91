"""`doorward demo` as a person and as a script start it: a process of its own, on real ports, ended in every way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli.demo import demo

ROOT = Path(__file__).parents[2]
PATIENCE = 40.0  # s for a demo to be up, on a busy machine


def doorward(*arguments: str | Path) -> tuple[str, ...]:
    return (sys.executable, "-m", "gateway.cli.main", *map(str, arguments))


@contextlib.asynccontextmanager
async def started(
    *arguments: str | Path, runtime: Path, **environment: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A demo whose usual folder is in `runtime`; killed at the end if it still lives."""
    process = await asyncio.create_subprocess_exec(
        *doorward("demo", *arguments),
        cwd=ROOT,
        env={**os.environ, "XDG_RUNTIME_DIR": str(runtime), "PYTHONUNBUFFERED": "1", **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@pytest.fixture
def runtime(tmp_path: Path) -> Path:
    """Short, for the socket in it."""
    folder = tmp_path / "r"
    folder.mkdir(mode=0o700)
    return folder


def command_lines() -> dict[int, str]:
    """pid -> command line, of every process that lives."""
    found = {}
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
    return found


def children(pid: int) -> set[int]:
    """Every process below `pid`."""
    below: set[int] = set()
    for task in (Path("/proc") / str(pid) / "task").iterdir():
        below |= {int(child) for child in (task / "children").read_text().split()}
    return below.union(*(children(child) for child in below))


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def until(holds: Callable[[], bool], limit: float = 5.0) -> None:
    async with asyncio.timeout(limit):
        while not holds():  # noqa: ASYNC110 - what is waited for happens in other processes
            await asyncio.sleep(0.02)


async def says(process: asyncio.subprocess.Process, words: str) -> None:
    """Read its lines until one holds these words."""
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE):
        async for line in process.stdout:
            if words in line.decode():
                return
    raise AssertionError(f"it never said: {words}")


async def ran(*arguments: str | Path) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        *doorward(*arguments), cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE):
        out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def test_a_short_day_ends_by_itself(runtime: Path) -> None:
    async with started("--for", "9s", "--json", runtime=runtime) as process, asyncio.timeout(PATIENCE + 20):
        out, err = await process.communicate()
    assert err.decode() == ""
    summary: dict[str, Any] = json.loads(out)
    assert summary["expected"]["missing"] == []
    assert summary["expected"]["surprises"] == []
    assert not any(summary["losses"].values()), summary["losses"]
    assert summary["ok"]
    assert process.returncode == 0
    assert summary["scenes"] >= 3
    assert summary["signals"] > 50
    assert summary["decisions"]["granted"] >= 12
    assert summary["decisions"]["denied"].keys() >= {"unknown_credential", "denied_by_rule", "outside_schedule"}
    assert summary["commands"]["ordered"] >= summary["decisions"]["granted"]
    assert summary["latency_ms"]["badge_to_strike"]["count"] >= 9
    assert summary["latency_ms"]["pin_to_strike"]["count"] >= 1
    assert left_in(runtime) == []
    assert not [line for line in command_lines().values() if str(runtime) in line]


async def test_people_take_part_and_ctrl_c_ends_it(runtime: Path) -> None:
    async with started(runtime=runtime) as process:
        await says(process, "every device answers")
        folder = runtime / f"doorward-demo-{os.getuid()}"
        below = children(process.pid)
        assert len(below) >= 3  # the daemon, the readers, the broker

        code, out, _ = await ran("swipe", "p031", "workshop-reader", "--demo", folder, "--json")
        assert code == 0
        assert json.loads(out) == {"ok": True, "granted": True, "said": "granted, door workshop-door opened"}
        code, out, _ = await ran("swipe", "p037", "lab-reader", "--pin", "0000", "--demo", folder, "--json")
        assert (code, json.loads(out)["granted"]) == (0, False)
        code, _, err = await ran("swipe", "nobody", "gate", "--demo", folder)
        assert (code, "nobody is 'nobody'" in err) == (3, True)
        code, out, _ = await ran("door", "block", "transfer", "--demo", folder, "--json")
        assert (code, json.loads(out)["code"]) == (0, "ok")

        process.send_signal(signal.SIGINT)  # 2 s are promised, of a machine that has them
        async with asyncio.timeout(PATIENCE):
            await process.wait()
        assert process.returncode == 0
        assert not below & command_lines().keys()
        assert left_in(runtime) == []


async def test_nothing_outlives_a_killed_demo(runtime: Path) -> None:
    async with started(runtime=runtime) as process:
        await says(process, "every device answers")
        below = children(process.pid)
        assert len(below) >= 3
        process.kill()
        await process.wait()
        await until(lambda: not below & command_lines().keys())


def test_wrong_usage() -> None:
    for wrong in (("--for", "soon"), ("--speed", "1"), ("--broker", "amqp")):
        result = CliRunner().invoke(demo, wrong)
        assert result.exit_code == 2
        assert "Invalid value" in result.output
