"""Moments of the site's wall clock, as an admin writes them; one that the clocks skip or repeat is explained."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from config.scalars import Typed
from config.times import DAY_MINUTES, a_date, time_of_day
from rules import wall

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DATED = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d?:\d\d)", re.ASCII)
_WEEKLY = re.compile(r"([a-z]{3}) (\d\d?:\d\d)", re.ASCII)
_DATED_SCHEMA = r"^\d{4}-\d\d-\d\d \d\d?:\d\d$"
_ANY_SCHEMA = rf"^((\d{{4}}-\d\d-\d\d)|{'|'.join(WEEKDAYS)}) \d\d?:\d\d$"


@dataclass(frozen=True, slots=True)
class Moment:
    """Of a date, or of every such weekday (0 Monday); minute of that day, 1440 its end."""

    day: date | None
    weekday: int | None
    minute: int

    def __str__(self) -> str:
        named = self.day if self.weekday is None else WEEKDAYS[self.weekday]
        return f"{named} {self.minute // 60:02d}:{self.minute % 60:02d}"


def dated(text: str) -> Moment:
    """`2026-12-05 08:00`; raises ValueError with the whole complaint."""
    match = _DATED.fullmatch(text)
    if match is None:
        raise ValueError('expected a moment such as "2026-12-05 08:00"')
    return Moment(a_date(match[1]), None, time_of_day(match[2]))


def moment(text: str) -> Moment:
    """`2026-12-24 09:00` or `mon 09:00`; raises ValueError with the whole complaint."""
    weekly = _WEEKLY.fullmatch(text)
    if weekly is None or weekly[1] not in WEEKDAYS:
        if _DATED.fullmatch(text) is None:
            raise ValueError('expected a moment such as "mon 09:00" or "2026-12-24 09:00"')
        return dated(text)
    minute = time_of_day(weekly[2])
    if minute == DAY_MINUTES:
        raise ValueError('a day begins at "00:00"; "24:00" is its end')
    return Moment(None, WEEKDAYS.index(weekly[1]), minute)


def skipped(at: Moment, zone: ZoneInfo) -> str:
    """Why a dated moment does not exist, or empty."""
    assert at.day is not None
    if wall.occurrences(at.day, at.minute, at.minute + 1, zone):
        return ""
    return f"there is no such time: the clocks of {zone.key} go forward over it"


def repeated(at: Moment, zone: ZoneInfo) -> str:
    """Why a dated moment could be one of two, or empty."""
    assert at.day is not None
    low = wall.midnight(at.day, zone) - wall.DAY_US
    meant = wall.naive_midnight(at.day) + timedelta(minutes=at.minute)
    for change in wall.changes(low, low + 4 * wall.DAY_US, zone):
        first, last = change.hour
        if not change.forward and first <= meant < last:
            return f"comes twice: the clocks of {zone.key} go back over it; choose a time before or after"
    return ""


def instant(at: Moment, zone: ZoneInfo) -> int:
    """us since 1970 of a dated moment that exists."""
    assert at.day is not None
    return wall.occurrences(at.day, at.minute, at.minute + 1, zone)[0][0]


Dated = Annotated[Moment, Typed("a moment", dated, {"type": "string", "pattern": _DATED_SCHEMA})]
AnyMoment = Annotated[Moment, Typed("a moment", moment, {"type": "string", "pattern": _ANY_SCHEMA})]
