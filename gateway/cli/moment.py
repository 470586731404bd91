"""Moments as people write them on a command line, on the site's wall clock."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules import wall
from rules.model.errors import ConfigError

EXPECTED = 'expected a moment such as "2026-11-23 09:00", "mon 09:00" or "now"'
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATED = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d):(\d\d)", re.ASCII)
_WEEKLY = re.compile(rf"({'|'.join(WEEKDAYS)}) (\d\d):(\d\d)", re.ASCII | re.IGNORECASE)
_WEEKS = 53


def now() -> int:
    """us since 1970."""
    return time.time_ns() // 1000


def parse(text: str, zone: ZoneInfo, holidays: Mapping[date, str], now: int) -> int:
    """us since 1970; raises ConfigError `bad_moment`.

    A weekday is the next such day that is no holiday. An hour that comes twice is meant the first time; a moment with
    an offset (`2026-10-25T01:30+00:00`) can name the second.
    """
    words = text.strip()
    if words.lower() == "now":
        return now
    if found := _DATED.fullmatch(words):
        return _dated(words, found, zone)
    if found := _WEEKLY.fullmatch(words):
        return _weekly(words, found, zone, holidays, now)
    return _with_offset(words)


def year_after(utc: int, zone: ZoneInfo) -> int:
    """The end of the twelve months from `utc` on."""
    day = wall.local_date(utc, zone)
    leap = (day.month, day.day) == (2, 29)
    later = day.replace(year=day.year + 1, day=28 if leap else day.day) + timedelta(days=leap)
    return utc + (later - day).days * wall.DAY_US


def _wrong(text: str, message: str = EXPECTED) -> ConfigError:
    return ConfigError(message, code="bad_moment", got=repr(text))


def _dated(text: str, found: re.Match[str], zone: ZoneInfo) -> int:
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        raise _wrong(text, "there is no such day") from None
    minute = _minute(text, found)
    if not 1970 < day.year < 9990:
        raise _wrong(text)
    spans = wall.occurrences(day, minute, minute + 1, zone)
    if not spans:
        raise _wrong(text, f"the clocks of {zone.key} leave this moment out")
    return spans[0][0]


def _minute(text: str, found: re.Match[str]) -> int:
    hour, minute = int(found[2]), int(found[3])
    if hour > 23 or minute > 59:
        raise _wrong(text, "there is no such time of day")
    return hour * 60 + minute


def _weekly(text: str, found: re.Match[str], zone: ZoneInfo, holidays: Mapping[date, str], now: int) -> int:
    minute = _minute(text, found)
    today = wall.local_date(now, zone)
    weekday = WEEKDAYS.index(found[1].lower())
    first = today + timedelta(days=(weekday - today.weekday()) % 7)
    for day in (first + timedelta(weeks=n) for n in range(_WEEKS)):
        spans = wall.occurrences(day, minute, minute + 1, zone)
        if day not in holidays and spans and spans[0][0] >= now:
            return spans[0][0]
    raise _wrong(text, "every such day of the coming year is a holiday")


def _with_offset(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _wrong(text) from None
    if moment.tzinfo is None or not 1970 < moment.year < 9990:
        raise _wrong(text)
    return round(moment.timestamp()) * wall.SECOND
