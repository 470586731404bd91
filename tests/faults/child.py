"""A process that keeps a journal, to be run under faults. Says on stdout what it promised, a line each:

`open HEAD`, `durable SEQ`, `level LEVEL`, `gap FIRST LAST`, `end`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from gateway.journal import connect
from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from tests.gateway.journal.sample import group


def say(*words: object) -> None:
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


def weaken(how: str) -> None:
    """Negative controls: journals that must be caught losing events."""
    if how == "normal":
        connect.PRAGMAS = tuple(p.replace("synchronous=FULL", "synchronous=NORMAL") for p in connect.PRAGMAS)
        connect.REQUIRED = connect.REQUIRED | {"synchronous": 1}
    elif how == "retry":
        connect.refresh = bare_fsync


def bare_fsync(wal: Path) -> None:
    """What the journal must not do after a failed fsync: call it again and believe it."""
    if wal.exists():
        handle = os.open(wal, os.O_RDWR)
        os.fsync(handle)
        os.close(handle)


class Pace:
    """Passes on what the journal reports, and lets the writing side wait for it."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._news = asyncio.Event()
        journal.watch(
            lambda seq: self._say("durable", seq),
            lambda level: self._say("level", level),
            lambda first, last: self._say("gap", first, last),
        )

    def _say(self, *words: object) -> None:
        say(*words)
        self._news.set()

    async def until_durable(self, seq: int) -> None:
        while self.journal.durable < seq:
            self._news.clear()
            await self._news.wait()


async def write(journal: Journal, count: int, ahead: int) -> None:
    """Append `count` groups, never more than `ahead` events past the durable one."""
    pace, chain = Pace(journal), Chain("gw", journal.head)
    for number in range(count):
        await pace.until_durable(chain.head.seq - ahead)
        journal.append(group(chain, 1 + number % 3))
        if number % 7 == 0:
            await asyncio.sleep(0)
    async with asyncio.timeout(60):
        await pace.until_durable(chain.head.seq)


async def main(given: argparse.Namespace) -> None:
    async with Journal.open(given.folder, gateway="gw", spool=given.spool) as journal:
        say("open", journal.head.seq)
        await write(journal, given.count, given.ahead)
    say("end")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spool", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--ahead", type=int, default=500)
    parser.add_argument("--weaken", default="")
    arguments = parser.parse_args()
    weaken(arguments.weaken)
    asyncio.run(main(arguments))
