"""Schedules as exact UTC transitions: DST, holidays, nights across midnight.

A schedule is active when the site's wall clock lies in a half-open interval of its date. Times in the spring gap never
occur, times in the autumn fold occur twice, a night shift lasts its real hours, and what follows midnight belongs to
the start day.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.policy import Interval, SchedulePolicy

SECOND = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_DAY_US = 86_400 * SECOND
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
        self._days: dict[date, tuple[tuple[int, int], ...]] = {}
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
        first = _local_date(utc, self._zone) - _DAY
        edges = _edges(self._around(first, 3))
        lo, hi = _midnight(first + _DAY, self._zone), _midnight(first + 2 * _DAY, self._zone)
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
            self._next = utc, utc + _DAY_US if found is None else found, found
        return found

    def _find_transition(self, utc: int) -> int | None:
        _, at, now = self.window(utc)
        end = utc + _HORIZON_DAYS * _DAY_US
        while at < end:
            _, hi, active = self.window(at)
            if active != now:
                return at
            at = hi
        return None

    def _around(self, first: date, count: int) -> list[tuple[int, int]]:
        return sorted(span for n in range(count) for span in self._spans(first + n * _DAY))

    def _spans(self, day: date) -> tuple[tuple[int, int], ...]:
        found = self._days.get(day)
        if found is None:
            if len(self._days) > _HORIZON_DAYS:
                self._days.clear()
            kind = self._holidays.get(day)
            found = self._days[day] = tuple(
                span for i in self._intervals if _holds(i, day, kind) for span in _utc_spans(i, day, self._zone)
            )
        return found


def _holds(interval: Interval, day: date, kind: str | None) -> bool:
    """A holiday replaces the weekday; a type that no interval names is closed."""
    return kind in interval.types if kind is not None else day.weekday() in interval.days


def _edges(spans: list[tuple[int, int]]) -> list[int]:
    """Begin, end, begin, end ... of the union of sorted spans."""
    edges: list[int] = []
    for begin, end in spans:
        if edges and begin <= edges[-1]:
            edges[-1] = max(edges[-1], end)
        else:
            edges += [begin, end]
    return edges


def _utc_spans(interval: Interval, day: date, zone: ZoneInfo) -> list[tuple[int, int]]:
    """The instants at which the wall clock lies in the interval that starts on `day`; two spans around a fold."""
    begin = _wall(day, interval.start)
    end = _wall(day, interval.end)
    pieces = _linear_pieces(begin, end, zone)
    found = []
    for low, high, offset in pieces:
        first = max(_us(begin) - offset, low)
        last = min(_us(end) - offset, high)
        if first < last:
            found.append((first, last))
    return found


def _linear_pieces(begin: datetime, end: datetime, zone: ZoneInfo) -> list[tuple[int, int, int]]:
    """(from, to, utc offset) in us: the stretches of constant offset around two wall times."""
    low = _us(begin) - 26 * 3600 * SECOND
    high = _us(end) + 26 * 3600 * SECOND
    pieces: list[tuple[int, int, int]] = []
    at = low
    while at < high:
        offset = _offset(at, zone)
        change = _offset_change(at, high, zone)
        pieces.append((at, change, offset))
        at = change
    return pieces


def _offset_change(low: int, high: int, zone: ZoneInfo) -> int:
    """The first instant in (low, high] with another offset than `low`, exact to the second, else `high`.

    Steps of six hours find it: no zone changes twice within them.
    """
    offset, step = _offset(low, zone), 6 * 3600 * SECOND
    at = low
    while at < high and _offset(min(at + step, high), zone) == offset:
        at += step
    if at >= high:
        return high
    good, bad = at, min(at + step, high)
    while bad - good > SECOND:
        middle = (good + bad) // 2 // SECOND * SECOND
        middle = middle if middle > good else good + SECOND
        good, bad = (middle, bad) if _offset(middle, zone) == offset else (good, middle)
    return bad


def _offset(utc: int, zone: ZoneInfo) -> int:
    moment = (_EPOCH + timedelta(microseconds=utc)).astimezone(zone)
    delta = moment.utcoffset()
    assert delta is not None
    return delta // timedelta(microseconds=1)


def _wall(day: date, minute: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minute)


def _us(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _local_date(utc: int, zone: ZoneInfo) -> date:
    return (_EPOCH + timedelta(microseconds=utc)).astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> int:
    """An instant on or before which `day` begins locally: good enough for a cache window, not for a transition."""
    return _us(datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC))
