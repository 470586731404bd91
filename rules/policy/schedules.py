"""When rules hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rules.policy.source import Source


@dataclass(frozen=True, slots=True)
class Interval:
    """days: weekday numbers, 0 Monday; types: holiday types it also holds on; minutes of the local day.

    `end` may exceed 1440: the rest belongs to the start day. cut_at_midnight: it goes on into the next day only where
    it holds on that day too. starts, ends: the first and last date it may begin on. source: where it was written.
    """

    days: frozenset[int]
    types: frozenset[str]
    start: int
    end: int
    cut_at_midnight: bool = False
    starts: date | None = None
    ends: date | None = None
    source: Source | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class SchedulePolicy:
    """within: (from, until) us since 1970 outside which it never holds, of a rule set for a stated time."""

    id: str
    source: Source
    intervals: tuple[Interval, ...]
    within: tuple[int, int] | None = None
