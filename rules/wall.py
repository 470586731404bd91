"""The wall clock of a zone against UTC: when a stretch of local time occurs, and where the clocks change.

Instants are us since 1970; minutes count from the midnight a local day begins with, and may exceed 1440.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

SECOND = 1_000_000
DAY = timedelta(days=1)
DAY_US = 86_400 * SECOND
MINUTES = 1440
"""Minutes of a day."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)
_WIDEST = 26 * 3600 * SECOND  # no zone is further from UTC
_STEP = 6 * 3600 * SECOND  # no zone changes twice within it

Span = tuple[int, int]
"""Half-open: from, to."""


@dataclass(frozen=True, slots=True)
class Change:
    """The clocks change at `utc`. before, after: the offsets from UTC, us."""

    utc: int
    before: int
    after: int

    @property
    def forward(self) -> bool:
        """True where an hour is left out, False where one comes twice."""
        return self.after > self.before

    @property
    def hour(self) -> tuple[datetime, datetime]:
        """The wall times left out, or met twice: half-open."""
        ends = naive(self.utc + self.before), naive(self.utc + self.after)
        return min(ends), max(ends)

    @property
    def day(self) -> date:
        """The date on which the clocks are set, as they show before; at midnight the date that is shorter or longer."""
        first, last = self.hour
        return first.date() if self.forward else (last - timedelta(seconds=1)).date()


def occurrences(day: date, start: int, end: int, zone: ZoneInfo) -> list[Span]:
    """The instants at which the wall clock lies between two minutes of `day`, at most two days apart.

    Sorted, and parted where the clocks change: with a break between where a fold is met in part; none within a gap.
    """
    midnight = _us(naive_midnight(day))
    found = []
    for low, high, offset in _pieces(day, zone):
        first = max(midnight + start * 60 * SECOND - offset, low)
        last = min(midnight + end * 60 * SECOND - offset, high)
        if first < last:
            found.append((first, last))
    return found


def changes(low: int, high: int, zone: ZoneInfo) -> list[Change]:
    """Every change of the clocks in [low, high), in order."""
    years = range(_year(low), _year(high) + 1)
    return [change for year in years for change in _changes_of(year, zone) if low <= change.utc < high]


def offset(utc: int, zone: ZoneInfo) -> int:
    """Local time minus UTC, us."""
    delta = _local(utc, zone).utcoffset()
    assert delta is not None
    return delta // timedelta(microseconds=1)


def name(utc: int, zone: ZoneInfo) -> str:
    """What the zone calls its time then: `BST`."""
    return _local(utc, zone).tzname() or ""


def local_date(utc: int, zone: ZoneInfo) -> date:
    return _local(utc, zone).date()


def midnight(day: date, zone: ZoneInfo) -> int:
    """An instant on or before which `day` begins locally: good to bound a search, not as a transition."""
    return (datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def naive(wall: int) -> datetime:
    """A wall time given in us since the local 1970."""
    return _NAIVE_EPOCH + timedelta(microseconds=wall)


def naive_midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)


def _us(moment: datetime) -> int:
    return (moment - _NAIVE_EPOCH) // timedelta(microseconds=1)


def _local(utc: int, zone: ZoneInfo) -> datetime:
    return (_EPOCH + timedelta(microseconds=utc)).astimezone(zone)


def _year(utc: int) -> int:
    return (_EPOCH + timedelta(microseconds=utc)).year


@lru_cache(maxsize=4096)
def _pieces(day: date, zone: ZoneInfo) -> tuple[tuple[int, int, int], ...]:
    """(from, to, offset): the stretches of constant offset around the two days from `day` on."""
    first = _us(naive_midnight(day))
    low, high = first - _WIDEST, first + 2 * DAY_US + _WIDEST
    edges = [low, *(change.utc for change in changes(low + 1, high, zone)), high]
    return tuple((begin, end, offset(begin, zone)) for begin, end in pairwise(edges))


@lru_cache(maxsize=256)
def _changes_of(year: int, zone: ZoneInfo) -> tuple[Change, ...]:
    """The changes of one UTC year: looked for once, since that takes a thousand questions."""
    begin, high = (_us(datetime(y, 1, 1)) for y in (year, year + 1))
    found = []
    low = begin - SECOND
    while (at := _next_change(low, high, zone)) is not None and at < high:
        found.append(Change(at, offset(at - SECOND, zone), offset(at, zone)))
        low = at
    return tuple(found)


def _next_change(low: int, high: int, zone: ZoneInfo) -> int | None:
    """The first instant in (low, high] with another offset than `low`, exact to the second."""
    now, at = offset(low, zone), low
    while offset(min(at + _STEP, high), zone) == now:
        at += _STEP
        if at >= high:
            return None
    good, bad = at, min(at + _STEP, high)
    while bad - good > SECOND:
        middle = max((good + bad) // 2 // SECOND * SECOND, good + SECOND)
        good, bad = (middle, bad) if offset(middle, zone) == now else (good, middle)
    return bad
