"""Who may pass where, and by which rule: exact over a stretch of time, worked out from transitions and not sampled.

What is asked is what rules, validity and cards say of a site at rest; a PIN counts as known, and whoever has to come
along as there. Several people of equal rights share one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from rules.answers.ask import Ask, Option
from rules.answers.rights import Asks, Demanded, Granted, asks, grant_of, minimum_of, whole, within
from rules.answers.spans import Spans, active, common, total, union, without
from rules.calendar import Schedule
from rules.people import Card, CredentialStatus, Person
from rules.policy import Direction
from rules.ruling import matching, valid_until
from rules.site import Demand, Rule, Site

Way = tuple[str, Direction]


class Validity(Protocol):
    """Whatever holds from a time to a time, us since 1970 or None."""

    @property
    def begins(self) -> int | None: ...

    @property
    def ends(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class Passage:
    """rules: the grants with a part in it, the longest first, then by id; spans: when; asks: what is asked, and when.

    minimums: those in force at some time of it.
    """

    rules: tuple[Rule, ...]
    spans: Spans
    asks: tuple[tuple[Ask, Spans], ...]
    minimums: tuple[Demand, ...]

    @property
    def pins(self) -> tuple[Rule | Demand, ...]:
        """The grants and minimums that demand a PIN at some time of it."""
        grants = (rule for rule in self.rules if "pin" in rule.require.factors)
        return *grants, *(demand for demand in self.minimums if demand.pin)

    def share(self, asked: Callable[[Option], object]) -> str:
        """`no`, `always` or `sometimes`: how much of what whoever shows a card may be asked is so."""
        found = {bool(asked(option)) for ask, _ in self.asks for option in ask.by_card}
        return "sometimes" if len(found) > 1 else "always" if True in found else "no"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a review: this person may pass this way."""

    person: str
    door: str
    direction: Direction
    passage: Passage


@dataclass(frozen=True, slots=True)
class Doorway:
    """One way through a door. free: its readers release for everybody; unlock: the schedule that holds it open."""

    readers: tuple[str, ...]
    free: bool
    unlock: str | None

    @property
    def guarded(self) -> bool:
        """True where a card is read and decided upon."""
        return bool(self.readers) and not self.free


def doorway(site: Site, way: Way) -> Doorway:
    door, direction = site.doors[way[0]], way[1]
    readers = door.readers_in if direction is Direction.IN else door.readers_out
    return Doorway(readers, bool(readers) and direction in door.egress, door.unlock)


@dataclass(frozen=True, slots=True)
class _Rights:
    """What rules alone say to people of equal rights."""

    asks: Asks
    spans: Spans
    grants: tuple[tuple[Rule, Spans], ...]
    minimums: tuple[tuple[Demand, Spans], ...]


class Audit:
    """Answers about one site within lo <= utc < hi, us since 1970; a moment is a stretch of 1 us."""

    def __init__(self, site: Site, lo: int, hi: int) -> None:
        self.site = site
        self.whole: Spans = ((lo, hi),)
        self._lo, self._hi = lo, hi
        self._schedules: dict[str, Spans] = {}
        self._rights: dict[tuple[Way, tuple[tuple[str, bool, int], ...], tuple[str, ...]], _Rights] = {}
        self._passages: dict[tuple[int, Spans], Passage] = {}
        self._cards: dict[str, list[Card]] | None = None

    def who(self, way: Way) -> Iterator[Entry]:
        """Everybody who may pass this way at some time."""
        for person in self.site.people.persons.values():
            passage = self.passage(person, way)
            if passage.spans:
                yield Entry(person.id, *way, passage)

    def where(self, person: Person) -> Iterator[Entry]:
        """Every way a person may pass by a card that is decided upon."""
        for door in self.site.doors:
            for direction in Direction:
                way = (door, direction)
                passage = self.passage(person, way) if doorway(self.site, way).guarded else _NONE
                if passage.spans:
                    yield Entry(person.id, *way, passage)

    def cardless(self, way: Way) -> int:
        """How many have the right and hold no card that works then."""
        people = (p for p in self.site.people.persons.values() if not self.held(p))
        return sum(bool(self._passage(p, way, self.limits(p, but=Audit.held)).spans) for p in people)

    def unlocked(self, door: str) -> Spans:
        """When a door's schedules hold it open for everybody, once whoever has to be first was there."""
        policy = self.site.doors[door]
        return () if policy.unlock is None else without(self.active_schedule(policy.unlock), self.blocked(door))

    def blocked(self, door: str) -> Spans:
        """When a door's schedule lets nobody pass."""
        blocked = self.site.doors[door].blocked
        return () if blocked is None else self.active_schedule(blocked)

    def denials(self, way: Way) -> list[Rule]:
        """The denials of a way that are active at some time, by id."""
        groups = self.site.way(*way).denials.values()
        found = {rule.id: rule for rules in groups for rule in rules if self.active(rule)}
        return [found[id] for id in sorted(found)]

    def passage(self, person: Person, way: Way, cards: Iterable[Card] | None = None) -> Passage:
        """When this person may pass this way, with any card of theirs or with one of these."""
        if cards is None:
            return self._passage(person, way, self.limits(person))
        return self._passage(person, way, common(self.limits(person, but=Audit.held), self.usable(cards)))

    # What bounds a person, whatever the door

    def limits(self, person: Person, but: Limit | None = None) -> Spans:
        """What all limits leave, or all but one."""
        left = self.whole
        for limit in LIMITS:
            if limit is not but:
                left = common(left, limit(self, person))
        return left

    def valid(self, person: Person) -> Spans:
        """While a person is valid and not blocked."""
        return () if person.blocked else self._validity(person)

    def held(self, person: Person) -> Spans:
        """While at least one card of theirs works."""
        if self._cards is None:
            self._cards = _by_holder(self.site.people.credentials.values())
        return self.usable(self._cards.get(person.id, ()))

    def usable(self, cards: Iterable[Card]) -> Spans:
        return union(span for card in cards if card.status is CredentialStatus.ACTIVE for span in self._validity(card))

    def _validity(self, holder: Validity) -> Spans:
        lo = self._lo if holder.begins is None else max(self._lo, holder.begins)
        hi = self._hi if holder.ends is None else min(self._hi, holder.ends)
        return ((lo, hi),) if lo < hi else ()

    # What the rules of one way say

    def _passage(self, person: Person, way: Way, limits: Spans) -> Passage:
        rules = self.site.way(*way)
        if not limits or not rules.grants:
            return _NONE
        classes = self.site.members.of(person)
        grants = {rule.id: rule for rule in matching(rules.grants, classes)}
        if not grants:
            return _NONE
        denials = {rule.id: rule for rule in matching(rules.denials, classes)}
        rights = self._rights_of(person, way, classes, grants, denials)
        key = id(rights), limits
        found = self._passages.get(key)
        if found is None:
            found = self._passages[key] = _bounded(rights, limits)
        return found

    def _rights_of(
        self, person: Person, way: Way, classes: tuple[str, ...], grants: dict[str, Rule], denials: dict[str, Rule]
    ) -> _Rights:
        lapses = {id: self._lapse(person, rule) for id, rule in grants.items()}
        firsts = {id: not rule.first_person.isdisjoint(classes) for id, rule in grants.items()}
        key = way, tuple((id, firsts[id], lapses[id]) for id in grants), tuple(denials)
        found = self._rights.get(key)
        if found is None:
            held = [(rule, common(self.active(rule), ((self._lo, lapses[id]),))) for id, rule in grants.items()]
            found = self._rights[key] = self._worked_out(way, classes, held, denials.values())
        return found

    def _lapse(self, person: Person, rule: Rule) -> int:
        """When the first of what a rule wants to be valid is no longer, us, within what is asked about."""
        if not rule.who.valid:
            return self._hi
        stated = dict(person.attributes)
        ends = [valid_until(stated.get(name), self.site.timezone) for name in rule.who.valid]
        return max(self._lo, min(self._hi, *(self._lo if end is None else end for end in ends)))

    def _worked_out(
        self, way: Way, classes: tuple[str, ...], held: list[tuple[Rule, Spans]], denials: Iterable[Rule]
    ) -> _Rights:
        gone = union((*self.blocked(way[0]), *(span for rule in denials for span in self.active(rule))))
        region = without(self.whole, gone)
        minimums = [(d, self.active(d)) for d in self.site.way(*way).demands]
        found = asks(
            [Granted(grant_of(r, classes, ("", r.id)), spans, r.schedule) for r, spans in held],
            [Demanded(minimum_of(d), spans) for d, spans in minimums],
            region,
        )
        grants = tuple((rule, common(spans, region)) for rule, spans in held)
        return _Rights(found, whole(found), grants, tuple(minimums))

    def active(self, rule: Rule | Demand) -> Spans:
        """When the schedule of a rule is active."""
        return self._active(rule.schedule)

    def active_schedule(self, schedule: str) -> Spans:
        """By its id; raises KeyError for one that is not there."""
        return self._active(self.site.schedules[schedule])

    def _active(self, schedule: Schedule) -> Spans:
        found = self._schedules.get(schedule.id)
        if found is None:
            found = self._schedules[schedule.id] = active(schedule, self._lo, self._hi)
        return found


def _bounded(rights: _Rights, limits: Spans) -> Passage:
    spans = common(rights.spans, limits)
    lengths = [(total(common(spans, limits)), rule) for rule, spans in rights.grants]
    found = within(rights.asks, limits)
    return Passage(
        tuple(rule for length, rule in sorted(lengths, key=lambda each: (-each[0], each[1].id)) if length),
        spans,
        tuple(sorted(found.items(), key=lambda each: each[1])),
        tuple(demand for demand, times in rights.minimums if common(times, spans)),
    )


def _by_holder(cards: Iterable[Card]) -> dict[str, list[Card]]:
    found: dict[str, list[Card]] = {}
    for card in cards:
        if card.person is not None:
            found.setdefault(card.person, []).append(card)
    return found


_NONE = Passage((), (), (), ())

Limit = Callable[[Audit, Person], Spans]

LIMITS: tuple[Limit, ...] = (Audit.valid, Audit.held)
"""What bounds the passages of a person besides grants and denials. A later policy adds a line."""
