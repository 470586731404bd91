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
from rules.wall import DAY, DAY_US, Change, Span
from rules.year import edges_of, end_on, holds, year_of

FOREVER = 1 << 62
_HORIZON_DAYS = 370
_YEARS_KEPT = 4


class Schedule:
    """A compiled schedule: works for any time, keeps the years it was asked about.

    Within lo <= utc < hi, the window it last answered for, it is active or not as `now` says: whoever is in a hurry
    looks there before asking `active`.
    """

    __slots__ = (
        "_days",
        "_edges",
        "_first",
        "_holidays",
        "_intervals",
        "_last",
        "_next",
        "_within",
        "_years",
        "_zone",
        "constant",
        "hi",
        "id",
        "lo",
        "now",
    )

    def __init__(self, policy: SchedulePolicy, zone: ZoneInfo, holidays: Mapping[date, str]) -> None:
        self.id = policy.id
        self.constant = {"always": True, "never": False}.get(policy.id)
        self._intervals = policy.intervals
        self._within = policy.within
        self._zone = zone
        self._holidays = holidays
        self._days: dict[date, tuple[Span, ...]] = {}
        self._years: dict[int, tuple[int, int, list[int]]] = {}
        self._edges: list[int] = []
        self._first, self._last = 0, 0
        self.lo, self.hi, self.now = 0, 0, False
        if self.constant is not None:
            self.lo, self.hi, self.now = -FOREVER, FOREVER, self.constant
        self._next: tuple[int, int, int | None] = (0, 0, None)

    def become(self, policy: SchedulePolicy) -> None:
        """Mean something else from now on, to all who hold it; raises ValueError for another id or a built-in one."""
        if policy.id != self.id or self.constant is not None:
            raise ValueError(f"{self.id} cannot become {policy.id}")
        self.__init__(policy, self._zone, self._holidays)  # type: ignore[misc]

    def active(self, utc: int) -> bool:
        """True while the schedule holds at `utc`, us since 1970."""
        return self.now if self.lo <= utc < self.hi else self.look(utc)

    def look(self, utc: int) -> bool:
        """`active`, for a moment that is known to lie outside the window."""
        if not self._first <= utc < self._last:
            if self.constant is not None:
                return self.constant
            self._turn_to(utc)
        edges = self._edges
        at = bisect_right(edges, utc)
        self.lo, self.hi = edges[at - 1], edges[at]
        self.now = now = not at & 1
        return now

    def window(self, utc: int) -> tuple[int, int, bool]:
        """(lo, hi, active) with lo <= utc < hi: hi is a transition, or the end of what was looked at."""
        self.active(utc)
        return self.lo, self.hi, self.now

    def began(self, utc: int) -> int:
        """When the period that is active at `utc` began; one without a break for some years never did."""
        lo = self.window(utc)[0]
        for _ in range(_YEARS_KEPT):
            if self.constant is not None or lo != self._first or not self.window(lo - 1)[2]:
                return lo
            lo = self.lo
        return -FOREVER

    def _turn_to(self, utc: int) -> None:
        """Look at the local year of this moment."""
        year = wall.local_date(utc, self._zone).year
        days = year_of(year, self._zone)
        if not days.first <= utc < days.last:  # a zone that skips a day at New Year
            year += -1 if utc < days.first else 1
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years.clear()
            days = year_of(year, self._zone)
            edges = edges_of(self._intervals, days, self._zone, self._holidays, self._within)
            found = self._years[year] = days.first, days.last, edges
        self._first, self._last, self._edges = found

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
                for span in self._bounded(wall.occurrences(day, i.start, end_on(i, day, self._holidays), self._zone))
            )
        return found

    def _bounded(self, spans: list[Span]) -> list[Span]:
        if self._within is None:
            return spans
        lo, hi = self._within
        cut = ((max(begin, lo), min(end, hi)) for begin, end in spans)
        return [(begin, end) for begin, end in cut if begin < end]


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
