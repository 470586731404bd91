"""A real process under real faults: kills, power cuts, failing and slow disks. What it promised must be there.

Negative controls: the same runs with a weakened journal must lose events, or these tests prove nothing.
"""

from __future__ import annotations

import errno
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.runs import Run, child, stands
from tests.faults.shim import Disk

MakeDisk = Callable[[Path], Disk]


def test_kills_at_random_moments_lose_nothing(tmp_path: Path):
    chance = random.Random(20)
    for _ in range(12):  # one journal, killed and started again and again
        with child(tmp_path, "--ahead", chance.choice([1, 50, 2000])) as run:
            run.wait_for("open")
            run.wait_durable(run.durable + chance.randint(1, 1000))
            run.process.kill()
            run.finish()
        stands(tmp_path, run.durable)


def test_kills_in_the_middle_of_a_write_lose_nothing(tmp_path: Path, disk: MakeDisk):
    chance = random.Random(21)
    faults = disk(tmp_path / "journal")
    for partial in (0, 50, 100, 50):
        faults.set(ops=0, kill_at=chance.randint(1, 250), partial=partial)
        with child(faults.under, "--ahead", 20, disk=faults) as run:
            assert run.finish() == -9
        stands(faults.under, run.durable)


def power_cut(faults: Disk, chance: random.Random, *options: str) -> Run:
    faults.set(
        ops=0, cut_at=chance.randint(40, 300), seed=chance.randrange(1 << 30), survive=chance.choice([0, 30, 90])
    )
    with child(faults.under, "--ahead", "20", *options, disk=faults) as run:
        assert run.finish() == -9
    return run


def test_power_cuts_lose_nothing(tmp_path: Path, disk: MakeDisk):
    chance = random.Random(22)
    faults = disk(tmp_path / "journal")
    for _ in range(6):
        stands(faults.under, power_cut(faults, chance).durable)


def test_control_a_journal_that_does_not_sync_is_caught(tmp_path: Path, disk: MakeDisk):
    faults = disk(tmp_path / "journal")
    run = power_cut(faults, random.Random(23), "--weaken", "normal")
    assert run.durable > 0
    with pytest.raises(AssertionError, match="lost"):
        stands(faults.under, run.durable)


def failed_syncs_then_a_power_cut(faults: Disk, failing: int, *options: str | Path) -> Run:
    with child(faults.under, "--ahead", 20, *options, disk=faults) as run:
        run.wait_durable(100)
        faults.set(fsync_eio=failing)
        run.wait_durable(run.durable + 50)
        while faults.get("fsync_eio"):
            run.wait_durable(run.durable + 50)
        faults.set(cut_at=1)
        assert run.finish() == -9
    return run


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_what_a_failed_fsync_forgot_is_written_again(tmp_path: Path, disk: MakeDisk, failing: int):
    faults, spool = disk(tmp_path / "journal"), tmp_path / "spool"
    run = failed_syncs_then_a_power_cut(faults, failing, "--spool", spool)
    stands(faults.under, run.durable, spool)


def test_control_a_bare_retry_of_fsync_is_caught(tmp_path: Path, disk: MakeDisk):
    # Two fail: the commit's, and that of the checkpoint at close, which keeps the WAL; the third says OK.
    faults = disk(tmp_path / "journal")
    run = failed_syncs_then_a_power_cut(faults, 2, "--weaken", "retry")
    with pytest.raises(AssertionError, match="lost"):
        stands(faults.under, run.durable)


def test_a_disk_that_never_syncs_is_spooled_and_comes_back(tmp_path: Path, disk: MakeDisk):
    faults, spool = disk(tmp_path / "journal"), tmp_path / "spool"
    with child(faults.under, "--spool", spool, "--count", 60_000, "--ahead", 100, disk=faults) as run:
        run.wait_durable(100)
        faults.set(fsync_eio=-1)
        run.wait_for("level", "spool")
        run.wait_durable(run.durable + 500)
        faults.set(fsync_eio=0)
        run.wait_for("level", "ok")
        run.wait_durable(run.durable + 500)
        run.process.kill()
        run.finish()
    stands(faults.under, run.durable, spool)
    assert not [line for line in run.said if line[0] == "gap"]


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_takes_no_writes_is_spooled_and_comes_back(tmp_path: Path, disk: MakeDisk, error: int):
    faults, spool = disk(tmp_path / "journal"), tmp_path / "spool"
    with child(faults.under, "--spool", spool, "--ahead", 100, disk=faults) as run:
        run.wait_durable(100)
        faults.set(write_errno=error)
        run.wait_for("level", "spool")
        run.wait_durable(run.durable + 500)
        faults.set(write_errno=0)
        run.wait_for("level", "ok")
        run.wait_durable(run.durable + 500)
        run.process.kill()
        run.finish()
    stands(faults.under, run.durable, spool)


def test_two_failing_disks_leave_memory_and_lose_nothing_when_they_return(tmp_path: Path, disk: MakeDisk):
    faults = disk(tmp_path / "both")
    with child(faults.under, "--spool", faults.under / "spool", "--count", 2000, disk=faults) as run:
        run.wait_durable(100)
        faults.set(fsync_eio=-1)
        run.wait_for("level", "memory")
        faults.set(fsync_eio=0)
        assert run.finish() == 0
    assert run.said[-1] == ["end"]
    assert stands(faults.under, run.durable, faults.under / "spool") == 3999
    assert not [line for line in run.said if line[0] == "gap"]


def test_a_slow_disk_makes_batches_grow(tmp_path: Path, disk: MakeDisk):
    faults = disk(tmp_path / "journal")
    faults.set(delay_ms=20)
    with child(faults.under, "--count", 10_000, "--ahead", 20_000, disk=faults) as run:
        assert run.finish() == 0
    commits = [int(line[1]) for line in run.said if line[0] == "durable"]
    assert commits[-1] == 19_999
    assert len(commits) < 200
    assert stands(faults.under, run.durable) == 19_999


def test_a_hanging_disk_leaves_memory_and_followers_go_on(tmp_path: Path, disk: MakeDisk):
    faults = disk(tmp_path / "journal")
    with child(faults.under, "--ahead", 100, disk=faults) as run:
        run.wait_durable(100)
        faults.set(hang=1)
        run.wait_for("level", "memory")
        faults.set(hang=0)
        run.wait_for("level", "ok")
        run.wait_durable(run.durable + 100)
    stands(faults.under, run.durable)
