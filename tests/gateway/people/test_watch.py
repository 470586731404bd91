"""Changes made by anybody, in this process or another, reach the daemon."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.people import persons
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.watch import follow
from rules.model.errors import Unreachable
from rules.people import NOBODY, People

from .conftest import PEPPER, PIN_PEPPER

LIMIT = 10.0

BLOCK = (
    "import sys; from pathlib import Path; from gateway.people.directory import Directory;"
    "from rules.model.secret import Secret;"
    "d = Directory.open(Path(sys.argv[1]), Secret(sys.argv[2]), Secret(sys.argv[3]), create=False);"
    "d.block('other', sys.argv[4]); d.close()"
)


@asynccontextmanager
async def following(directory: Directory, seen: People = NOBODY) -> AsyncIterator[asyncio.Queue[People]]:
    """The states a watcher reports, in order."""
    states: asyncio.Queue[People] = asyncio.Queue(maxsize=100)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(directory, states.put_nowait, seen=seen), name="follow")
        yield states
        task.cancel()


async def following_next(states: asyncio.Queue[People]) -> People:
    async with asyncio.timeout(LIMIT):
        return await states.get()


async def test_the_first_state_comes_at_once(directory: Directory, amira: str) -> None:
    async with following(directory) as states:
        assert await following_next(states) == directory.people()


async def test_a_block_by_another_process(directory: Directory, amira: str, file: Path) -> None:
    async with following(directory) as states:
        assert not (await following_next(states)).persons[amira].blocked
        command = [sys.executable, "-c", BLOCK, str(file), PEPPER.reveal, PIN_PEPPER.reveal, amira]
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
        people = await following_next(states)
        assert people.persons[amira].blocked
        assert people.rev == 2


async def test_changes_by_this_process_come_too(directory: Directory, amira: str) -> None:
    seen = directory.people()
    async with following(directory, seen) as states:
        await asyncio.to_thread(directory.block, "test", amira)
        blocked = await following_next(states)
        assert blocked.persons[amira].blocked
        await asyncio.to_thread(directory.assign, "test", amira, "h10301", 1, 2)
        assert len((await following_next(states)).credentials) == 1
        assert states.empty()  # what was seen is not told again


async def test_a_watcher_that_starts_again_tells_what_it_missed(directory: Directory, amira: str) -> None:
    seen = directory.people()
    directory.block("test", amira)
    async with following(directory, seen) as states:
        assert (await following_next(states)).persons[amira].blocked


async def test_a_large_import_does_not_hold_up_the_loop(directory: Directory, amira: str, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = [f"X{i},Somebody,staff,h10306,1,{i}" for i in range(3000)]
    path.write_text("\n".join(["person,name,groups,format,facility,number", *rows]))
    async with following(directory) as states:
        await following_next(states)
        work = asyncio.create_task(asyncio.to_thread(directory.import_csv, path, actor="test"), name="import")
        turns = 0
        while not work.done():
            await asyncio.sleep(0)
            turns += 1
        assert (await work).applied
        people = await following_next(states)
        assert len(people.persons) == len(rows) + 1
        assert turns > 100


async def test_a_failing_database_is_raised(directory: Directory, amira: str, ruin: Callable[[], None]) -> None:
    states: list[People] = []
    ruin()
    with pytest.raises(Unreachable):
        async with asyncio.timeout(LIMIT):
            await follow(directory, states.append)
    assert states == []


async def test_readers_are_not_held_up_by_a_writer_at_work(directory: Directory, amira: str) -> None:
    with directory.editing("test") as log:
        persons.add(log, NewPerson("Ben"))
        async with following(directory) as states:
            assert list((await following_next(states)).persons) == [amira]
