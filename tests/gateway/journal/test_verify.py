"""verify() finds what was changed, and names it: every single flipped byte, every missing or moved event."""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.journal.batch import Batch
from gateway.journal.chain import Chain, beginning, link
from gateway.journal.notes import Taken
from gateway.journal.opening import STORE, open_journal
from gateway.journal.record import Gap, Sealed, Snapshot
from gateway.journal.verify import Report, verify
from rules.model.errors import DoorwardError
from rules.model.events import GatewayStarted
from rules.model.signals import GatewayBegan
from rules.model.stamp import ClockState, Stamp
from rules.record import envelope
from tests.gateway.journal.sample import group, record
from tests.gateway.journal.watch import change

COUNT = 200


def stored(folder: Path, *batches: Batch) -> Path:
    """A closed journal that holds these."""
    opened = open_journal(folder, "gw", None, renew=False)
    for batch in batches:
        opened.store.write(batch)
    opened.store.checkpoint()
    opened.release()
    return folder / STORE


@pytest.fixture(scope="module")
def events() -> list[Sealed]:
    return record(Chain("gw", beginning("gw", 1)), COUNT)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, events: list[Sealed]) -> Path:
    return stored(tmp_path_factory.mktemp("whole"), Batch(events))


@pytest.fixture
def copy(path: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(path, tmp_path / STORE))


def named(report: Report) -> set[int]:
    return {seq for bad in report.bad for seq in range(bad.seq, bad.last + 1)}


def test_a_whole_record_stands(path: Path, events: list[Sealed]):
    told: list[tuple[int, int]] = []
    report = verify(path, gateway="gw", progress=lambda done, total: told.append((done, total)))
    assert (report.ok, report.first_bad, report.events, report.head) == (True, None, COUNT, COUNT)
    assert report.hash == events[-1].hash.hex()
    assert report.epochs == [1]
    assert told[-1] == (COUNT, COUNT)


COLUMNS = ("seq", "epoch", "stream", "n", "cls", "type", "t", "utc", "body", "hash", "first")


def flipped(value: object, at: int, bit: int) -> object:
    """The value with one bit of one byte turned over."""
    if isinstance(value, int):
        return value ^ (1 << (at * 8 + bit) % 40)
    raw = bytearray(value if isinstance(value, bytes) else str(value).encode())
    raw[at % len(raw)] ^= 1 << bit
    return bytes(raw) if isinstance(value, bytes) else raw.decode("latin-1")


@settings(max_examples=150, deadline=None)
@example(seq=COUNT, column="epoch", at=0, bit=0)
@example(seq=COUNT, column="seq", at=2, bit=0)
@example(seq=2, column="stream", at=0, bit=0)
@given(
    seq=st.integers(1, COUNT),
    column=st.sampled_from(COLUMNS),
    at=st.integers(0, 10_000),
    bit=st.integers(0, 7),
)
def test_each_flip_is_found_and_only_its_event_named(path: Path, seq: int, column: str, at: int, bit: int):
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        [(old,)] = raw.execute(f'SELECT "{column}" FROM event WHERE epoch = 1 AND seq = {seq}')
        new = (1 - old) if column == "first" else flipped(old, at, bit)
        try:
            raw.execute(f'UPDATE event SET "{column}" = ? WHERE epoch = 1 AND seq = {seq}', (new,))
        except sqlite3.IntegrityError:
            return  # the number of another event: SQLite itself refuses
        try:
            report = verify(path, gateway="gw")
        finally:
            where = {"seq": f"epoch = 1 AND seq = {new}", "epoch": f"epoch = {new} AND seq = {seq}"}
            raw.execute(
                f'UPDATE event SET "{column}" = ? WHERE {where.get(column, f"epoch = 1 AND seq = {seq}")}', (old,)
            )
    assert seq in named(report)
    if column not in ("epoch", "seq"):
        assert named(report) == {seq}, report.bad


def places(path: Path, events: list[Sealed]) -> Iterator[tuple[int, int, int]]:
    """(seq, offset, length) of each body and hash as the file itself holds them."""
    whole = path.read_bytes()
    for event in events:
        for piece in (event.body, event.hash):
            at = whole.find(piece)
            if at >= 0:
                yield event.seq, at, len(piece)


def test_a_byte_flipped_in_the_file_is_found(copy: Path, events: list[Sealed]):
    chance, whole = random.Random(5), copy.read_bytes()
    found = list(places(copy, events))
    assert len(found) > COUNT
    for seq, start, length in chance.sample(found, 100):
        at = start + chance.randrange(length)
        copy.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        report = verify(copy, gateway="gw")
        assert report.first_bad is not None
        assert named(report) == {seq}


def test_a_damaged_page_names_what_cannot_be_read_and_goes_on_behind_it(copy: Path, events: list[Sealed]):
    whole = bytearray(copy.read_bytes())
    at = whole.find(events[100].body)
    page = at // 4096 * 4096
    lost = {event.seq for event in events if page <= whole.find(event.body) < page + 4096}
    whole[page : page + 4096] = random.Random(6).randbytes(4096)
    copy.write_bytes(whole)
    report = verify(copy, gateway="gw")
    assert named(report) >= lost
    assert not report.ok
    assert COUNT not in named(report) | lost, "events behind the damage are still judged"


@pytest.mark.parametrize("gone", [(1, 1), (50, 50), (50, 99)])
def test_missing_events_are_named(copy: Path, gone: tuple[int, int]):
    change(copy, "DELETE FROM event WHERE seq BETWEEN ? AND ?", gone)
    report = verify(copy)
    assert named(report) == set(range(gone[0], gone[1] + 1))
    assert report.first_bad is not None
    assert (report.first_bad.seq, report.first_bad.last, report.first_bad.why) == (*gone, "missing")


def test_every_bad_event_is_named(copy: Path):
    for seq in (3, 77, 78, 150):
        change(copy, "UPDATE event SET body = CAST(body || ' ' AS BLOB) WHERE seq = ?", (seq,))
    assert named(verify(copy)) == {3, 77, 78, 150}


def test_two_events_that_changed_places_are_named(copy: Path):
    change(copy, "UPDATE event SET seq = 1000 WHERE seq = 10")
    change(copy, "UPDATE event SET seq = 10 WHERE seq = 11")
    change(copy, "UPDATE event SET seq = 11 WHERE seq = 1000")
    assert {10, 11} <= named(verify(copy))


def test_a_number_moved_to_the_end_does_not_blame_those_between(copy: Path):
    change(copy, "UPDATE event SET seq = 1000 WHERE seq = 10")
    assert named(verify(copy)) == {10}


def test_a_body_rewritten_with_its_hash_breaks_the_next_event(copy: Path, events: list[Sealed]):
    body = events[9].body.replace(b"door-", b"DOOR-")
    forged = link(events[8].hash, 1, 10, body)
    change(copy, "UPDATE event SET body = ?, hash = ? WHERE seq = 10", (body, forged))
    assert named(verify(copy)) == {11}


def test_a_column_that_contradicts_its_sealed_body_is_named(copy: Path):
    change(copy, "UPDATE event SET utc = utc - 3600000000 WHERE seq = 1")
    change(copy, "UPDATE event SET type = 'DoorForced', cls = 'door' WHERE seq = 20")
    assert named(verify(copy)) == {1, 20}


def test_the_envelope_is_the_one_that_the_core_seals(tmp_path: Path):
    chain = Chain("gw", beginning("gw", 1))
    stamp = Stamp(5, 6, ClockState.OK, "00" * 16)
    signal = GatewayBegan("0.1.0", True)
    sealed = [
        chain.seal(
            envelope(GatewayStarted("0.1.0"), stamp, kept),
            stream="event",
            cls=GatewayStarted.CLASS,
            type="GatewayStarted",
            t=5,
            utc=6,
            first=kept is not None,
        )
        for kept in (signal, None)
    ]
    assert verify(stored(tmp_path, Batch(sealed))).bad == []


def test_a_cut_tail_is_seen_where_a_snapshot_remembers_it(tmp_path: Path):
    chain = Chain("gw", beginning("gw", 1))
    path = stored(tmp_path, Batch(record(chain, 20)))
    change(path, "INSERT INTO snapshot VALUES (1, 20, ?, 1, x'00', x'00')", (chain.head.hash,))
    change(path, "DELETE FROM event WHERE seq > 15")
    assert named(verify(path)) == {16, 17, 18, 19, 20}


def test_what_a_running_gateway_adds_meanwhile_is_no_damage(tmp_path: Path):
    """Events, a gap and a snapshot that are stored after the last page was read."""
    chain = Chain("gw", beginning("gw", 1))
    path = stored(tmp_path, Batch(record(chain, 10)))
    opened = open_journal(tmp_path, "gw", None, renew=False)

    def go_on(done: int, total: int) -> None:
        more, lost = record(chain, 5), record(chain, 5)
        gap = Gap(1, lost[0].seq, lost[-1].seq, lost[-1].hash, dict(chain.head.n))
        last = record(chain, 5)
        snapshot = Snapshot(1, last[-1].seq, last[-1].hash, 1, b"{}")
        opened.store.write(Batch(more + last, [gap], Taken(snapshot=snapshot)))

    report = verify(path, progress=go_on)
    opened.release()
    assert (report.bad, report.events, report.head) == ([], 10, 10)
    again = verify(path)
    assert (again.bad, again.events, again.head, len(again.gaps)) == ([], 20, 25, 1)


def test_another_gateways_record_does_not_stand(path: Path):
    report = verify(path, gateway="other")
    assert not report.ok


def test_a_file_that_is_no_journal_is_an_error(tmp_path: Path):
    (tmp_path / STORE).write_bytes(b"nonsense" * 1000)
    with pytest.raises(DoorwardError) as unreadable:
        verify(tmp_path / STORE)
    assert unreadable.value.code == "journal_unreadable"


def test_a_declared_gap_is_no_damage_but_told(tmp_path: Path):
    chain = Chain("gw", beginning("gw", 1))
    before, lost = record(chain, 10), record(chain, 5)
    gap = Gap(1, 11, 15, lost[-1].hash, dict(chain.head.n))
    path = stored(tmp_path, Batch(before + record(chain, 10), [gap]))
    report = verify(path)
    assert (report.ok, report.gaps, report.events, report.head) == (True, [gap], 20, 25)
    change(path, "UPDATE gap SET hash = zeroblob(32)")
    assert named(verify(path)) == {16}, "a gap joins the record by the hash of its last event only"


def test_a_new_epoch_is_joined_to_the_one_before(tmp_path: Path):
    path = stored(tmp_path, Batch(record(Chain("gw", beginning("gw", 1)), 10)))
    opened = open_journal(tmp_path, "gw", None, renew=True)
    assert (opened.head.epoch, opened.head.seq, opened.head.n) == (2, 0, {})
    opened.store.write(Batch(group(Chain("gw", opened.head), 3)))
    opened.release()
    report = verify(path, gateway="gw")
    assert (report.ok, report.epochs, report.events, report.head) == (True, [1, 2], 13, 3)
    change(path, "DELETE FROM event WHERE epoch = 1 AND seq > 8")
    report = verify(path)
    assert [(bad.epoch, bad.seq) for bad in report.bad] == [(2, 0)], "the end of an earlier epoch is proven"
    change(path, "UPDATE epoch SET genesis = zeroblob(32) WHERE epoch = 2")
    assert not verify(path).ok


def test_a_lost_journal_begins_a_later_epoch(tmp_path: Path):
    stored(tmp_path, Batch(record(Chain("gw", beginning("gw", 1)), 10)))
    for part in tmp_path.glob(f"{STORE}*"):
        part.unlink()
    opened = open_journal(tmp_path, "gw", None, renew=False)
    opened.release()
    assert (opened.head.epoch, opened.head.seq) == (2, 0)
    report = verify(tmp_path / STORE, gateway="gw")
    assert (report.ok, report.epochs) == (True, [2])


def test_a_spool_of_a_lost_journal_is_kept_aside(tmp_path: Path):
    spool = tmp_path / "spool"
    opened = open_journal(tmp_path, "gw", spool, renew=False)
    assert opened.spool is not None
    opened.spool.write(Batch(group(Chain("gw", opened.head), 3)))
    opened.release()
    (tmp_path / STORE).unlink()
    opened = open_journal(tmp_path, "gw", spool, renew=False)
    opened.release()
    assert (opened.head.epoch, opened.head.seq) == (2, 0)
    assert [part.name for part in spool.glob("*lost*.db")] == ["journal-spool-lost-1.db"]
