"""The chain the journal falls down when the disk fails, and its way back: spool, memory, declared gap."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from gateway.journal import inbox
from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from gateway.journal.opening import SPOOL, STORE
from gateway.journal.verify import verify
from tests.gateway.journal.sample import group, many, record
from tests.gateway.journal.watch import LIMIT, Watch, all_of, change, locked


def rows_in(path: Path) -> int:
    with closing(sqlite3.connect(path)) as raw:
        found: int = raw.execute("SELECT count(*) FROM event").fetchone()[0]
        return found


async def test_a_locked_store_is_spooled_and_drained_back_in_order(tmp_path: Path):
    spool = tmp_path / "spool"
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        events = record(chain, 10)
        journal.append(events)
        await watch.until_durable(10)
        with locked(tmp_path / STORE):
            journal.append(more := record(chain, 3000))
            await watch.until_durable(3010)
            assert journal.level == "spool"
            assert rows_in(spool / SPOOL) == 3000
            assert await all_of(journal) == events + more
        journal.append(last := record(chain, 5))
        await watch.until_level("ok")
        await watch.until_durable(3015)
        assert await all_of(journal) == events + more + last
        assert rows_in(spool / SPOOL) == 0
    assert watch.levels == ["spool", "ok"]
    assert watch.gaps == []
    report = verify(tmp_path / STORE)
    assert (report.ok, report.events) == (True, 3015)


async def test_old_events_in_store_and_spool_are_read_as_one_stream(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw", spool=tmp_path) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        events = record(chain, 6000)
        journal.append(events)
        await watch.until_durable(6000)
        with locked(tmp_path / STORE):
            journal.append(more := many(chain, 14_000))
            await watch.until_durable(20_000)
            assert journal.level == "spool"
            assert journal._window.base > 6000, "part of the spool must be beyond the window"
            assert await all_of(journal, limit=333) == events + more


async def test_notes_survive_in_the_spool(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw", spool=tmp_path) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with locked(tmp_path / STORE):
            journal.keep_site("aa", b"rules")
            journal.set_cursor("mqtt", 2)
            journal.append(events := group(chain, 3))
            journal.save_snapshot(3, events[-1].hash, 1, b"state")
            await watch.until_durable(3)
            assert journal.level == "spool"
            async with asyncio.timeout(LIMIT):
                while (found := await journal.snapshot()) is None:
                    pass
            assert found.body == b"state"
        await watch.until_level("ok")
    async with Journal.open(tmp_path, gateway="gw") as journal:
        found = await journal.snapshot()
        assert found is not None
        assert (found.seq, await journal.cursor("mqtt"), await journal.site("aa")) == (3, 2, b"rules")


async def test_memory_holds_what_neither_takes_and_gives_it_back(tmp_path: Path):
    spool = tmp_path / "spool"
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with locked(tmp_path / STORE), locked(spool / SPOOL):
            journal.append(events := record(chain, 100))
            await watch.until_level("memory")
            assert journal.durable == 0
            assert await journal.read(0) == events, "followers go on, and see that seq > durable"
            async with asyncio.timeout(LIMIT):
                await journal.changed(99)
                waiting = asyncio.ensure_future(journal.changed(100))
                await asyncio.sleep(0)
                journal.append(more := record(chain, 1))
                await waiting
        await watch.until_level("ok")
        await watch.until_durable(101)
        assert await all_of(journal) == events + more
    assert watch.levels[-1] == "ok"
    assert verify(tmp_path / STORE).ok


@pytest.fixture
def small_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "RING", 10_000)
    monkeypatch.setattr(inbox, "ROOM", 9_000)


@pytest.mark.usefixtures("small_ring")
async def test_an_overflow_is_one_declared_gap_and_the_chain_goes_on(tmp_path: Path):
    spool, extra = tmp_path / "spool", 777
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with locked(tmp_path / STORE), locked(spool / SPOOL):
            for event in many(chain, inbox.RING + extra):
                journal.append([event])
            await watch.until_level("memory")
            assert (await journal.stats())["dropped"] == extra
        await watch.until(lambda: bool(watch.gaps))
        assert watch.gaps == [(inbox.RING + 1, inbox.RING + extra)]
        journal.append(after := group(chain, 2))
        await watch.until_durable(after[-1].seq)
        assert await journal.read(inbox.RING) == after, "a follower passes over the gap"
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        assert journal.head == chain.head
        assert await journal.read(inbox.RING) == after
    report = verify(tmp_path / STORE)
    assert report.ok
    assert [(gap.first, gap.last) for gap in report.gaps] == watch.gaps
    assert report.events == inbox.RING + 2


@pytest.mark.usefixtures("small_ring")
async def test_a_gap_at_the_end_leaves_a_head_to_go_on_from(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        chain = Chain("gw", journal.head)
        with locked(tmp_path / STORE):
            for event in many(chain, inbox.RING + 1):
                journal.append([event])
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert (journal.head.seq, journal.head.hash) == (chain.head.seq, chain.head.hash)
        assert (journal.head.n, journal.head.type) == (chain.head.n, "")
        watch = Watch(journal)
        journal.append(group(chain))
        await watch.until_durable(chain.head.seq)
    report = verify(tmp_path / STORE)
    assert report.ok
    assert len(report.gaps) == 1


async def test_what_a_killed_gateway_left_in_the_spool_is_merged_at_open(tmp_path: Path):
    spool, kept = tmp_path / "spool", tmp_path / "kept"
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with locked(tmp_path / STORE):
            journal.append(many(chain, 7000))
            await watch.until_durable(7000)
            shutil.copytree(spool, kept)  # as a kill now would leave it
        await watch.until_level("ok")
    (tmp_path / STORE).unlink()
    shutil.rmtree(spool)
    async with Journal.open(tmp_path / "fresh", gateway="gw"):
        pass
    kept.rename(spool)
    async with Journal.open(tmp_path / "fresh", gateway="gw", spool=spool) as journal:
        assert (journal.head, journal.level) == (chain.head, "ok")
        assert len(await all_of(journal)) == 7000
    assert rows_in(spool / SPOOL) == 0
    assert verify(tmp_path / "fresh" / STORE).ok


async def test_a_store_that_lost_events_is_not_trusted_again(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw", spool=tmp_path) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        journal.append(record(chain, 10))
        await watch.until_durable(10)
        change(tmp_path / STORE, "DELETE FROM event WHERE seq > 5")
        with locked(tmp_path / STORE):
            journal.append(record(chain, 1))
            await watch.until_level("spool")
        journal.append(record(chain, 1))
        await watch.until_durable(12)
        async with asyncio.timeout(LIMIT):
            while "holds less" not in str((await journal.stats())["last_failure"]):
                pass
        assert journal.level == "spool"


async def test_a_lost_spool_becomes_a_gap_and_is_healed_when_it_is_found_again(tmp_path: Path):
    spool = tmp_path / "spool"
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with ExitStack() as stack:
            stack.enter_context(locked(tmp_path / STORE))
            journal.append(record(chain, 10))
            await watch.until_durable(10)
            stack.enter_context(locked(spool / SPOOL))
            journal.append(record(chain, 10))
            await watch.until_level("memory")
            spool.rename(tmp_path / "elsewhere")  # the second disk is gone, with the events it held
        await watch.until_level("ok")
        await watch.until_durable(20)
        assert watch.gaps == [(1, 10)]
    assert [(gap.first, gap.last) for gap in verify(tmp_path / STORE).gaps] == [(1, 10)]
    (tmp_path / "elsewhere").rename(spool)
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        assert len(await all_of(journal)) == 20
    report = verify(tmp_path / STORE)
    assert (report.ok, report.gaps, report.events) == (True, [], 20)


async def test_a_second_disk_that_is_not_there_is_used_once_it_is(tmp_path: Path):
    spool = tmp_path / "mount" / "spool"
    spool.parent.touch()  # no folder can be made here
    async with Journal.open(tmp_path, gateway="gw", spool=spool) as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        assert journal.level == "ok"
        with locked(tmp_path / STORE):
            journal.append(record(chain, 10))
            await watch.until_level("memory")
            spool.parent.unlink()
            spool.mkdir(parents=True)
            await watch.until_level("spool")
            await watch.until_durable(10)
        await watch.until_level("ok")
    assert verify(tmp_path / STORE).head == 10


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True)
    if done.returncode:
        pytest.skip("needs the right to mount; the shim's full disk is tested in any case")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def remount(folder: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount; the shim's full disk is tested in any case")
async def test_a_full_disk_spools_and_space_brings_the_store_back(tmp_path: Path):
    full = tmp_path / "full"
    with small_disk(full, "4m"):
        async with Journal.open(full, gateway="gw", spool=tmp_path / "spool") as journal:
            watch, chain = Watch(journal), Chain("gw", journal.head)
            while journal.level == "ok" and chain.head.seq < 100_000:
                journal.append(record(chain, 500))
                await watch.until_durable(chain.head.seq)
            assert journal.level == "spool"
            remount(full, "size=64m")
            await watch.until_level("ok")
            journal.append(record(chain, 500))
            await watch.until_durable(chain.head.seq)
            assert len(await all_of(journal)) == chain.head.seq
        report = verify(full / STORE)
        assert (report.ok, report.head) == (True, chain.head.seq)
