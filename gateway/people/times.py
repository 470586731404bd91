"""Times as people write them, in the site's zone, as us since 1970."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rules.model.errors import ConfigError

EXPECTED = "is YYYY-MM-DD or YYYY-MM-DDTHH:MM with an optional offset"
_SECOND = 1_000_000
_T = TypeVar("_T")


def zone(name: str) -> ZoneInfo:
    """A time zone by name; raises ConfigError `bad_timezone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError("no such time zone", code="bad_timezone", got=repr(name)) from error


def parse(text: str, zone: ZoneInfo, *, last: bool) -> int | None:
    """A day or a moment; None if it is neither. last: a day means its end, the first instant after it."""
    moment = _day(text, zone, last) or _moment(text, zone)
    return None if moment is None else round(moment.timestamp()) * _SECOND


def shown(utc: int | None, zone: ZoneInfo | None = None) -> str:
    """A time as ISO 8601 to the second, in UTC or with the offset of a zone; empty for None."""
    if utc is None:
        return ""
    moment = datetime.fromtimestamp(utc // _SECOND, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if zone is None else moment.astimezone(zone).isoformat()


def today(text: str, zone: ZoneInfo, now: int) -> int | None:
    """`17:00` of the day it is in the zone; None for anything else."""
    clock = _tried(time.fromisoformat, text) if len(text) == 5 else None
    if clock is None:
        return None
    day = datetime.fromtimestamp(now // _SECOND, zone)
    return round(datetime.combine(day.date(), clock, zone).timestamp()) * _SECOND


def _day(text: str, zone: ZoneInfo, last: bool) -> datetime | None:
    day = _tried(date.fromisoformat, text) if len(text) == 10 else None
    if day is None or not 1970 < day.year < 9999:
        return None
    day += timedelta(days=last)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    moment = _tried(datetime.fromisoformat, text) if "T" in text else None
    if moment is None or not 1970 < moment.year < 9999:
        return None
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment


def _tried(read: Callable[[str], _T], text: str) -> _T | None:
    try:
        return read(text)
    except ValueError:
        return None
