"""What a schedule means, day by day, in the words of the site's wall clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules import wall
from rules.calendar import Schedule, union, wall_times
from rules.policy import Interval, SchedulePolicy
from rules.wall import DAY, SECOND, Change, Span
from rules.year import end_on, holds


@dataclass(frozen=True, slots=True)
class Local:
    """An instant as the wall clock shows it; an end in the time it ends, so 02:00 where the clocks then go back."""

    utc: int
    wall: datetime
    offset: int
    zone: str

    @property
    def iso(self) -> str:
        """ISO 8601 with the offset."""
        minutes, sign = abs(self.offset) // (60 * SECOND), "-" if self.offset < 0 else "+"
        return f"{self.wall.isoformat(timespec='minutes')}{sign}{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True, slots=True)
class Period:
    """A time without a break for which it is active."""

    begin: Local
    end: Local

    @property
    def seconds(self) -> int:
        return (self.end.utc - self.begin.utc) // SECOND


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What begins on a local date, the part after midnight included. kind: its holiday type, or None."""

    day: date
    kind: str | None
    periods: tuple[Period, ...]
    remarks: tuple[str, ...]

    @property
    def seconds(self) -> int:
        return sum(period.seconds for period in self.periods)

    def text(self) -> str:
        """`07:00-12:00, 13:00-06:00 (+1)`, with the names of the times where the clocks change meanwhile."""
        ends = [end for period in self.periods for end in (period.begin, period.end)]
        several = len({end.offset for end in ends}) > 1
        return ", ".join(self._shown(period, several) for period in self.periods)

    def _shown(self, period: Period, several: bool) -> str:
        begin, end = (
            clock(at.wall, self.day) + (f" {at.zone}" if several else "") for at in (period.begin, period.end)
        )
        after = (period.end.wall - wall.naive_midnight(self.day)) > DAY
        return f"{begin}-{end} (+1)" if after else f"{begin}-{end}"


def agenda(
    policy: SchedulePolicy, zone: ZoneInfo, holidays: Mapping[date, str], first: date, days: int
) -> Iterator[DayPlan]:
    """A plan for each of the `days` from `first` on."""
    schedule = Schedule(policy, zone, holidays)
    for day in (first + n * DAY for n in range(days)):
        edges = union(schedule.spans(day))
        periods = tuple(_period(span, zone) for span in zip(edges[::2], edges[1::2], strict=True))
        remarks = (*_cuts(policy, day, holidays), *_changes(policy, zone, day, holidays))
        yield DayPlan(day, holidays.get(day), periods, remarks)


def clock(moment: datetime, day: date) -> str:
    """The time of day; the midnight that ends `day` is 24:00."""
    ended = moment - wall.naive_midnight(day) == DAY
    return "24:00" if ended else moment.strftime("%H:%M")


def lasting(seconds: int) -> str:
    """`9 h`, `7 h 30 min`, `30 min`."""
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    parts = [f"{hours} h"] if hours or not minutes else []
    return " ".join([*parts, f"{minutes} min"] if minutes else parts)


def _period(span: Span, zone: ZoneInfo) -> Period:
    return Period(_local(span[0], span[0], zone), _local(span[1], span[1] - 1, zone))


def _local(utc: int, seen_at: int, zone: ZoneInfo) -> Local:
    """seen_at: the instant whose offset counts."""
    offset = wall.offset(seen_at, zone)
    return Local(utc, wall.naive(utc + offset), offset, wall.name(seen_at, zone))


def _cuts(policy: SchedulePolicy, day: date, holidays: Mapping[date, str]) -> Iterator[str]:
    for interval in policy.intervals:
        if holds(interval, day, holidays) and end_on(interval, day, holidays) < interval.end:
            yield f"{_as_written(interval, day)} is cut at midnight"


def _changes(policy: SchedulePolicy, zone: ZoneInfo, day: date, holidays: Mapping[date, str]) -> Iterator[str]:
    """One remark for each change of the clocks on this date, or in what began on it."""
    found = wall.changes(wall.midnight(day, zone), wall.midnight(day + 2 * DAY, zone), zone)
    for change in found:
        effects = [
            text
            for i in policy.intervals
            if holds(i, day, holidays)
            for text in _effects(i, day, change, zone, holidays)
        ]
        if change.day == day or effects:
            yield _told(change, day) + (f": {', '.join(effects)}" if effects else "")


def _told(change: Change, day: date) -> str:
    before = wall.naive(change.utc + change.before)
    way = "forward" if change.forward else "back"
    when = "" if change.day == day else f" on {change.day.isoformat()}"
    return (
        f"clocks go {way} {lasting(abs(change.after - change.before) // SECOND)} at {clock(before, change.day)}{when}"
    )


def _effects(
    interval: Interval, day: date, change: Change, zone: ZoneInfo, holidays: Mapping[date, str]
) -> Iterator[str]:
    """What a change does to an interval: its real length, and the part that does not occur or occurs twice."""
    begin, end = wall_times(interval, day, holidays)
    low, high = change.hour
    if end <= low or high <= begin:
        return
    text = _as_written(interval, day, end_on(interval, day, holidays))
    met = max(begin, low), min(end, high)
    if met != (low, high):
        what = "does not occur" if change.forward else "occurs twice"
        yield f"{clock(met[0], day)}-{clock(met[1], day)} {what}"
    spans = wall.occurrences(day, interval.start, end_on(interval, day, holidays), zone)
    real = sum(last - first for first, last in spans) // SECOND
    if real:
        yield f"{text} lasts {lasting(real)}"
    elif met == (low, high):
        yield f"{text} does not occur"


def _as_written(interval: Interval, day: date, end: int | None = None) -> str:
    midnight = wall.naive_midnight(day)
    last = interval.end if end is None else end
    times = (clock(midnight + timedelta(minutes=minute), day) for minute in (interval.start, last))
    return "-".join(times)
