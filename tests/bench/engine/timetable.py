"""The schedules and holidays of a generated site: offices, nights, weekends, split days, projects."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from random import Random

from rules.policy import Interval, SchedulePolicy, Source

ZONE = "Europe/London"
WORKDAY = date(2026, 11, 23)
"""A Monday, no holiday: the day whose requests are replayed."""

HOLIDAYS = {
    **dict.fromkeys(
        (
            date(2025, 12, 25),
            date(2025, 12, 26),
            date(2026, 1, 1),
            date(2026, 4, 3),
            date(2026, 4, 6),
            date(2026, 5, 4),
            date(2026, 5, 25),
            date(2026, 8, 31),
            date(2026, 12, 25),
            date(2026, 12, 28),
            date(2027, 1, 1),
            date(2027, 3, 26),
            date(2027, 3, 29),
            date(2027, 5, 3),
            date(2027, 5, 31),
        ),
        "holiday",
    ),
    **dict.fromkeys([date(y, 12, d) for y in (2025, 2026) for d in (24, 31)], "half_day"),
}

WEEK = frozenset(range(5))
Run = tuple[date | None, date | None]
QUARTER = 15
"""Every boundary lies on a quarter of an hour, minutes."""


def schedules(rng: Random, count: int) -> list[SchedulePolicy]:
    """`count` schedules, `office` and `nights` first."""
    made: list[tuple[str, list[Interval]]] = [
        ("office", [_interval(WEEK, 7 * 60, 19 * 60), _interval((), 7 * 60, 12 * 60, ["half_day"])]),
        ("nights", [_interval(range(7), 22 * 60, 30 * 60, ["holiday", "half_day"])]),
    ]
    kinds = rng.choices(_KINDS, _WEIGHTS, k=count - len(made))
    made += [(f"hours-{n:03}", kind(rng)) for n, kind in enumerate(kinds)]
    return [
        SchedulePolicy(name, Source("schedules.yaml", 3 + line, 3), tuple(intervals))
        for line, (name, intervals) in enumerate(made)
    ]


def _interval(
    days: Iterable[int], start: int, end: int, types: Iterable[str] = (), *, cut: bool = False, runs: Run = (None, None)
) -> Interval:
    return Interval(frozenset(days), frozenset(types), start, end, cut, *runs)


def _shift(rng: Random) -> list[Interval]:
    start = 5 * 60 + QUARTER * rng.randrange(20)
    end = start + QUARTER * rng.randrange(32, 54)
    days = rng.choice([WEEK, WEEK, frozenset(range(6)), frozenset(range(7))])
    found = [_interval(days, start, end)]
    if rng.random() < 0.4:
        found.append(_interval((), start, 12 * 60, ["half_day"]))
    return found


def _night(rng: Random) -> list[Interval]:
    start = 18 * 60 + QUARTER * rng.randrange(20)
    return [
        _interval(
            rng.choice([WEEK, frozenset(range(7))]),
            start,
            start + QUARTER * rng.randrange(24, 48),
            ["holiday"] if rng.random() < 0.5 else [],
            cut=rng.random() < 0.2,
        )
    ]


def _weekend(rng: Random) -> list[Interval]:
    start = 6 * 60 + QUARTER * rng.randrange(16)
    return [_interval({5, 6}, start, start + QUARTER * rng.randrange(16, 40), ["holiday"])]


def _split(rng: Random) -> list[Interval]:
    noon = 11 * 60 + QUARTER * rng.randrange(12)
    return [_interval(WEEK, 6 * 60, noon), _interval(WEEK, noon + 60, 20 * 60), _interval({5}, 8 * 60, noon)]


def _project(rng: Random) -> list[Interval]:
    begins = WORKDAY - timedelta(days=rng.randrange(200))
    ends = begins + timedelta(days=rng.randrange(30, 400))
    return [_interval(range(6), 7 * 60, 20 * 60, runs=(begins, ends))]


_KINDS: list[Callable[[Random], list[Interval]]] = [_shift, _night, _weekend, _split, _project]
_WEIGHTS = [60, 14, 8, 10, 8]
