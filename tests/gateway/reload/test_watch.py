"""A folder is news once it holds something else and is still; never half-way, and not for its times alone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.reload.watch import NOTHING, RACY, Print, Watcher, look
from tests.gateway.small import LIMIT, until


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "site.yaml").write_text("site: hq\n...\n")
    (tmp_path / "more" / "rules.yaml").write_text("access: {}\n...\n")
    (tmp_path / "works.ics").write_text("BEGIN:VCALENDAR\n")
    return tmp_path


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def watching(folder: Path) -> AsyncIterator[tuple[Watcher, Clock, asyncio.Task[Print]]]:
    """One that saw the folder as it is, has looked again, and looks on; its clock stands."""
    clock = Clock()
    watcher = Watcher(folder, period=0.001, now=clock)
    watcher.saw(await watcher.look())
    task = asyncio.ensure_future(watcher.changed())
    try:
        yield watcher, clock, task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def looks(watcher: Watcher, count: int = 3) -> None:
    upto = watcher.looks + count
    await until(lambda: watcher.looks >= upto)


async def test_it_is_news_only_after_it_was_still(folder: Path) -> None:
    async with watching(folder) as (watcher, clock, task):
        (folder / "site.yaml").write_text("site: hq2\n...\n")
        await looks(watcher)
        clock.now = 0.9
        await looks(watcher)
        assert not task.done()
        (folder / "more" / "rules.yaml").write_text("access: {a: b}\n...\n")  # the next file of the same editor
        await looks(watcher)
        clock.now = 1.5
        await looks(watcher)
        assert not task.done(), "it was not still for a whole second"
        clock.now = 2.0
        found = await asyncio.wait_for(task, LIMIT)
        assert await watcher.unchanged(found)


@pytest.mark.parametrize("change", ["new", "gone", "renamed", "calendar", "replaced", "same size", "linked"])
async def test_whatever_changes_the_content_is_news(folder: Path, change: str) -> None:
    async with watching(folder) as (watcher, clock, task):
        site = folder / "site.yaml"
        match change:
            case "new":
                (folder / "more" / "doors.yaml").write_text("doors: {}\n...\n")
            case "gone":
                site.unlink()
            case "renamed":
                site.rename(folder / "all.yaml")
            case "calendar":
                (folder / "works.ics").write_text("END:VCALENDAR\n")
            case "replaced":
                (folder / ".site.yaml.new").write_text("site: xx\n...\n")
                (folder / ".site.yaml.new").replace(site)
            case "same size":
                times = site.stat()
                site.write_text("site: xx\n...\n")
                os.utime(site, ns=(times.st_atime_ns, times.st_mtime_ns))
            case "linked":
                site.rename(folder / "kept")
                site.symlink_to(folder / "more" / "rules.yaml")
        await looks(watcher)
        clock.now = 1.0
        await asyncio.wait_for(task, LIMIT)


@pytest.mark.parametrize("name", [".site.yaml.swp", "site.yaml~", "#site.yaml#", "4913", "site.yaml.tmp", "notes.txt"])
async def test_what_editors_leave_behind_is_none(folder: Path, name: str) -> None:
    async with watching(folder) as (watcher, clock, task):
        (folder / name).write_text("half of it")
        os.utime(folder / "site.yaml")  # saved again, as it was
        clock.now = 5.0
        await looks(watcher, 5)
        clock.now = 10.0
        await looks(watcher, 5)
        assert not task.done()


async def test_what_came_and_went_is_none(folder: Path) -> None:
    async with watching(folder) as (watcher, clock, task):
        was = (folder / "site.yaml").read_text()
        (folder / "site.yaml").write_text("site: other\n...\n")
        await looks(watcher)
        (folder / "site.yaml").write_text(was)
        clock.now = 5.0
        await looks(watcher)
        assert not task.done()


async def test_a_folder_that_is_gone_is_news_too(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    async with watching(folder) as (watcher, clock, task):
        folder.rename(tmp_path_factory.mktemp("away") / "folder")  # noqa: ASYNC240
        await looks(watcher)
        clock.now = 1.0
        assert (await asyncio.wait_for(task, LIMIT)).fault


async def test_one_may_ask_for_another_look(folder: Path) -> None:
    async with watching(folder) as (watcher, clock, task):
        watcher.force()
        await looks(watcher)
        clock.now = 1.0
        assert (await asyncio.wait_for(task, LIMIT)).same_content(look(folder, NOTHING))


def test_a_file_is_read_again_only_while_its_times_prove_nothing(folder: Path) -> None:
    first = look(folder, NOTHING)
    assert not any(mark.sure for mark in first.marks.values())
    second = look(folder, first)
    assert second == first
    assert all(second.marks[name] is not mark for name, mark in first.marks.items())
    later = max(mark.times[-1] for mark in first.marks.values()) + RACY + 1
    third = look(folder, first, now=lambda: later)
    assert all(mark.sure for mark in third.marks.values())
    fourth = look(folder, third)
    assert all(fourth.marks[name] is mark for name, mark in third.marks.items())


def test_it_knows_what_it_was_loaded_from(folder: Path) -> None:
    files = {"site.yaml": b"site: hq\n...\n", "more/rules.yaml": b"access: {}\n...\n"}
    found = look(folder, NOTHING)
    assert found.holds(files), "a calendar that nothing names is beside the point"
    assert found.holds(files | {"works.ics": b"BEGIN:VCALENDAR\n"})
    assert not found.holds(files | {"works.ics": b"END:VCALENDAR\n"})
    assert not found.holds(files | {"gone.yaml": b""})
    assert not found.holds({"site.yaml": files["site.yaml"]})
