"""Kill a journal-keeping process many times and check after each that nothing it promised is lost.

python tests/torture/kill_journal.py kill 1000
python tests/torture/kill_journal.py write 500     # in the middle of a write, part of it done
python tests/torture/kill_journal.py power 3000    # a power cut: unsynced sectors lost, some at random
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.faults.runs import child, stands
from tests.faults.shim import Disk, build


def kill(folder: Path, chance: random.Random, disk: Disk) -> int:
    with child(folder, "--ahead", chance.choice([1, 50, 2000])) as run:
        run.wait_for("open")
        run.wait_durable(run.durable + chance.randint(1, 2000))
        run.process.kill()
        run.finish()
    return run.durable


def write(folder: Path, chance: random.Random, disk: Disk) -> int:
    disk.set(ops=0, cut_at=0, kill_at=chance.randint(1, 400), partial=chance.choice([0, 50, 100]))
    return dying(folder, disk)


def power(folder: Path, chance: random.Random, disk: Disk) -> int:
    survive = chance.choice([0, 10, 50, 90])
    disk.set(ops=0, kill_at=0, cut_at=chance.randint(1, 400), seed=chance.randrange(1 << 30), survive=survive)
    return dying(folder, disk)


def dying(folder: Path, disk: Disk) -> int:
    with child(folder, "--ahead", 20, disk=disk) as run:
        run.finish()
    return run.durable


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("how", choices=["kill", "write", "power"])
    parser.add_argument("count", type=int)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    chance, began, head, bad = random.Random(given.seed), time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory() as place:
        library = build(Path(place))
        for number in range(given.count):
            if number % 50 == 0:  # now and then a new journal, so that its making is hit too
                folder = Path(place) / f"journal-{number}"
                folder.mkdir()
                disk = Disk(library, Path(place) / f"control-{number}", folder)
            try:
                head = stands(folder, globals()[given.how](folder, chance, disk))
            except AssertionError as error:
                bad += 1
                sys.stdout.write(f"run {number}: {error}\n")
    sys.stdout.write(
        f"{given.how}: {given.count} runs, {bad} bad, last head {head}, {time.monotonic() - began:.0f} s\n"
    )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
