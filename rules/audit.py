"""Who may pass where, and by which rule: exact over a stretch of time, worked out from transitions and not sampled.

What is asked is what rules, validity and cards say of a site at rest; a PIN counts as known. Several people of equal
rights share one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from rules.access import matching
from rules.calendar import Schedule
from rules.people import Credential, CredentialStatus, Person
from rules.policy import Direction
from rules.site import NO_RULES, Demand, Rule, Site
from rules.spans import Span, Spans, active, common, total, union, without

Way = tuple[str, Direction]


@dataclass(frozen=True, slots=True)
class Passage:
    """rules: the grants with a part in it, the longest first, then by id; spans: when.

    pins: the minimums that demand a PIN at some time of it; always_pin: at every time.
    """

    rules: tuple[Rule, ...]
    spans: Spans
    pins: tuple[Demand, ...]
    always_pin: bool


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


class Audit:
    """Answers about one site within lo <= utc < hi, us since 1970; a moment is a stretch of 1 us."""

    def __init__(self, site: Site, lo: int, hi: int) -> None:
        self.site = site
        self.whole: Spans = ((lo, hi),)
        self._lo, self._hi = lo, hi
        self._schedules: dict[str, Spans] = {}
        self._passages: dict[tuple[Way, tuple[str, ...], tuple[str, ...], Spans], Passage] = {}
        self._unions: dict[tuple[Way, frozenset[str], frozenset[str], Spans], Passage] = {}
        self._cuts: dict[tuple[str, frozenset[str], Spans], Spans] = {}
        self._cards: dict[str, list[Credential]] = {}
        for card in site.people.credentials.values():
            if card.person is not None:
                self._cards.setdefault(card.person, []).append(card)

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
                passage = self.passage(person, way)
                if passage.spans and doorway(self.site, way).guarded:
                    yield Entry(person.id, *way, passage)

    def cardless(self, way: Way) -> int:
        """How many have the right and hold no card that works then."""
        people = (p for p in self.site.people.persons.values() if not self.held(p))
        return sum(bool(self._passage(p, way, self.limits(p, but=Audit.held)).spans) for p in people)

    def unlocked(self, door: str) -> Spans:
        """When a door's schedule holds it open for everybody."""
        unlock = self.site.doors[door].unlock
        return () if unlock is None else self._active(self.site.schedules[unlock])

    def denials(self, way: Way) -> list[Rule]:
        """The denials of a way that are active at some time, by id."""
        groups = self.site.rules.get(way, NO_RULES).denials.values()
        found = {rule.id: rule for rules in groups for rule in rules if self.active(rule)}
        return [found[id] for id in sorted(found)]

    def passage(self, person: Person, way: Way, cards: Iterable[Credential] | None = None) -> Passage:
        """When this person may pass this way, with any card of theirs or with one of these."""
        limits = self.limits(person)
        if cards is not None:
            limits = common(limits, self.usable(cards))
        return self._passage(person, way, limits)

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
        return self.usable(self._cards.get(person.id, ()))

    def usable(self, cards: Iterable[Credential]) -> Spans:
        return union(span for card in cards if card.status is CredentialStatus.ACTIVE for span in self._validity(card))

    def _validity(self, holder: Person | Credential) -> Spans:
        lo = self._lo if holder.begins is None else max(self._lo, holder.begins)
        hi = self._hi if holder.ends is None else min(self._hi, holder.ends)
        return ((lo, hi),) if lo < hi else ()

    # What the rules of one way say

    def _passage(self, person: Person, way: Way, limits: Spans) -> Passage:
        rules = self.site.rules.get(way, NO_RULES)
        grants = {rule.id: rule for rule in matching(rules.grants, person)}
        if not grants or not limits:
            return _NONE
        denials = {rule.id: rule for rule in matching(rules.denials, person)}
        key = way, tuple(grants), tuple(denials), limits
        found = self._passages.get(key)
        if found is None:
            found = self._passages[key] = self._worked_out(way, grants, denials, limits)
        return found

    def _worked_out(self, way: Way, grants: dict[str, Rule], denials: dict[str, Rule], limits: Spans) -> Passage:
        denied = frozenset(rule.schedule.id for rule in denials.values())
        lengths = {id: total(self._cut(rule.schedule.id, denied, limits)) for id, rule in grants.items()}
        rules = tuple(grants[id] for id in sorted(grants, key=lambda id: (-lengths[id], id)) if lengths[id])
        return replace(self._together(way, frozenset(rule.schedule.id for rule in rules), denied, limits), rules=rules)

    def _together(self, way: Way, schedules: frozenset[str], denied: frozenset[str], limits: Spans) -> Passage:
        """The passage by grants on these schedules, less what is denied on those."""
        key = way, schedules, denied, limits
        found = self._unions.get(key)
        if found is None:
            spans = union(span for id in schedules for span in self._cut(id, denied, limits))
            pins = [d for d in self._demands(way) if common(self.active(d), spans)]
            demanded: list[Span] = [span for d in pins for span in self.active(d)]
            always = bool(pins) and not without(spans, union(demanded))
            found = self._unions[key] = Passage((), spans, tuple(pins), always)
        return found

    def _demands(self, way: Way) -> list[Demand]:
        demands = self.site.rules.get(way, NO_RULES).demands
        return sorted((d for d in demands if d.pin), key=lambda d: d.id)

    def _cut(self, schedule: str, denied: frozenset[str], limits: Spans) -> Spans:
        """When a schedule is active within the limits and none of those that deny is."""
        key = schedule, denied, limits
        found = self._cuts.get(key)
        if found is None:
            gone = union(span for id in denied for span in self._active(self.site.schedules[id]))
            found = self._cuts[key] = without(common(self._active(self.site.schedules[schedule]), limits), gone)
        return found

    def active(self, rule: Rule | Demand) -> Spans:
        """When the schedule of a rule is active."""
        return self._active(rule.schedule)

    def _active(self, schedule: Schedule) -> Spans:
        found = self._schedules.get(schedule.id)
        if found is None:
            found = self._schedules[schedule.id] = active(schedule, self._lo, self._hi)
        return found


_NONE = Passage((), (), (), False)

Limit = Callable[[Audit, Person], Spans]

LIMITS: tuple[Limit, ...] = (Audit.valid, Audit.held)
"""What bounds the passages of a person besides grants and denials. A later policy adds a line."""
