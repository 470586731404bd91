"""What a campaign counts, and how it is shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from gateway.bus.cloudevents import event
from gateway.bus.topics import Topics
from gateway.journal.record import Sealed

TOPICS = Topics("millbrook", "gw1")
COLUMNS = (
    "campaign",
    "runs",
    "badges",
    "events",
    "lost",
    "changed",
    "twice",
    "again",
    "gaps",
    "faults",
    "back s",
    "s",
)


@dataclass
class Figures:
    """lost: events once seen in the file or heard on the bus, and gone; changed: there, but as others.

    twice: one event under two numbers, or heard twice by a console; again: published again, as MQTT may;
    gaps: events that a console which stayed had to do without, and one that came later got;
    undecided: badges without a decision, where none may be missing; back: s until a device was back, each time.
    """

    name: str
    runs: int = 0
    badges: int = 0
    events: int = 0
    lost: int = 0
    changed: int = 0
    twice: int = 0
    again: int = 0
    gaps: int = 0
    undecided: int = 0
    faults: list[str] = field(default_factory=list)
    back: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        return not (self.lost or self.changed or self.twice or self.undecided or self.faults)

    def compare(self, rows: list[Sealed], heard: list[dict[str, Any]], missed: int = 0) -> None:
        """What a console heard from the first event on, against the record: the same, each once, in order.

        missed: what it knows that it did without.
        """
        said = {row.n: _plain(event(row, TOPICS, durable=True)) for row in rows if row.stream == "event"}
        numbers = [one["n"] for one in heard]
        self.twice += len(numbers) - len(set(numbers))
        self.lost += max(numbers, default=0) - len(set(numbers)) - missed
        self.gaps += missed
        self.changed += sum(said.get(one["n"], _plain(one)) != _plain(one) for one in heard)
        if numbers != sorted(numbers):
            self.faults.append("the bus was out of order")

    def row(self) -> tuple[str, ...]:
        """One line of the table."""
        counted = (self.runs, self.badges, self.events, self.lost + self.undecided, self.changed, self.twice)
        return (
            self.name,
            *map(str, counted),
            str(self.again),
            str(self.gaps),
            str(len(self.faults)),
            self._back(),
            f"{self.seconds:.0f}",
        )

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "clean": self.clean}

    def _back(self) -> str:
        """p50, p99 and the longest."""
        if not self.back:
            return "-"
        found = sorted(self.back)
        at = (len(found) // 2, min(len(found) - 1, len(found) * 99 // 100), len(found) - 1)
        return " / ".join(f"{found[index]:.2f}" for index in at)


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key != "durable"}


def table(figures: list[Figures]) -> str:
    """All campaigns, one line each."""
    lines = [COLUMNS, *(found.row() for found in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
