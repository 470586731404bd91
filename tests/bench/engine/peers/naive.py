"""A naive object walk: every level of the door, every group of the person, the schedule by weekday and minute."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from rules.access import Request
from rules.people import CredentialStatus, Person
from rules.policy import Interval, Policy, Who
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.day import MIDNIGHT
from tests.bench.engine.estate import IN, SECOND
from tests.bench.engine.peers.host import Ask

_DAY = 86_400 * SECOND
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class _Schedule:
    intervals: tuple[Interval, ...]
    calendar: _Calendar
    always: bool

    def active(self, day: int, minute: int) -> bool:
        """day: since 1970, local; minute: of that day."""
        if self.always:
            return True
        for i in self.intervals:
            today = self.calendar.holds(i, day)
            if today and i.start <= minute < i.end:
                return True
            late = i.start <= minute + 1440 < i.end and (today or not i.cut_at_midnight)
            if late and self.calendar.holds(i, day - 1):
                return True
        return False


@dataclass(slots=True)
class _Calendar:
    """holidays: kind by day since 1970; changes, offsets: when the offset from UTC changes, and to what, us."""

    holidays: dict[int, str]
    changes: list[int]
    offsets: list[int]

    def local(self, utc: int) -> tuple[int, int]:
        """(day since 1970, minute)"""
        day, rest = divmod(utc + self.offsets[bisect_right(self.changes, utc) - 1], _DAY)
        return day, rest // (60 * SECOND)

    def holds(self, interval: Interval, day: int) -> bool:
        if interval.starts is not None and day < interval.starts.toordinal() - _EPOCH.toordinal():
            return False
        if interval.ends is not None and day > interval.ends.toordinal() - _EPOCH.toordinal():
            return False
        kind = self.holidays.get(day)
        return (day + 3) % 7 in interval.days if kind is None else kind in interval.types


@dataclass(slots=True)
class _Rule:
    who: Who
    schedule: _Schedule

    def means(self, person: Person) -> bool:
        for attribute in self.who.attributes:
            if attribute not in person.attributes:
                return False
        for group in person.groups:
            if group in self.who.groups:
                return True
        return not self.who.groups


@dataclass(slots=True)
class _Door:
    levels: list[_Rule]
    denials: list[_Rule]


def build(policy: Policy, crowd: Crowd) -> Ask:
    """The walk over objects of its own."""
    calendar = _calendar(policy)
    schedules = {s.id: _Schedule(s.intervals, calendar, s.id == "always") for s in policy.schedules.values()}
    entries, exits = ({door: _Door([], []) for door in policy.doors} for _ in range(2))
    for side, rules in (("levels", policy.access), ("denials", policy.deny)):
        for written in rules:
            rule = _Rule(written.who, schedules[written.when])
            for door, direction in written.doors:
                getattr((entries if direction is IN else exits)[door], side).append(rule)
    persons = {p.id: p for p in crowd.persons}
    cards = {c.token: c for c in crowd.cards}

    def ask(_site: object, _state: object, request: Request) -> bool:
        card = cards.get(request.token or "")
        if card is None or card.person is None or card.status is not CredentialStatus.ACTIVE:
            return False
        person, utc = persons[card.person], request.utc
        if person.blocked or (person.begins is not None and utc < person.begins):
            return False
        if person.ends is not None and utc >= person.ends:
            return False
        day, minute = calendar.local(utc)
        door = (entries if request.direction is IN else exits)[request.door]
        for rule in door.denials:
            if rule.means(person) and rule.schedule.active(day, minute):
                return False
        for rule in door.levels:  # noqa: SIM110 - a generator would cost this walk more than it saves
            if rule.means(person) and rule.schedule.active(day, minute):
                return True
        return False

    return ask


def _calendar(policy: Policy) -> _Calendar:
    """Of the two years around the measured day; clocks change on the hour."""
    zone, begin = ZoneInfo(policy.timezone), MIDNIGHT - 365 * _DAY
    found: list[tuple[int, int]] = []
    for hour in range(begin, begin + 730 * _DAY, 3600 * SECOND):
        delta = datetime.fromtimestamp(hour // SECOND, UTC).astimezone(zone).utcoffset() or timedelta()
        offset = delta // timedelta(microseconds=1)
        if not found or found[-1][1] != offset:
            found.append((hour, offset))
    holidays = {day.toordinal() - _EPOCH.toordinal(): kind for day, kind in policy.holidays.items()}
    return _Calendar(holidays, [at for at, _ in found], [offset for _, offset in found])
