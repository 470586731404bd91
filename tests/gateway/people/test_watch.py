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
from rules.people import People, PeopleChange

from .conftest import PEPPER, PIN_PEPPER, tables

LIMIT = 10.0

States = asyncio.Queue[People | PeopleChange]

BLOCK = (
    "import sys; from pathlib import Path; from gateway.people.directory import Directory;"
    "from rules.model.secret import Secret;"
    "d = Directory.open(Path(sys.argv[1]), Secret(sys.argv[2]), Secret(sys.argv[3]), create=False);"
    "d.block('other', sys.argv[4]); d.close()"
)


@asynccontextmanager
async def following(directory: Directory, seen: int | People = 0) -> AsyncIterator[States]:
    """What a watcher reports, in order."""
    states: States = asyncio.Queue(maxsize=100)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(directory, states.put_nowait, seen=seen), name="follow")
        yield states
        task.cancel()


async def everybody(states: States) -> People:
    async with asyncio.timeout(LIMIT):
        found = await states.get()
    assert isinstance(found, People)
    return found


async def change(states: States) -> PeopleChange:
    async with asyncio.timeout(LIMIT):
        found = await states.get()
    assert isinstance(found, PeopleChange)
    return found


async def test_the_first_state_comes_at_once(directory: Directory, amira: str) -> None:
    async with following(directory) as states:
        assert tables(await everybody(states)) == tables(directory.people())


async def test_a_block_by_another_process(directory: Directory, amira: str, file: Path) -> None:
    async with following(directory) as states:
        assert not (await everybody(states)).persons[amira].blocked
        command = [sys.executable, "-c", BLOCK, str(file), PEPPER.reveal, PIN_PEPPER.reveal, amira]
        await asyncio.to_thread(subprocess.run, command, check=True, timeout=60)
        found = await change(states)
        assert [(one.id, one.blocked) for one in found.persons] == [(amira, True)]
        assert found.rev == 2


async def test_changes_by_this_process_come_too(directory: Directory, amira: str) -> None:
    async with following(directory, directory.rev()) as states:
        await asyncio.to_thread(directory.block, "test", amira)
        assert (await change(states)).persons[0].blocked
        await asyncio.to_thread(directory.assign, "test", amira, "h10301", 1, 2)
        assert len((await change(states)).credentials) == 1
        assert states.empty()  # what was seen is not told again


async def test_a_watcher_that_starts_again_tells_what_it_missed(directory: Directory, amira: str) -> None:
    seen = directory.rev()
    directory.block("test", amira)
    async with following(directory, seen) as states:
        assert (await change(states)).persons[0].blocked


async def test_given_people_it_tells_everybody_each_time(directory: Directory, amira: str) -> None:
    async with following(directory, directory.people()) as states:
        await asyncio.to_thread(directory.block, "test", amira)
        assert (await everybody(states)).persons[amira].blocked


async def test_an_older_directory_is_told_whole(directory: Directory, amira: str) -> None:
    async with following(directory, 99) as states:
        assert list((await everybody(states)).persons) == [amira]


async def test_a_large_import_does_not_hold_up_the_loop(directory: Directory, amira: str, tmp_path: Path) -> None:
    path = tmp_path / "many.csv"
    rows = [f"X{i},Somebody,staff,h10306,1,{i}" for i in range(3000)]
    path.write_text("\n".join(["person,name,groups,format,facility,number", *rows, ""]))
    async with following(directory) as states:
        await everybody(states)
        work = asyncio.create_task(asyncio.to_thread(directory.import_csv, path, actor="test"), name="import")
        turns = 0
        while not work.done():
            await asyncio.sleep(0)
            turns += 1
        assert (await work).applied
        people = await everybody(states)
        assert len(people.persons) == len(rows) + 1
        assert turns > 100


async def test_a_failing_database_is_raised(directory: Directory, amira: str, ruin: Callable[[], None]) -> None:
    states: list[object] = []
    ruin()
    with pytest.raises(Unreachable):
        async with asyncio.timeout(LIMIT):
            await follow(directory, states.append)
    assert states == []


async def test_readers_are_not_held_up_by_a_writer_at_work(directory: Directory, amira: str) -> None:
    with directory.editing("test") as log:
        persons.add(log, NewPerson("Ben"))
        async with following(directory) as states:
            assert list((await everybody(states)).persons) == [amira]
