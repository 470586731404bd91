"""Schedules as exact UTC transitions: DST, holidays, nights across midnight.

A schedule is active when the site's wall clock lies in a half-open interval of its date. Times in the spring gap never
occur, times in the autumn fold occur twice, a night shift lasts its real hours, and what follows midnight belongs to
the start day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules import wall
from rules.policy import Interval, SchedulePolicy
from rules.wall import DAY, DAY_US, MINUTES, Change, Span

_FOREVER = 1 << 62
_HORIZON_DAYS = 370


class Schedule:
    """A compiled schedule: works for any time, caches the days it was asked about.

    `active(utc)` costs a comparison inside the window it last answered for.
    """

    __slots__ = ("_days", "_hi", "_holidays", "_intervals", "_lo", "_next", "_now", "_zone", "constant", "id")

    def __init__(self, policy: SchedulePolicy, zone: ZoneInfo, holidays: Mapping[date, str]) -> None:
        self.id = policy.id
        self.constant = {"always": True, "never": False}.get(policy.id)
        self._intervals = policy.intervals
        self._zone = zone
        self._holidays = holidays
        self._days: dict[date, tuple[Span, ...]] = {}
        self._lo, self._hi, self._now = 0, 0, False
        self._next: tuple[int, int, int | None] = (0, 0, None)

    def active(self, utc: int) -> bool:
        """True while the schedule holds at `utc`, us since 1970."""
        if self.constant is not None:
            return self.constant
        if not self._lo <= utc < self._hi:
            self._lo, self._hi, self._now = self.window(utc)
        return self._now

    def window(self, utc: int) -> tuple[int, int, bool]:
        """(lo, hi, active) with lo <= utc < hi: hi is a transition, or the end of what was looked at."""
        if self.constant is not None:
            return -_FOREVER, _FOREVER, self.constant
        first = wall.local_date(utc, self._zone) - DAY
        edges = union(span for n in range(3) for span in self.spans(first + n * DAY))
        lo, hi = wall.midnight(first + DAY, self._zone), wall.midnight(first + 2 * DAY, self._zone)
        at = bisect_right(edges, utc)
        if at:
            lo = max(lo, edges[at - 1])
        if at < len(edges):
            hi = min(hi, edges[at])
        return lo, hi, at % 2 == 1

    def next_transition(self, utc: int) -> int | None:
        """The first instant after `utc` at which it begins or ends, within a year, else None."""
        if self.constant is not None or not self._intervals:
            return None
        lo, hi, found = self._next
        if not lo <= utc < hi:
            found = self._find_transition(utc)
            self._next = utc, utc + DAY_US if found is None else found, found
        return found

    def _find_transition(self, utc: int) -> int | None:
        _, at, now = self.window(utc)
        end = utc + _HORIZON_DAYS * DAY_US
        while at < end:
            _, hi, active = self.window(at)
            if active != now:
                return at
            at = hi
        return None

    def spans(self, day: date) -> tuple[Span, ...]:
        """When it is active for what begins on the local `day`, the part after midnight included; they may overlap."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) > _HORIZON_DAYS:
                self._days.clear()
            found = self._days[day] = tuple(
                span
                for i in self._intervals
                if holds(i, day, self._holidays)
                for span in wall.occurrences(day, i.start, end_on(i, day, self._holidays), self._zone)
            )
        return found


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


def union(spans: Iterable[Span]) -> list[int]:
    """Begin, end, begin, end ... of all spans together, in order."""
    edges: list[int] = []
    for begin, end in sorted(spans):
        if edges and begin <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [begin, end]
    return edges


# -- what a linter asks ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DstBoundary:
    """An interval that begins or ends within the hour that a change of the clocks leaves out or repeats.

    day: the local date it begins on; change: says which hour it is, and whether it is left out.
    """

    schedule: str
    interval: Interval
    day: date
    change: Change


def dst_boundaries(
    policy: SchedulePolicy, zone: ZoneInfo, holidays: Mapping[date, str], first: date, days: int = 366
) -> list[DstBoundary]:
    """Boundaries inside a DST hour, for what begins in the `days` from `first` on.

    A boundary at the very edge of the hour is where the admin means it to be; an interval that fills no more than the
    hour is named, because it does not occur, or twice.
    """
    low, high = wall.midnight(first, zone), wall.midnight(first + (days + 1) * DAY, zone)
    asked = [first + n * DAY for n in range(days)]
    return [
        DstBoundary(policy.id, interval, day, change)
        for change in wall.changes(low, high, zone)
        for day in asked
        if change.hour[0].date() - DAY <= day <= change.hour[1].date()
        for interval in policy.intervals
        if _meets(interval, day, change, holidays)
    ]


def _meets(interval: Interval, day: date, change: Change, holidays: Mapping[date, str]) -> bool:
    if not holds(interval, day, holidays):
        return False
    low, high = change.hour
    begin, end = wall_times(interval, day, holidays)
    return low < begin < high or low < end < high or (low <= begin and end <= high)


def wall_times(interval: Interval, day: date, holidays: Mapping[date, str]) -> tuple[datetime, datetime]:
    """The local times between which the interval that begins on `day` lies."""
    midnight = wall.naive_midnight(day)
    end = end_on(interval, day, holidays)
    return midnight + timedelta(minutes=interval.start), midnight + timedelta(minutes=end)


def unnamed_types(policy: SchedulePolicy, types: Iterable[str]) -> Iterator[str]:
    """The holiday types that no interval names, so that the schedule is closed on them; in order."""
    named = frozenset().union(*(interval.types for interval in policy.intervals))
    return (kind for kind in sorted(set(types)) if kind not in named)
