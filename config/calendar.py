"""`holidays` and `schedules`: which day is of what type, and when each schedule is active."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated

import holidays
from pydantic import Field

from config.problem import suggestion
from config.scalars import Begins, Ends, OneOrMore, Words
from config.shape import Shape, shaped
from config.tree import Items, Place
from rules.policy import Interval, SchedulePolicy, Source

YEARS = range(2020, 2046)
HOLIDAY = "holiday"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
BUILT_IN = ("always", "never")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,62}")


class HolidaysShape(Shape):
    """A country's public holidays, all of type `holiday`, and days of the site's own, which win."""

    country: Words | None = None
    subdivision: Words | None = None
    dates: dict[str, Words] = {}


class IntervalShape(Shape):
    """Some days, from a time to a time; past midnight where `to` is not after `from`."""

    days: Annotated[tuple[Words, ...], OneOrMore()]
    begins: Begins = Field(alias="from")
    ends: Ends = Field(alias="to")


def read_holidays(place: Place) -> dict[date, str]:
    """Date to holiday type."""
    shape = shaped(HolidaysShape, place) if place.node is not None else None
    if shape is None:
        return {}
    own = {day: kind for day, kind in (_own(d, k, place / "dates" / d) for d, k in shape.dates.items()) if day}
    return dict(sorted((_country(shape, place) | own).items()))


def _country(shape: HolidaysShape, place: Place) -> dict[date, str]:
    if shape.country is None:
        if shape.subdivision is not None:
            (place / "subdivision").misnamed("'subdivision' needs a 'country'")
        return {}
    known = holidays.list_supported_countries()
    if not (place / "country").known(shape.country, "country", tuple(known)):
        return {}
    parts = tuple(known[shape.country])
    if shape.subdivision is not None and shape.subdivision not in parts:
        (place / "subdivision").known(shape.subdivision, f"subdivision of {shape.country}", parts)
        return {}
    days = holidays.country_holidays(shape.country, subdiv=shape.subdivision, years=YEARS)
    return dict.fromkeys(days, HOLIDAY)


def _own(day: str, kind: str, place: Place) -> tuple[date | None, str]:
    """A day of the site's own with its type; None for one that does not exist."""
    if _TYPE.fullmatch(kind) is None or kind in WEEKDAYS:
        place.wrong("expected a holiday type such as half_day", repr(kind))
    if _DATE.fullmatch(day) is None:
        place.misnamed("expected a date such as 2026-12-24")
        return None, kind
    try:
        return date.fromisoformat(day), kind
    except ValueError:
        place.misnamed("there is no such day")
        return None, kind


def read_schedules(place: Place, days: Mapping[date, str]) -> dict[str, SchedulePolicy]:
    """All schedules with the two built-in ones. days: the calendar, for the holiday types there are."""
    types = frozenset({HOLIDAY, *days.values()})
    found = _built_in(types)
    for name, at in place.entries():
        if name in BUILT_IN:
            at.misnamed(f"schedule {name!r} is built in")
        elif isinstance(at.node, Items):
            intervals = (_interval(at / n, types) for n in range(len(at.node.items)))
            found[name] = SchedulePolicy(name, at.key, tuple(i for i in intervals if i is not None))
        else:
            at.wrong("expected a list of intervals")
    return found


def _built_in(types: frozenset[str]) -> dict[str, SchedulePolicy]:
    here = Source("built-in", 1, 1)
    whole = Interval(frozenset(range(7)), types, 0, 1440)
    return {
        "always": SchedulePolicy("always", here, (whole,)),
        "never": SchedulePolicy("never", here, ()),
    }


def _interval(place: Place, types: frozenset[str]) -> Interval | None:
    shape = shaped(IntervalShape, place)
    if shape is None:
        return None
    weekdays: set[int] = set()
    kinds: set[str] = set()
    for index, text in enumerate(shape.days):
        for word in text.split(","):
            _add_days(word.strip(), weekdays, kinds, types, place / "days" / index)
    end = shape.ends if shape.ends > shape.begins else shape.ends + 1440
    return Interval(frozenset(weekdays), frozenset(kinds), shape.begins, end)


def _add_days(word: str, weekdays: set[int], kinds: set[str], types: frozenset[str], place: Place) -> None:
    """`sat`, `mon-fri` (also `sat-mon`) or a holiday type."""
    first, dash, last = word.partition("-")
    if first in WEEKDAYS and (last in WEEKDAYS or not dash):
        start = WEEKDAYS.index(first)
        length = (WEEKDAYS.index(last) - start) % 7 if dash else 0
        weekdays.update((start + n) % 7 for n in range(length + 1))
    elif word in types:
        kinds.add(word)
    elif not place.report.partial:
        known = (*WEEKDAYS, "mon-fri", *sorted(types))
        place.wrong(f"no day or holiday type {word!r}{suggestion(word, known)}")
