"""The command line on a running gateway: what it prints, and the code it exits with."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli.console import Console
from gateway.cli.main import main
from rules.model.errors import Refused, Unreachable
from rules.model.signals import DeviceRestarted, LinkLost
from simulators.broker import MOSQUITTO, Broker, free_port
from tests.gateway.small import Daemon, Place, daemon, until


@dataclass
class Post:
    """A gateway, and how to reach it from a terminal."""

    daemon: Daemon
    broker: Broker
    place: Place

    def console(self, *, key: bool = True) -> Console:
        return Console(self.broker.url, "hq", "gw1", "amira", self.place.key if key else None)

    def options(self) -> list[str]:
        return ["--bus", self.broker.url, "--site", "hq", "--as", "amira", "--key", str(self.place.key)]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "broker") as broker:
        place = Place(tmp_path / "site").make(bus=broker.url)
        async with daemon(place) as running:
            await until(lambda: any(getattr(link.driver, "listening", False) for link in running.app.dispatch.links))
            yield Post(running, broker, place)


@dataclass
class Ran:
    code: int
    out: str
    err: str


async def doorward(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    """One command as typed, in a thread of its own: the gateway lives in this one's loop."""
    capsys.readouterr()

    def run() -> int:
        try:
            main(arguments)
        except SystemExit as end:
            return int(end.code or 0)
        raise AssertionError("a command ends with an exit code")

    code = await asyncio.to_thread(run)
    seen = capsys.readouterr()
    return Ran(code, seen.out, seen.err)


async def test_asking_and_being_answered(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    ran = await doorward(capsys, "door", "lockdown", "all", *post.options())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "all: locked down\n"
    ran = await doorward(capsys, "door", "release", "all", "--json", *post.options())
    assert json.loads(ran.out)["code"] == "ok"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["door", "open", "nowhere"], "no_such_door"),
        (["alarms", "acknowledge", "fire.panel"], "no_such_alarm"),
        (["fire", "reset", "panel"], "no_such_fire_input"),
        (["area", "arm", "nowhere"], "no_such_area"),
    ],
)
async def test_being_refused_is_one_line_and_3(
    post: Post, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    ran = await doorward(capsys, *arguments, *post.options())
    assert ran.code == 3
    assert ran.out == ""
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


async def test_nobody_there_is_one_line_and_4(capsys: pytest.CaptureFixture[str]) -> None:
    nowhere = ["--bus", f"mqtt://127.0.0.1:{free_port()}", "--site", "hq"]
    ran = await doorward(capsys, "door", "list", *nowhere)
    assert ran.code == 4
    assert len(ran.err.splitlines()) == 1


async def test_another_site_on_the_same_broker_is_nobody_there(post: Post) -> None:
    elsewhere = Console(post.broker.url, "elsewhere", "gw1", "amira", None)
    with pytest.raises(Unreachable, match="no gateway publishes there"):
        await asyncio.to_thread(elsewhere.states, "door", 1.0)


async def test_what_a_dead_gateway_left_is_not_shown_as_what_is(post: Post) -> None:
    """Its states are retained; its will says that it is gone."""
    await post.daemon.stop()
    with pytest.raises(Unreachable, match="offline"):
        await asyncio.to_thread(post.console().states, "door", 1.0)


async def test_errors_reach_those_who_ask_as_they_are(post: Post) -> None:
    """Not wrapped in the group of the client's tasks."""
    with pytest.raises(Refused) as refused:
        await asyncio.to_thread(post.console().ask, "open", "nowhere")
    assert refused.value.code == "no_such_door"
    with pytest.raises(Refused) as refused:
        await asyncio.to_thread(post.console(key=False).ask, "open", "store")
    assert refused.value.code == "no_key"
    gone = Console(f"mqtt://127.0.0.1:{free_port()}", "hq", "gw1", "amira", None)
    with pytest.raises(Unreachable):
        await asyncio.to_thread(gone.states, "door", 1.0)


async def test_lists(post: Post, capsys: pytest.CaptureFixture[str]) -> None:
    doors = await doorward(capsys, "door", "list", "--json", *post.options())
    assert doors.code == 0
    assert json.loads(doors.out)["store"]["mode"] == "locked"
    assert "store" in (await doorward(capsys, "door", "list", *post.options())).out
    areas = json.loads((await doorward(capsys, "area", "list", "--json", *post.options())).out)
    assert set(areas) == {"lobby", "stores"}
    await until(lambda: post.daemon.app.core.state.alarms.get("link-lost.south"))
    alarms = json.loads((await doorward(capsys, "alarms", "list", "--json", *post.options())).out)
    assert "link-lost.south" in alarms


async def test_a_list_ends_while_events_go_on_and_on(post: Post) -> None:
    """A busy site publishes without a pause: a list waits for what is retained, not for silence."""
    stop = asyncio.Event()
    emit = post.daemon.app.core.emit("south")

    async def busy() -> None:
        while not stop.is_set():
            emit(LinkLost("north", "eof"))
            await asyncio.sleep(0)
            emit(DeviceRestarted("store-reader"))
            await asyncio.sleep(0.02)

    working = asyncio.ensure_future(busy())
    async with asyncio.timeout(8):
        doors = await asyncio.to_thread(post.console().states, "door")
    stop.set()
    await working
    assert "store" in doors


@asynccontextmanager
async def tailing(post: Post, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """`doorward tail` in a process of its own, on a site where something happens all the time."""
    command = [sys.executable, "-m", "gateway.cli.main", "tail", "--json", *arguments, *post.options()]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe, cwd=Path(__file__).parents[3])
    emit = post.daemon.app.core.emit("south")

    async def happen() -> None:
        while process.returncode is None:
            emit(DeviceRestarted("store-reader"))
            await asyncio.sleep(0.02)

    happening = asyncio.ensure_future(happen())
    try:
        async with asyncio.timeout(20):
            yield process
    finally:
        happening.cancel()
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_tail_shows_what_happens(post: Post) -> None:
    async with tailing(post, "-n", "3") as process:
        out, err = await process.communicate()
        assert (process.returncode, err) == (0, b"")
    events = [json.loads(line) for line in out.splitlines()]
    assert [event["n"] - events[0]["n"] for event in events] == [0, 1, 2]


async def test_a_reader_that_goes_away_is_no_error(post: Post) -> None:
    """`doorward tail | head -1`: the pipe breaks, quietly."""
    async with tailing(post) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert (await process.stdout.readline()).startswith(b"{")
        process._transport.get_pipe_transport(1).close()  # type: ignore[attr-defined]
        assert await process.stderr.read() == b""
        assert await process.wait() in (0, 1)


async def test_an_interrupt_is_no_error(post: Post) -> None:
    async with tailing(post) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        await process.stdout.readline()
        process.send_signal(signal.SIGINT)
        await process.stdout.read()
        assert await process.stderr.read() == b""
        assert await process.wait() in (0, 130)
