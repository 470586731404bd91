"""The journal in health: order, group commit, reading, notes, one process."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from gateway.journal import connect
from gateway.journal.chain import Chain, genesis
from gateway.journal.journal import Journal
from gateway.journal.opening import STORE
from gateway.journal.record import Head, Snapshot
from gateway.journal.verify import verify
from gateway.journal.window import KEPT
from rules.model.errors import DoorwardError
from tests.gateway.journal.sample import group, record
from tests.gateway.journal.watch import LIMIT, Watch, all_of, locked


async def test_a_new_journal_is_empty(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert journal.head == Head(1, 0, genesis("gw", 1), {}, 0, 0, "")
        assert (journal.durable, journal.level) == (0, "ok")
        assert await journal.read(0) == []


async def test_what_was_appended_is_read_back_the_same_and_in_order(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        events = record(chain, 100)
        for event in events:
            journal.append([event])
        await watch.until_durable(100)
        assert await all_of(journal, limit=7) == events
        assert watch.durable == sorted(set(watch.durable))
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert await all_of(journal, limit=7) == events
        assert journal.head == chain.head
        assert journal.durable == 100
    assert verify(tmp_path / STORE, gateway="gw").ok


async def test_what_queues_during_a_commit_is_committed_together(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with locked(tmp_path / STORE):  # the writer waits a moment for the lock, with the first event in hand
            for _ in range(1000):
                journal.append(group(chain))
        await watch.until_durable(1000)
        assert (await journal.stats())["largest_batch"] > 100


async def test_no_transaction_holds_more_than_five_thousand_events(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        for event in record(chain, 12_000):
            journal.append([event])
        await watch.until_durable(12_000)
        assert 1000 < (await journal.stats())["largest_batch"] <= 5000


async def test_only_durable_events_are_read(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        chain = Chain("gw", journal.head)
        journal.append(group(chain))
        assert await journal.read(0) == []  # the loop did not turn since: nothing was reported durable
        async with asyncio.timeout(LIMIT):
            await journal.changed(0)
        assert [event.seq for event in await journal.read(0)] == [1]


async def test_changed_wakes_every_waiter(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        chain = Chain("gw", journal.head)
        async with asyncio.timeout(LIMIT), asyncio.TaskGroup() as tasks:
            for number in range(5):
                tasks.create_task(journal.changed(number), name=f"waiter-{number}")
            for _ in range(5):
                journal.append(group(chain))


async def test_old_events_come_from_the_disk_and_new_ones_from_memory_without_a_seam(tmp_path: Path):
    count = 3 * KEPT
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        events = record(chain, count)
        for event in events:
            journal.append([event])
        await watch.until_durable(count)
        assert journal._window.base > 0
        assert await all_of(journal) == events


async def test_a_read_is_bounded(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        journal.append(record(chain, 6000))
        await watch.until_durable(6000)
        assert len(await journal.read(0)) == 500
        assert len(await journal.read(0, limit=1_000_000)) == 5000
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert len(await journal.read(0, limit=1_000_000)) == 5000


async def test_cursors_survive(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert await journal.cursor("mqtt") == 0
        journal.append(record(Chain("gw", journal.head), 7))
        await Watch(journal).until_durable(7)
        journal.set_cursor("mqtt", 5)
        journal.set_cursor("mqtt", 7)
        journal.set_cursor("archive", 3)
        assert await journal.cursor("mqtt") == 7
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert (await journal.cursor("mqtt"), await journal.cursor("archive")) == (7, 3)


async def test_a_cursor_is_written_even_when_no_event_comes(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        journal.set_cursor("mqtt", 7)
        async with asyncio.timeout(LIMIT):
            while not _cursor_rows(tmp_path):
                await asyncio.to_thread(_cursor_rows, tmp_path)
    assert _cursor_rows(tmp_path) == [("mqtt", 1, 7)]


async def test_a_cursor_beyond_the_record_comes_back_to_its_end(tmp_path: Path):
    """A follower had events that were in memory alone when the machine went: their numbers are given to others."""
    async with Journal.open(tmp_path, gateway="gw") as journal:
        journal.append(record(Chain("gw", journal.head), 3))
        await Watch(journal).until_durable(3)
        journal.set_cursor("mqtt", 7)
        journal.set_cursor("archive", 2)
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert (await journal.cursor("mqtt"), await journal.cursor("archive")) == (3, 2)


def _cursor_rows(folder: Path) -> list[tuple[str, int, int]]:
    with closing(connect.reading(folder / STORE)) as raw:
        return raw.execute("SELECT * FROM cursor").fetchall()


async def test_the_newest_valid_snapshot_is_found_and_three_are_kept(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        for number in range(1, 6):
            [event] = group(chain)
            journal.append([event])
            journal.save_snapshot(event.seq, event.hash, 1, f"state {number}".encode())
            await watch.until_durable(event.seq)
            found = await _snapshot_of(journal, number)
        assert (found.version, found.body, found.hash) == (1, b"state 5", event.hash)
    path = tmp_path / STORE
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        assert raw.execute("SELECT seq FROM snapshot ORDER BY seq").fetchall() == [(3,), (4,), (5,)]
        raw.execute("UPDATE snapshot SET body = 'state 9' WHERE seq = 5")  # its digest does not fit
        raw.execute("UPDATE snapshot SET hash = zeroblob(32) WHERE seq = 4")  # it is of another record
    async with Journal.open(tmp_path, gateway="gw") as journal:
        found = await journal.snapshot()
        assert found is not None
        assert (found.seq, found.body) == (3, b"state 3")


async def _snapshot_of(journal: Journal, seq: int) -> Snapshot:
    async with asyncio.timeout(LIMIT):
        while True:
            found = await journal.snapshot()
            if found is not None and found.seq == seq:
                return found


async def test_a_snapshot_waits_for_its_event(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        first, second = group(chain), group(chain)
        journal.save_snapshot(2, second[0].hash, 1, b"after two")
        journal.append(first)
        await watch.until_durable(1)
        assert await journal.snapshot() is None
        journal.append(second)
        await watch.until_durable(2)
        assert (await _snapshot_of(journal, 2)).body == b"after two"


async def test_rule_bytes_are_kept_by_hash(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        journal.keep_site("aa", b"rules a")
        journal.keep_site("bb", b"rules b")
        assert await journal.site("bb") == b"rules b"
    async with Journal.open(tmp_path, gateway="gw") as journal:
        assert [await journal.site(name) for name in ("aa", "bb", "cc")] == [b"rules a", b"rules b", None]


async def test_a_streams_number_leads_to_its_event(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        events = record(chain, 200)
        journal.append(events)
        await watch.until_durable(200)
        for event in events:
            assert await journal.seq_of(event.stream, event.n) == event.seq
        assert await journal.seq_of("event", 10_000) == 201
        assert await journal.seq_of("silent", 10_000) == 201


async def test_a_second_process_is_refused(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw"):
        with pytest.raises(DoorwardError) as refused:
            await Journal.open(tmp_path, gateway="gw").__aenter__()
        assert refused.value.code == "journal_in_use"
    async with Journal.open(tmp_path, gateway="gw"):
        pass


async def test_a_spool_in_use_is_refused_and_nothing_stays_locked(tmp_path: Path):
    async with Journal.open(tmp_path / "a", gateway="gw", spool=tmp_path / "spool"):
        with pytest.raises(DoorwardError) as refused:
            await Journal.open(tmp_path / "b", gateway="gw", spool=tmp_path / "spool").__aenter__()
        assert refused.value.code == "journal_in_use"
    async with Journal.open(tmp_path / "b", gateway="gw", spool=tmp_path / "spool"):
        pass


async def test_another_gateways_journal_is_refused(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw"):
        pass
    with pytest.raises(DoorwardError) as refused:
        await Journal.open(tmp_path, gateway="other").__aenter__()
    assert (refused.value.code, refused.value.got) == ("journal_foreign", "gw")


async def test_a_file_that_is_no_database_is_an_error_and_is_left_alone(tmp_path: Path):
    (tmp_path / STORE).write_bytes(b"not a database at all" * 100)
    with pytest.raises(DoorwardError) as refused:
        await Journal.open(tmp_path, gateway="gw").__aenter__()
    assert refused.value.code == "journal_unavailable"
    assert (tmp_path / STORE).read_bytes().startswith(b"not a database")


async def test_a_reader_sees_commits_and_cannot_write(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        with closing(connect.reading(tmp_path / STORE)) as raw:
            for number in range(1, 4):
                journal.append(group(chain))
                await watch.until_durable(number)
                assert raw.execute("SELECT max(seq) FROM event").fetchone() == (number,)
            with pytest.raises(sqlite3.OperationalError):
                raw.execute("DELETE FROM event")


async def test_an_open_reader_does_not_stop_the_writer(tmp_path: Path):
    async with Journal.open(tmp_path, gateway="gw") as journal:
        watch, chain = Watch(journal), Chain("gw", journal.head)
        journal.append(group(chain))
        await watch.until_durable(1)
        with closing(connect.reading(tmp_path / STORE)) as raw:
            raw.execute("BEGIN")
            assert raw.execute("SELECT count(*) FROM event").fetchone() == (1,)
            journal.append(record(chain, 20_000))
            await watch.until_durable(20_001)
            assert raw.execute("SELECT count(*) FROM event").fetchone() == (1,)
        assert watch.levels == []


def test_a_read_that_takes_too_long_is_ended(tmp_path: Path):
    path = tmp_path / "any.db"
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("CREATE TABLE one (x)")
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(DoorwardError) as ended, connect.reader(path, limit=0.05) as connection:
        connection.exec_driver_sql(endless)
    assert ended.value.code == "journal_unreadable"


async def test_a_reader_cancelled_as_its_answer_comes_is_cancelled(tmp_path: Path):
    """A follower that went on instead would keep the daemon from ending."""
    loop, readers = asyncio.get_running_loop(), []

    def told() -> None:
        loop.call_soon_threadsafe(readers[-1].cancel)

    async with Journal.open(tmp_path, gateway="gw") as journal:
        for _ in range(50):
            readers.append(asyncio.create_task(journal._ask(told)))
            await asyncio.wait(readers, timeout=LIMIT)
        assert all(reader.cancelled() for reader in readers)
