"""How large the measured sites are."""

from __future__ import annotations

from dataclasses import dataclass

CARDS_EACH = 3


@dataclass(frozen=True, slots=True)
class Size:
    """requests: how many of the working day's are asked in one round."""

    name: str
    people: int
    doors: int
    schedules: int
    groups: int
    levels: int
    requests: int

    @property
    def cards(self) -> int:
        return self.people * CARDS_EACH


SMALL = Size("small", people=200, doors=20, schedules=10, groups=12, levels=24, requests=10_000)
MEDIUM = Size("medium", people=10_000, doors=250, schedules=60, groups=150, levels=350, requests=20_000)
LARGE = Size("large", people=100_000, doors=1000, schedules=200, groups=1000, levels=1500, requests=50_000)
SIZES = {size.name: size for size in (SMALL, MEDIUM, LARGE)}
