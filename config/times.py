"""Times of day and dates as an admin types them; what does not exist is explained."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Annotated

from config.scalars import Typed

DAY_MINUTES = 1440
MAX_RANGE = 366  # days; more is a slip of the year

_TIME = re.compile(r"(\d\d?):(\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def time_of_day(text: str) -> int:
    """`07:00`, `7:00` or `24:00` as minutes of the day; raises ValueError with the whole complaint."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError('expected a time of day such as "07:00"')
    hour, minute = int(match[1]), int(match[2])
    if minute > 59:
        raise ValueError("an hour has the minutes 00 to 59")
    if hour * 60 + minute > DAY_MINUTES:
        raise ValueError(_not_a_time(hour, minute))
    return hour * 60 + minute


def _not_a_time(hour: int, minute: int) -> str:
    past = f', and past midnight the clock reads "{hour - 24:02d}:{minute:02d}"' if hour < 48 else ""
    return f"there is no such time of day: a day ends at 24:00{past}"


def _beginning(text: str) -> int:
    minutes = time_of_day(text)
    if minutes == DAY_MINUTES:
        raise ValueError('a day begins at "00:00"; "24:00" is its end')
    return minutes


def a_date(text: str) -> date:
    """`2026-12-24`; raises ValueError with the whole complaint."""
    if _DATE.fullmatch(text) is None:
        raise ValueError("expected a date such as 2026-12-24")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None


def dates(text: str) -> tuple[date, int]:
    """`2026-12-24` or `2026-08-03..2026-08-14` as the first day and how many; raises ValueError."""
    first, dots, last = text.partition("..")
    begin = a_date(first.strip())
    end = a_date(last.strip()) if dots else begin
    if end < begin:
        raise ValueError("the last day is before the first")
    count = (end - begin).days + 1
    if count > MAX_RANGE:
        raise ValueError(f"is {count} days long; at most {MAX_RANGE}")
    return begin, count


def _typed(what: str, parse: Callable[[str], object], pattern: str) -> Typed:
    return Typed(what, parse, {"type": "string", "pattern": pattern})


_CLOCK = r"^\d\d?:\d\d$"

Begins = Annotated[int, _typed("a time of day", _beginning, _CLOCK)]
Ends = Annotated[int, _typed("a time of day", time_of_day, _CLOCK)]
Date = Annotated[date, _typed("a date such as 2026-12-24", a_date, r"^\d{4}-\d\d-\d\d$")]
