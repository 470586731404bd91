"""A record of which a part is in the spool, as a gateway that was killed while its disk failed leaves it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from gateway.cli.history import History
from gateway.journal import query
from gateway.journal.connect import reader
from gateway.journal.journal import Journal
from gateway.journal.opening import SPOOL, STORE
from rules.model.errors import ConfigError, DoorwardError
from tests.gateway.cli.review.conftest import Run
from tests.gateway.journal.watch import Watch, change, locked
from tests.gateway.reload.conftest import Folder
from tests.gateway.room import room

STORED = 3
"""Reads of five that are in the store."""


@pytest.fixture
async def spool(folder: Folder, tmp_path: Path) -> Path:
    """Leave but the first reads in the store of the folder's journal; the folder that holds the others."""
    with reader(folder.state / STORE) as connection:
        rows = query.rows_after(connection, 1, 0, 10_000)
    ends = [n for n, row in enumerate(rows) if row.type in ("AccessGranted", "AccessDenied")]
    last = ends[STORED - 1] + 1
    live, spool = tmp_path / "live", tmp_path / "live-spool"
    async with Journal.open(live, gateway="gw1", spool=spool) as journal:
        watch = Watch(journal)
        journal.append(rows[:last])
        await watch.until_durable(rows[last - 1].seq)
        with locked(live / STORE):
            journal.append(rows[last:])
            await watch.until_durable(rows[-1].seq)
            assert journal.level == "spool"
            for name in ("", "-wal", "-shm"):
                shutil.copy(live / f"{STORE}{name}", folder.state / f"{STORE}{name}")
            shutil.copytree(spool, tmp_path / "spool")
        await watch.until_level("ok")
    return tmp_path / "spool"


def reads(run: Run, folder: Folder, *args: str | Path, journal: Path | None = None) -> Any:
    where = ("--journal", journal or folder.state, "--state", folder.state, "--secrets", folder.root / "secrets")
    said = run("replay", folder.config, *where, "--since", "2026-11-23", "--json", *args)
    assert said.code == 0, said.err
    return said.plain


def test_store_and_spool_are_one_record(run: Run, folder: Folder, spool: Path) -> None:
    assert reads(run, folder)["reads"] == STORED
    whole = reads(run, folder, "--spool", spool)
    assert (whole["reads"], whole["unchanged"], whole["missing"], whole["unfolded"]) == (5, 5, 0, 0)
    assert reads(run, folder, "--spool", spool / SPOOL, journal=folder.state / STORE)["reads"] == 5


def test_the_spool_that_the_configuration_names_is_found(run: Run, folder: Folder, spool: Path) -> None:
    folder.write("mode.yaml", f"reload: automatic\nspool: {spool}\n...\n")
    assert reads(run, folder)["reads"] == 5
    folder.write("mode.yaml", f"reload: automatic\nspool: {spool}-gone\n...\n")
    assert reads(run, folder)["reads"] == STORED


def test_a_spool_beside_the_journal_is_found(run: Run, folder: Folder, spool: Path) -> None:
    for path in spool.glob(f"{SPOOL}*"):
        shutil.copy(path, folder.state)
    assert reads(run, folder)["reads"] == 5
    assert reads(run, folder, journal=folder.state / STORE)["reads"] == STORED, "a file is that file"


def test_explain_knows_what_the_spool_says(run: Run, folder: Folder, spool: Path) -> None:
    site = folder.config / "site.yaml"
    site.write_text(site.read_text().replace("stores: {}", "stores: {passback: {mode: timed, window: 2m}}"))
    asked = ("explain", folder.config, "--person", folder.ann, "--door", "store", "--at", "2026-11-23 10:05")
    where = ("--state", folder.state, "--secrets", folder.root / "secrets", "--journal", folder.state)
    assert run(*asked, *where, "--json").plain["granted"]
    there = run(*asked, *where, "--spool", spool)
    assert there.out.startswith("DENIED, timed_passback")
    assert f"Note: the state is that of {folder.state / STORE} and {spool / SPOOL}, up to Mon 2026-11-23" in there.out


def test_what_was_moved_back_is_told_once(run: Run, folder: Folder, spool: Path) -> None:
    """A full disk refuses to empty the spool: its events are in both."""
    for path in folder.state.glob(f"{STORE}*"):
        path.unlink()
    for path in (folder.root.parent / "live").glob(f"{STORE}*"):
        shutil.copy(path, folder.state)
    assert reads(run, folder)["reads"] == 5
    assert reads(run, folder, "--spool", spool)["reads"] == 5


def test_a_gap_between_the_two_is_told(run: Run, folder: Folder, spool: Path) -> None:
    change(spool / SPOOL, "DELETE FROM event WHERE seq = (SELECT min(seq) FROM event)")
    said = reads(run, folder, "--spool", spool)
    assert (said["missing"], said["reads"] >= STORED) == (1, True)
    assert "1 event missing from the record: what they changed is not known" in said["notes"]


# -- what is no spool of this journal --------------------------------------------------------------------------------


def test_another_record_is_not_mixed_in(folder: Folder, spool: Path) -> None:
    other = "CAST(replace(body, 'store', 'stare') AS BLOB)"
    change(spool / SPOOL, f"UPDATE event SET body = {other} WHERE seq = (SELECT min(seq) FROM event)")
    history = History.at(folder.state, spool)
    with pytest.raises(DoorwardError, match="is not the spool of") as wrong:
        list(history.groups(1))
    assert wrong.value.code == "journal_conflict"


def test_two_events_of_one_number_are_a_conflict(folder: Folder, spool: Path) -> None:
    change(spool / SPOOL, "UPDATE event SET seq = 1, hash = x'00' WHERE seq = (SELECT min(seq) FROM event)")
    with pytest.raises(DoorwardError, match="event 1"):
        list(History.at(folder.state, spool).groups(1))


async def test_the_spool_of_another_gateway_is_refused(run: Run, folder: Folder, tmp_path: Path) -> None:
    async with Journal.open(tmp_path / "other", gateway="gw2", spool=tmp_path / "other-spool"):
        pass
    other = tmp_path / "other-spool"
    with pytest.raises(ConfigError, match="belongs to another gateway, gw2"):
        History.at(folder.state, other)
    folder.write("mode.yaml", f"reload: automatic\nspool: {other}\n...\n")
    said = reads(run, folder)
    assert said["reads"] == 5
    assert f"the spool in {other} is not read: it belongs to another gateway, gw2" in said["notes"]


def test_what_is_damaged_is_said_to_be(run: Run, folder: Folder, tmp_path: Path) -> None:
    (tmp_path / SPOOL).write_text("this is no database, however long it may be" * 100)
    folder.write("mode.yaml", f"reload: automatic\nspool: {tmp_path}\n...\n")
    said = reads(run, folder)
    assert said["reads"] == 5
    assert any(note.startswith(f"the spool in {tmp_path} is not read: it cannot be read (") for note in said["notes"])


@pytest.mark.parametrize("command", ["replay", "explain"])
def test_a_spool_that_is_named_must_be_there(run: Run, folder: Folder, tmp_path: Path, command: str) -> None:
    asked = {"replay": ("--since", "7d"), "explain": ("--person", folder.ann, "--door", "store")}[command]
    where = ("--journal", folder.state, "--state", folder.state, "--secrets", folder.root / "secrets")
    said = run(command, folder.config, *where, *asked, "--spool", tmp_path)
    assert (said.code, said.out) == (2, "")
    assert "holds no spool of a journal" in said.err


def test_a_spool_alone_is_no_record(run: Run, folder: Folder, spool: Path) -> None:
    said = run("explain", folder.config, "--person", folder.ann, "--door", "store", "--spool", spool)
    assert (said.code, "--spool needs --journal" in said.err) == (2, True)


async def test_it_is_read_while_a_gateway_writes_it(run: Run, folder: Folder) -> None:
    """The spool is merged into the store between two pages: nothing is lost, and nothing comes twice."""
    second = folder.root / "second"
    async with room(folder.root / "live") as found:
        found.begin()
        await found.durable()
    with reader(folder.root / "live" / STORE) as connection:
        rows = query.rows_after(connection, 1, 0, 10_000)
    async with Journal.open(second, gateway="gw1", spool=second / "spool") as journal:
        watch = Watch(journal)
        with locked(second / STORE):
            journal.append(rows)
            await watch.until_durable(rows[-1].seq)
            before = [group.stamp.t for group in History.at(second, second / "spool").groups(1)]
        await watch.until_level("ok")
        after = [group.stamp.t for group in History.at(second, second / "spool").groups(1)]
    assert before == after
    assert len(before) == sum(row.first for row in rows)
