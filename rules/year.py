"""The transitions of a schedule over one year, worked out by the day's length and, near a change of clocks, with care.

Each local year stands for itself: what began before it and lasts into it belongs to it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from zoneinfo import ZoneInfo

from rules import wall
from rules.policy import Interval
from rules.wall import DAY, DAY_US, MINUTES, Span

MINUTE_US = 60 * wall.SECOND
_LEAD, _TAIL = 3, 1  # days looked at besides, before and after: an interval lasts less than two days


@dataclass(frozen=True, slots=True)
class Year:
    """The days of a local year and some around it. first, last: utc us at which it begins and ends.

    midnights: utc us of each day's; even: no change of clocks within two days from it.
    """

    first: int
    last: int
    days: tuple[date, ...]
    midnights: tuple[int, ...]
    even: tuple[bool, ...]


@lru_cache(maxsize=32)
def year_of(year: int, zone: ZoneInfo) -> Year:
    begin, end = date(year, 1, 1), date(year + 1, 1, 1)
    first, last = wall.midnight(begin, zone), wall.midnight(end, zone)
    count = (end - begin).days + _LEAD + _TAIL
    days = tuple(begin + (n - _LEAD) * DAY for n in range(count))
    midnights = tuple(wall.midnight(day, zone) for day in days)
    changed = [c.utc for c in wall.changes(midnights[0] - 2 * DAY_US, midnights[-1] + 4 * DAY_US, zone)]
    even = tuple(not any(at - 2 * DAY_US <= utc < at + 3 * DAY_US for utc in changed) for at in midnights)
    return Year(first, last, days, midnights, even)


def edges_of(
    intervals: tuple[Interval, ...], year: Year, zone: ZoneInfo, holidays: Mapping[date, str], within: Span | None
) -> list[int]:
    """`first`, then begin, end, begin, end ... in order, then `last`: active after an even index, counted from 0.

    An active time that goes on over either end of the year is cut there.
    """
    lo, hi = year.first, year.last
    if within is not None:
        lo, hi = max(lo, within[0]), min(hi, within[1])
    edges: list[int] = [year.first]
    for begin, end in sorted(span for i in intervals for span in _spans(i, year, zone, holidays)):
        begin, end = max(begin, lo), min(end, hi)
        if begin >= end:
            continue
        if len(edges) > 1 and begin <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [begin, end]
    edges.append(year.last)
    return edges


def _spans(interval: Interval, year: Year, zone: ZoneInfo, holidays: Mapping[date, str]) -> Iterator[Span]:
    held = [holds(interval, day, holidays) for day in year.days]
    start, end = interval.start * MINUTE_US, interval.end * MINUTE_US
    cuts = interval.cut_at_midnight and interval.end > MINUTES
    for n, day in enumerate(year.days):
        if not held[n]:
            continue
        if year.even[n] and not cuts:
            midnight = year.midnights[n]
            yield midnight + start, midnight + end
        else:
            yield from wall.occurrences(day, interval.start, end_on(interval, day, holidays), zone)


def holds(interval: Interval, day: date, holidays: Mapping[date, str]) -> bool:
    """True if the interval begins on `day`. A holiday replaces the weekday; a type that is not named is closed."""
    if (interval.starts is not None and day < interval.starts) or (interval.ends is not None and day > interval.ends):
        return False
    kind = holidays.get(day)
    return kind in interval.types if kind is not None else day.weekday() in interval.days


def end_on(interval: Interval, day: date, holidays: Mapping[date, str]) -> int:
    """The minute at which the interval that begins on `day` ends: midnight where it is cut there."""
    if interval.cut_at_midnight and interval.end > MINUTES and not holds(interval, day + DAY, holidays):
        return MINUTES
    return interval.end
