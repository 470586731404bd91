"""`holidays` and `schedules`: which day is of what type, and when each schedule is active."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Annotated

import holidays
from pydantic import Field

from config import ics
from config.attach import attached
from config.moments import WEEKDAYS
from config.problem import suggestion
from config.scalars import Flag, OneOrMore, Words
from config.shape import Shape, shaped
from config.times import DAY_MINUTES, Begins, Date, Ends, dates
from config.tree import Items, Map, Place
from rules.policy import Interval, SchedulePolicy, Source

YEARS = range(2020, 2046)
HOLIDAY = "holiday"
BUILT_IN = ("always", "never")

_TYPE = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_EXPECTED_TYPE = "expected a holiday type such as half_day"


class IcsShape(Shape):
    """An iCalendar file beside the YAML; each day of its events is of one type."""

    file: Words
    type: Words


class HolidaysShape(Shape):
    """A country's public holidays, all of type `holiday`, and days of the site's own, which win.

    dates: a date, or `first..last`, to its type.
    """

    country: Words | None = None
    subdivision: Words | None = None
    dates: dict[str, Words] = {}
    ics: Annotated[tuple[IcsShape, ...], OneOrMore()] = ()


class IntervalShape(Shape):
    """Some days, from a time to a time; past midnight where `to` is not after `from`.

    starts, ends: the first and last date it begins on.
    """

    days: Annotated[tuple[Words, ...], OneOrMore()]
    begin: Begins = Field(alias="from")
    end: Ends = Field(alias="to")
    cut_at_midnight: Flag = False
    starts: Date | None = None
    ends: Date | None = None


class BoundsShape(Shape):
    """The first and the last date on which something begins."""

    begin: Date | None = Field(default=None, alias="from")
    end: Date | None = Field(default=None, alias="until")


class TermShape(BoundsShape):
    """Entries that all begin within these dates."""

    entries: tuple[IntervalShape, ...]


@dataclass(frozen=True, slots=True)
class Holiday:
    """kind: the type; name: what the day is called, or empty."""

    kind: str
    name: str
    source: Source


# -- holidays ----------------------------------------------------------------------------------------------------------


def read_holidays(place: Place) -> dict[date, str]:
    """Date to holiday type."""
    return {day: holiday.kind for day, holiday in named_holidays(place).items()}


def named_holidays(place: Place) -> dict[date, Holiday]:
    """Every holiday by date, in order; two types of the site's own on one date are reported."""
    shape = shaped(HolidaysShape, place) if place.node is not None else None
    if shape is None:
        return {}
    public = _country(shape, place)
    own: dict[date, Holiday] = {}
    clashes: set[tuple[Source, Source]] = set()
    for day, holiday, at in (*_dated(shape, place / "dates"), *_imported(shape, place / "ics")):
        other = own.setdefault(day, holiday)
        pair = other.source, holiday.source
        if other.kind != holiday.kind and pair not in clashes:
            clashes.add(pair)
            message = f"{day} is {holiday.kind!r} here and {other.kind!r} at {other.source}: a day has one type"
            place.report.add(holiday.source, at.path, message)
    named = {day: _with_name(holiday, public.get(day)) for day, holiday in own.items()}
    return dict(sorted((public | named).items()))


def _with_name(own: Holiday, public: Holiday | None) -> Holiday:
    return own if own.name or public is None else Holiday(own.kind, public.name, own.source)


def _country(shape: HolidaysShape, place: Place) -> dict[date, Holiday]:
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
    source = (place / "country").source
    return {day: Holiday(HOLIDAY, name, source) for day, name in days.items()}


def _dated(shape: HolidaysShape, place: Place) -> Iterator[tuple[date, Holiday, Place]]:
    """The days of `dates`, each with the place that says so."""
    for text, kind in shape.dates.items():
        at = place / text
        _check_type(kind, at)
        try:
            first, count = dates(text)
        except ValueError as error:
            at.misnamed(str(error))
            continue
        for n in range(count):
            yield first + timedelta(n), Holiday(kind, "", at.key), at


def _imported(shape: HolidaysShape, place: Place) -> Iterator[tuple[date, Holiday, Place]]:
    """The days of the iCalendar files; their mistakes are reported with file and line."""
    for n, named in enumerate(shape.ics):
        at = place / n
        _check_type(named.type, at / "type")
        data = attached(place.root).get(named.file)
        events, faults = ics.read(data) if data is not None else ([], [])
        for fault in faults:
            place.report.add(Source(named.file, fault.line, 1), at.path, fault.message)
        for event in events:
            holiday = Holiday(named.type, event.name, Source(named.file, event.line, 1))
            for day in event.days(YEARS):
                yield day, holiday, at


def _check_type(kind: str, place: Place) -> None:
    if not _is_type(kind):
        place.wrong(_EXPECTED_TYPE, repr(kind))


def _is_type(kind: str) -> bool:
    return _TYPE.fullmatch(kind) is not None and kind not in WEEKDAYS


def _declared(place: Place) -> frozenset[str]:
    """The types that `holidays` names, even where no day, or no readable one, is of them."""
    by_date = (text for name in (place / "dates").names() for text, _ in (place / "dates" / name).texts())
    files = (place / "ics").node
    count = len(files.items) if isinstance(files, Items) else 1
    by_file = (text for n in range(count) for text, _ in (place / "ics" / n / "type").texts())
    return frozenset(kind for kind in (*by_date, *by_file) if _is_type(kind))


# -- schedules ---------------------------------------------------------------------------------------------------------


def read_schedules(place: Place, days: Mapping[date, str]) -> dict[str, SchedulePolicy]:
    """All schedules with the two built-in ones. days: the calendar, for the holiday types there are."""
    declared = _declared(Place(place.root, place.report) / "holidays")
    types = frozenset({HOLIDAY, *days.values()}) | declared
    found = _built_in(types)
    for name, at in place.entries():
        if name in BUILT_IN:
            at.misnamed(f"schedule {name!r} is built in")
        elif isinstance(at.node, Items):
            found[name] = SchedulePolicy(name, at.key, _intervals(at, types))
        elif isinstance(at.node, Map) and not {"until", "entries"}.isdisjoint(at.names()):
            found[name] = SchedulePolicy(name, at.key, _term(at, types))
        else:
            at.wrong("expected a list of intervals")
    return found


def _term(place: Place, types: frozenset[str]) -> tuple[Interval, ...]:
    """The entries of a mapping, each within its dates."""
    intervals = _intervals(place / "entries", types)
    bounds = shaped(BoundsShape, place, skip=["entries"])
    if (place / "entries").node is None:
        (place / "entries").missing()
    elif not isinstance((place / "entries").node, Items):
        (place / "entries").wrong("expected a list of intervals")
    if bounds is None:
        return intervals
    if bounds.begin is not None and bounds.end is not None and bounds.end < bounds.begin:
        (place / "until").wrong(f"is before 'from', {bounds.begin}", repr(str(bounds.end)))
    return tuple(_bounded(interval, bounds) for interval in intervals)


def _bounded(interval: Interval, bounds: BoundsShape) -> Interval:
    starts = max((day for day in (interval.starts, bounds.begin) if day is not None), default=None)
    ends = min((day for day in (interval.ends, bounds.end) if day is not None), default=None)
    return replace(interval, starts=starts, ends=ends)


def _intervals(place: Place, types: frozenset[str]) -> tuple[Interval, ...]:
    count = len(place.node.items) if isinstance(place.node, Items) else 0
    found = (_interval(place / n, types) for n in range(count))
    return tuple(each for each in found if each is not None)


def _built_in(types: frozenset[str]) -> dict[str, SchedulePolicy]:
    here = Source("built-in", 1, 1)
    whole = Interval(frozenset(range(7)), types, 0, DAY_MINUTES)
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
    end = shape.end if shape.end > shape.begin else shape.end + DAY_MINUTES
    _check_bounds(shape, end, place)
    return Interval(
        days=frozenset(weekdays),
        types=frozenset(kinds),
        start=shape.begin,
        end=end,
        cut_at_midnight=shape.cut_at_midnight,
        starts=shape.starts,
        ends=shape.ends,
        source=place.source,
    )


def _check_bounds(shape: IntervalShape, end: int, place: Place) -> None:
    if shape.starts is not None and shape.ends is not None and shape.ends < shape.starts:
        (place / "ends").wrong(f"is before 'starts', {shape.starts}", repr(str(shape.ends)))
    if shape.cut_at_midnight and end <= DAY_MINUTES:
        (place / "cut_at_midnight").misnamed("has no meaning: 'to' is not past midnight")


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
