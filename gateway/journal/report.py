"""What the writer tells the loop, and what it counts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from gateway.journal.record import Gap

PROBES = (0.5, 1.0, 2.0, 5.0)  # s between attempts to return to the store


class Level(StrEnum):
    """Where events go: the store, the spool, or memory alone."""

    OK = "ok"
    SPOOL = "spool"
    MEMORY = "memory"


@dataclass(slots=True)
class Counters:
    """What the writer has done since it began."""

    commits: int = 0
    rows: int = 0
    largest: int = 0
    last_commit_us: int = 0
    failures: int = 0
    last_failure: str = ""

    def committed(self, rows: int, seconds: float) -> None:
        self.commits += 1
        self.rows += rows
        self.largest = max(self.largest, rows)
        self.last_commit_us = int(seconds * 1_000_000)


@dataclass(frozen=True, slots=True)
class Report:
    """To the loop: `rows` more events are settled, up to seq `durable`; these gaps are final."""

    level: Level
    durable: int
    rows: int = 0
    gaps: tuple[Gap, ...] = ()
    ended: bool = False


@dataclass(slots=True)
class Probe:
    """When to try the store again: at growing intervals."""

    due: float = 0.0
    tries: int = 0

    def start(self) -> None:
        self.tries = 0
        self.due = time.monotonic() + PROBES[0]

    def next(self) -> None:
        self.tries = min(self.tries + 1, len(PROBES) - 1)
        self.due = time.monotonic() + PROBES[self.tries]

    @property
    def ready(self) -> bool:
        return time.monotonic() >= self.due
