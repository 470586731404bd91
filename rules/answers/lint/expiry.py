"""Access that ends within some days: of people, cards, prerequisites, schedules, and of rules for a stated time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from zoneinfo import ZoneInfo

from rules import wall
from rules.answers.lint.facts import DIRECTORY, Facts, parts
from rules.answers.lint.finding import Finding, finding, named
from rules.people import CredentialStatus
from rules.policy import Source
from rules.ruling import VALID, valid_until
from rules.wall import DAY, DAY_US


def expires(facts: Facts) -> Iterator[Finding]:
    yield from _of_people(facts, "people", "the access of", _people(facts))
    yield from _of_people(facts, "cards", "a card of", _cards(facts))
    for name in sorted({name for each in facts.whos for part in parts(each.who) for name in part.valid}):
        yield from _of_people(facts, name, f"{name!r}, which rules ask for, of", _prerequisites(facts, name))
    yield from _schedules(facts)
    yield from _overlays(facts)


def _soon(facts: Facts, ends: int | None) -> bool:
    now = facts.ground.now
    return ends is not None and now < ends <= now + facts.days * DAY_US


def _people(facts: Facts) -> Iterator[tuple[int, str]]:
    for person in facts.site.people.persons.values():
        if person.ends is not None and not person.blocked and _soon(facts, person.ends):
            yield person.ends, person.id


def _cards(facts: Facts) -> Iterator[tuple[int, str]]:
    persons = facts.site.people.persons
    for card in facts.site.people.credentials.values():
        if card.ends is None or card.person is None or card.status is not CredentialStatus.ACTIVE:
            continue
        holder = persons.get(card.person)
        if holder is not None and not holder.blocked and _soon(facts, card.ends):
            yield card.ends, card.person


def _prerequisites(facts: Facts, name: str) -> Iterator[tuple[int, str]]:
    ends: dict[str, int | None] = {}
    for person in facts.site.people.persons.values():
        for key, value in person.attributes:
            if key == name and value != VALID:
                if value not in ends:
                    ends[value] = valid_until(value, facts.site.timezone)
                at = ends[value]
                if at is not None and _soon(facts, at):
                    yield at, person.id


def _of_people(facts: Facts, subject: str, what: str, found: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """One finding for each day, however many people it is about."""
    zone = ZoneInfo(facts.site.timezone)
    days: dict[date, set[str]] = {}
    for at, person in found:
        days.setdefault(wall.local_date(at - 1, zone), set()).add(person)
    for day, persons in sorted(days.items()):
        count = f"{len(persons)} people: " if len(persons) > 1 else ""
        yield finding(
            "expires-soon",
            DIRECTORY,
            subject,
            f"{what} {count}{named(persons, most=5)} ends on {day.isoformat()}",
            "extend it in the directory, if it is to go on",
        )


def _schedules(facts: Facts) -> Iterator[Finding]:
    """Entries that begin for the last time."""
    zone = ZoneInfo(facts.site.timezone)
    today = wall.local_date(facts.ground.now, zone)
    for schedule in facts.policy.schedules.values():
        if schedule.within is not None:
            continue
        for interval in schedule.intervals:
            if interval.ends is not None and today <= interval.ends <= today + facts.days * DAY:
                text = f"an entry of schedule {schedule.id!r} ends on {interval.ends.isoformat()}"
                yield _ends(interval.source or schedule.source, schedule.id, text)


def _overlays(facts: Facts) -> Iterator[Finding]:
    """Rules for a stated time, one finding for each overlay."""
    zone = ZoneInfo(facts.site.timezone)
    for schedule in facts.policy.schedules.values():
        if schedule.within is not None and _soon(facts, schedule.within[1]):
            name = schedule.id.partition("@")[2] or schedule.id
            end = wall.naive(schedule.within[1] + wall.offset(schedule.within[1], zone))
            text = f"overlay {name!r} ends on {end:%Y-%m-%d} at {end:%H:%M}"
            yield _ends(schedule.source, name, text)


def _ends(source: Source, subject: str, text: str) -> Finding:
    return finding("expires-soon", source, subject, text, "nothing, if that is meant; else move the date")
