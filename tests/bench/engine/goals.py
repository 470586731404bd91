"""What the engine is held to, and whether a figure meets it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.engine.contender import REGO, ZEN

AT_LEAST = {
    ZEN: {"small": 6.0, "medium": 5.0, "large": 3.5},
    REGO: {"small": 20.0, "medium": 12.0, "large": 8.0},
}
"""A peer's time over the engine's."""

OVER_BARE = {"small": 4.5, "medium": 4.5, "large": 3.5}
"""The engine's time over that of one look-up, at most."""

P99, P999 = 5_000.0, 10_000.0
"""ns, at large."""

STATE_COST, RANDOM_RATE = 1.4, 0.7
"""With state rules over plain, at most; rate at random times over the live rate, at least."""


@dataclass(frozen=True, slots=True)
class Goal:
    """limit in the unit of the figure. least: the figure has to reach it, not to stay below."""

    limit: float
    least: bool = False

    def met(self, value: float) -> bool:
        return value >= self.limit if self.least else value <= self.limit


AT_LARGE = {
    "memory, resident, MB": Goal(75),
    "load from SQLite, s": Goal(1.5),
    "compile, s": Goal(0.8),
    "rules-only swap, s": Goal(0.1),
    "one level, ms": Goal(1),
    "one schedule, ms": Goal(1),
    "one card, us": Goal(10),
    "longest stall in a full reload, ms": Goal(15),
    "diff of an ordinary edit, s": Goal(1.5),
    "diff of an equivalent rewrite, s": Goal(1),
    "diff of one added holiday, s": Goal(15),
}
"""Of the figures that `alone` takes, each in a process of its own."""
