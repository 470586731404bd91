"""Reads whole-day events from an iCalendar file (RFC 5545): bytes in, events and faults out, each with its line.

Only what can be told exactly is accepted: days, not times; yearly recurrence on the same day, or none. What else a
VEVENT may hold is passed over where it cannot change which days it means, and a fault where it could.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from config.times import MAX_RANGE

MAX_EVENTS = 2000
MAX_DAYS = 100_000
_WORD = r'(?:"[^"]*"|[^";:,]*)'
_LINE = re.compile(rf"([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+={_WORD}(?:,{_WORD})*)*):(.*)", re.DOTALL)
_PARAMETER = re.compile(rf";([A-Za-z0-9-]+)=({_WORD})")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_DATE_TIME = re.compile(r"\d{8}T\d{6}Z?", re.ASCII)
_DURATION = re.compile(r"\+?P(?:(\d{1,3})W|(\d{1,3})D)", re.ASCII)
_COUNT = re.compile(r"[1-9]\d{0,3}", re.ASCII)
_ESCAPE = re.compile(r"\\([\\;,nN])")
_REFUSED = {"RDATE": "extra dates (RDATE)", "EXRULE": "EXRULE", "RECURRENCE-ID": "a changed occurrence (RECURRENCE-ID)"}
_RULE = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYMONTH", "BYMONTHDAY"})


class Fault(Exception):
    """Something in the file that cannot be used, and its line from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


@dataclass(frozen=True, slots=True)
class Event:
    """A whole-day event. length: days; every: years between occurrences, 0 for one alone; count, until: their end."""

    line: int
    name: str
    first: date
    length: int
    every: int = 0
    count: int | None = None
    until: date | None = None
    without: frozenset[date] = frozenset()

    def days(self, years: range) -> Iterator[date]:
        """Every day of it in the years, in order of the occurrences."""
        for begin in self._begins(years):
            for ordinal in range(begin.toordinal(), begin.toordinal() + self.length):
                if ordinal <= date.max.toordinal() and (day := date.fromordinal(ordinal)).year in years:
                    yield day

    def _begins(self, years: range) -> Iterator[date]:
        """A 29 February that a year does not have is left out, and does not count (RFC 5545, 3.3.10)."""
        met = 0
        for year in range(self.first.year, years.stop if self.every else self.first.year + 1, self.every or 1):
            day = _same_day(self.first, year)
            if day is None:
                continue
            met += 1
            if (self.count is not None and met > self.count) or (self.until is not None and day > self.until):
                return
            if day not in self.without:
                yield day


def _same_day(day: date, year: int) -> date | None:
    try:
        return day.replace(year=year)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class _Property:
    """value_type: its VALUE parameter, or empty."""

    line: int
    value: str
    value_type: str


@dataclass(frozen=True, slots=True)
class _Component:
    kind: str
    line: int
    properties: dict[str, list[_Property]] = field(default_factory=dict)

    def one(self, name: str) -> _Property | None:
        found = self.properties.get(name, [])
        if len(found) > 1:
            raise Fault(found[1].line, f"{name} is written twice, first in line {found[0].line}")
        return found[0] if found else None


def read(data: bytes) -> tuple[list[Event], list[Fault]]:
    """The events that are not cancelled, and every fault. A file that is cut short is one fault and no events."""
    try:
        components = list(_components(_lines(data)))
    except Fault as fault:
        return [], [fault]
    if len(components) > MAX_EVENTS:
        return [], [Fault(components[MAX_EVENTS].line, f"more than {MAX_EVENTS} events")]
    events: list[Event] = []
    faults: list[Fault] = []
    for component in components:
        try:
            events.extend(_event(component))
        except Fault as fault:
            faults.append(fault)
    if sum(event.length * (40 if event.every else 1) for event in events) > MAX_DAYS:
        return [], [Fault(1, f"the events have more than {MAX_DAYS} days in all")]
    return events, faults


# -- lines and components ----------------------------------------------------------------------------------------------


def _lines(data: bytes) -> Iterator[tuple[int, str]]:
    """Unfolded lines that are not empty, each with the number of its first; line breaks are CRLF or LF."""
    begun, parts = 0, list[str]()
    for number, raw in enumerate(_decoded(data).split("\n"), 1):
        line = raw.removesuffix("\r")
        if parts and line[:1] in (" ", "\t"):
            parts.append(line[1:])
            continue
        if parts:
            yield begun, "".join(parts)
        begun, parts = number, [line] if line else []
    if parts:
        yield begun, "".join(parts)


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Fault(data.count(b"\n", 0, error.start) + 1, "not UTF-8") from None


def _components(lines: Iterable[tuple[int, str]]) -> Iterator[_Component]:
    """Each VEVENT of the calendars, without the properties of what is nested in it."""
    stack: list[_Component] = []
    last = 0
    for last, text in lines:
        name, found = _property(last, text)
        if not stack and (name, found.value.upper()) != ("BEGIN", "VCALENDAR"):
            raise Fault(last, "expected BEGIN:VCALENDAR")
        if name == "BEGIN":
            stack.append(_Component(found.value.upper(), last))
        elif name == "END":
            ended = _ended(stack, found)
            if ended.kind == "VEVENT":
                yield ended
        else:
            stack[-1].properties.setdefault(name, []).append(found)
    if stack or not last:
        missing = f"END:{stack[-1].kind}" if stack else "BEGIN:VCALENDAR"
        raise Fault(max(last, 1), f"the file ends before {missing}: it may be half-written")


def _ended(stack: list[_Component], end: _Property) -> _Component:
    component = stack.pop()
    if end.value.upper() != component.kind:
        raise Fault(end.line, f"expected END:{component.kind}, which began in line {component.line}")
    if component.kind == "VEVENT" and [outer.kind for outer in stack] != ["VCALENDAR"]:
        raise Fault(component.line, "an event stands outside of the calendar")
    return component


def _property(line: int, text: str) -> tuple[str, _Property]:
    match = _LINE.fullmatch(text)
    if match is None:
        raise Fault(line, "expected a line such as SUMMARY:text")
    types = [value.strip('"') for name, value in _PARAMETER.findall(match[2]) if name.upper() == "VALUE"]
    return match[1].upper(), _Property(line, match[3].rstrip(), (types or [""])[0].upper())


# -- events ------------------------------------------------------------------------------------------------------------


def _event(component: _Component) -> Iterator[Event]:
    """The event, unless it is cancelled; raises Fault for what would change its days and is not understood."""
    for name, what in _REFUSED.items():
        if name in component.properties:
            raise Fault(component.properties[name][0].line, f"cannot read {what}")
    begin = component.one("DTSTART")
    if begin is None:
        raise Fault(component.line, "the event has no DTSTART")
    status, rule = component.one("STATUS"), component.one("RRULE")
    summary = component.properties.get("SUMMARY")
    if status is not None and status.value.upper() == "CANCELLED":
        return
    first = _date(begin, begin.value)
    excluded = component.properties.get("EXDATE", [])
    event = Event(
        component.line,
        _words(summary[0].value) if summary else "",
        first,
        _length(component, first),
        without=frozenset(_date(found, text) for found in excluded for text in found.value.split(",")),
    )
    yield event if rule is None else _recurring(event, rule)


def _date(found: _Property, text: str) -> date:
    match = _DATE.fullmatch(text)
    if found.value_type not in ("", "DATE") or _DATE_TIME.fullmatch(text):
        raise Fault(found.line, "a time of day: a holiday is a whole day, written as VALUE=DATE:20261224")
    try:
        if match is not None:
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Fault(found.line, "there is no such day" if match else "expected a date such as 20261224")


def _length(component: _Component, first: date) -> int:
    """Days from DTEND, which is the day after the last, or DURATION; one if neither is there (RFC 5545, 3.6.1)."""
    end, duration = component.one("DTEND"), component.one("DURATION")
    found = end or duration
    if found is None:
        return 1
    if end is not None:
        length = (_date(end, end.value) - first).days
    else:
        match = _DURATION.fullmatch(found.value)
        if match is None:
            raise Fault(found.line, "expected a duration in days or weeks, such as P3D")
        length = int(match[1]) * 7 if match[1] else int(match[2])
    if not 1 <= length <= MAX_RANGE:
        raise Fault(
            found.line, "ends before it begins" if length < 1 else f"is {length} days long; at most {MAX_RANGE}"
        )
    return length


def _recurring(event: Event, rule: _Property) -> Event:
    """RRULE: the same day every so many years; raises Fault for any other recurrence."""
    parts = dict(_rule_parts(rule))
    own = {"BYMONTH": str(event.first.month), "BYMONTHDAY": str(event.first.day), "FREQ": "YEARLY"}
    for name, value in parts.items():
        if name not in _RULE or value.lstrip("0") != own.get(name, value.lstrip("0")):
            raise Fault(rule.line, f"recurs by {name}={value}: only the same day every year can be read")
    if "FREQ" not in parts or {"COUNT", "UNTIL"} <= parts.keys():
        raise Fault(rule.line, "a recurrence has FREQ, and COUNT or UNTIL but not both")
    count, until = parts.get("COUNT"), parts.get("UNTIL")
    return replace(
        event,
        every=_number(rule, parts.get("INTERVAL", "1")),
        count=None if count is None else _number(rule, count),
        until=None if until is None else _date(_Property(rule.line, "", ""), until[:8]),
    )


def _rule_parts(rule: _Property) -> Iterator[tuple[str, str]]:
    seen = set()
    for part in rule.value.upper().rstrip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or name in seen:
            raise Fault(rule.line, "expected a recurrence such as FREQ=YEARLY")
        seen.add(name)
        yield name, value


def _number(rule: _Property, text: str) -> int:
    if _COUNT.fullmatch(text) is None:
        raise Fault(rule.line, "COUNT and INTERVAL are whole numbers from 1 to 9999")
    return int(text)


def _words(text: str) -> str:
    """Unescaped, on one line, without control characters, at most 100 characters."""
    plain = _ESCAPE.sub(lambda match: " " if match[1] in "nN" else match[1], text)
    return "".join(letter if letter.isprintable() else " " for letter in plain).strip()[:100]
