"""Which assertions of a rule set do not hold, each with what speaks against it.

They are about rules: cards and people count as valid, prerequisites as met, PINs as known, company as there, and the
site as at rest. A door that its schedule unlocks opens to everybody then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from rules import wall
from rules.audit import Audit, Way, doorway
from rules.cause import local
from rules.meant import meant
from rules.members import lasting
from rules.model.ids import device_of
from rules.people import Person
from rules.policy import (
    Claim,
    Direction,
    DoorPolicy,
    ExpectApartPolicy,
    ExpectFirePolicy,
    ExpectPolicy,
    Source,
    Who,
)
from rules.ruling import matching
from rules.site import Rule, Site
from rules.spans import Spans, common, union, without

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Broken:
    """One assertion that does not hold. expected: it in words; found: what is so instead.

    person: one for whom it does not hold, None for nobody in particular; count: how many there are. door, direction,
    at: where and when, us since 1970; rule: the id of what brings it about, written at `by`.
    """

    id: str
    source: Source
    expected: str
    found: str
    person: str | None = None
    count: int = 0
    door: str = ""
    direction: Direction | None = None
    at: int | None = None
    rule: str = ""
    by: Source | None = None

    def __str__(self) -> str:
        return self.text()

    def text(self, shown: Callable[[str], str] = str) -> str:
        """One line. shown: what a person's id is shown as."""
        who = shown(self.person) if self.person is not None else ""
        more = f"; {self.count} people in all" if self.count > 1 else ""
        return f"{self.source}: expected {self.expected}; but {f'{who} ' if who else ''}{self.found}{more}"


def broken(site: Site, lo: int, hi: int) -> list[Broken]:
    """Every assertion of the site that does not hold at some time of lo <= utc < hi, in the order of writing."""
    asked = _Asked(site, lo, hi)
    found: list[Broken] = []
    for expected in site.policy.expect:
        match expected:
            case ExpectPolicy():
                found += asked.passages(expected)
            case ExpectFirePolicy():
                found += _fire(site, expected)
            case ExpectApartPolicy():
                found += _apart(site, expected)
    return found


# -- who opens what ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Somebody:
    """person: somebody of `count` people to whom the same applies; id None: nobody there is, only could be."""

    person: Person
    id: str | None
    count: int


class _Asked:
    """Everybody by what the rules can know of them."""

    def __init__(self, site: Site, lo: int, hi: int) -> None:
        self._site, self._audit = site, Audit(site, lo, hi)
        self._lo, self._hi = lo, hi
        self._opens: dict[tuple[Way, tuple[str, ...], frozenset[str]], Spans] = {}
        found: dict[object, list[Person]] = {}
        by_name = any(_names_people(e.who) for e in site.policy.expect if isinstance(e, ExpectPolicy))
        for person in site.people.persons.values():
            classes = site.members.of(person)
            found.setdefault((classes, person.attributes, person.id if by_name else ""), []).append(person)
        self._people = [_Somebody(same[0], same[0].id, len(same)) for same in found.values()]

    def passages(self, expected: ExpectPolicy) -> Iterator[Broken]:
        """At most one."""
        times = self._times(expected)
        if (expected.claim is Claim.EVERYONE) == expected.opens and expected.claim is not Claim.ONLY:
            wrong = self._who_cannot(expected, times)
        else:
            wrong = self._who_can(expected, times)
        first, count = None, 0
        for one, way, at, lapsed in wrong:
            first = first or (one, way, at, lapsed)
            count += one.count
        if first is not None:
            yield self._told(expected, *first, count)

    def _who_cannot(
        self, expected: ExpectPolicy, times: Spans | None
    ) -> Iterator[tuple[_Somebody, Way, int, frozenset[str]]]:
        """Those who are meant and do not open every way at all times, or at none where no time is given."""
        for one in self._people:
            if self._site.members.means(expected.who, one.person):
                for way in expected.doors:
                    opens = self._open(one.person, way, NOTHING, surely=True)
                    closed = without(self._audit.whole if times is None else times, opens)
                    if closed and (times is not None or not opens):
                        yield one, way, closed[0][0], NOTHING
                        break

    def _who_can(
        self, expected: ExpectPolicy, times: Spans | None
    ) -> Iterator[tuple[_Somebody, Way, int, frozenset[str]]]:
        """Those who must not and open some way at some time."""
        for one, lapsed in self._kept_out(expected):
            for way in expected.doors:
                opens = self._open(one.person, way, lapsed, surely=False)
                wrong = opens if times is None else common(opens, times)
                if wrong:
                    yield one, way, wrong[0][0], lapsed
                    break

    def _kept_out(self, expected: ExpectPolicy) -> Iterator[tuple[_Somebody, frozenset[str]]]:
        """Who must not open it, with what has lapsed for them."""
        members, who = self._site.members, expected.who
        meant = [one for one in self._people if members.means(who, one.person)]
        if expected.claim is not Claim.ONLY:
            yield from ((one, NOTHING) for one in meant or self._imagined(who))
            return
        inside = {id(one) for one in meant}
        for one in self._people:
            if id(one) not in inside:
                yield one, NOTHING
            else:
                yield from ((one, frozenset({name})) for name in sorted(who.valid))

    def _imagined(self, who: Who) -> Iterator[_Somebody]:
        """Where nobody is meant yet: whoever came to be."""
        for group in sorted(who.groups) or [""]:
            person = Person("", frozenset({group} - {""}), who.attributes)
            if not who.persons and self._site.members.means(who, person):
                yield _Somebody(person, None, 1)

    # -- when ---------------------------------------------------------------------------------------------------------

    def _times(self, expected: ExpectPolicy) -> Spans | None:
        """The moments or stretches that are meant; None: any time."""
        if expected.when is not None:
            return self._audit.active_schedule(expected.when)
        return None if expected.at is None else tuple(self._moments(*expected.at))

    def _moments(self, weekday: int | None, day: date | None, minute: int) -> Iterator[tuple[int, int]]:
        """Each of that date, or of every such weekday that is no holiday; one that comes twice is meant twice."""
        zone, holidays = ZoneInfo(self._site.timezone), self._site.policy.holidays
        first, last = wall.local_date(self._lo, zone), wall.local_date(self._hi, zone)
        for n in range((last - first).days + 1):
            found = first + n * wall.DAY
            meant = found == day if day is not None else found.weekday() == weekday and found not in holidays
            for at, _ in wall.occurrences(found, minute, minute + 1, zone) if meant else ():
                if self._lo <= at < self._hi:
                    yield at, at + 1

    # -- whether ------------------------------------------------------------------------------------------------------

    def _open(self, person: Person, way: Way, lapsed: frozenset[str], *, surely: bool) -> Spans:
        """When a way opens to somebody. surely: an unlocking that waits for somebody does not count."""
        side, door = doorway(self._site, way), self._site.doors[way[0]]
        if side.free:
            return self._audit.whole
        unlocked = () if surely and door.unlock_after else self._audit.unlocked(way[0])
        own = self._by_rules(person, way, lapsed) if side.readers else ()
        return union((*own, *unlocked))

    def _by_rules(self, person: Person, way: Way, lapsed: frozenset[str]) -> Spans:
        classes = self._site.members.of(person)
        rules = self._site.way(*way)
        own = tuple(name for name in classes if name in rules.grants or name in rules.denials)
        key = way, own, lapsed
        found = self._opens.get(key)
        if found is None:
            granted = union(span for rule in self._grants(way, own, lapsed) for span in self._audit.active(rule))
            denied = union(span for rule in matching(rules.denials, own) for span in self._audit.active(rule))
            found = self._opens[key] = without(without(granted, denied), self._audit.blocked(way[0]))
        return found

    def _grants(self, way: Way, classes: tuple[str, ...], lapsed: frozenset[str]) -> Iterator[Rule]:
        found = matching(self._site.way(*way).grants, classes)
        return (rule for rule in found if rule.who.valid.isdisjoint(lapsed))

    # -- words --------------------------------------------------------------------------------------------------------

    def _told(
        self, expected: ExpectPolicy, one: _Somebody, way: Way, at: int, lapsed: frozenset[str], count: int
    ) -> Broken:
        can = (expected.claim is Claim.EVERYONE) != expected.opens or expected.claim is Claim.ONLY
        rule, by, why = self._why(one.person, way, at, lapsed, can)
        whom = "" if one.id is not None else f"whoever is in {meant(expected.who)} "
        untrained = f" without valid {', '.join(sorted(lapsed))}" if lapsed else ""
        verb = "opens" if can else "does not open"
        found = f"{whom}{verb} {way[0]} ({way[1].value}){untrained}, {local(self._site, at)}{why}"
        return Broken(
            expected.id, expected.source, self._expected(expected), found, one.id, count, *way, at=at, rule=rule, by=by
        )

    def _why(
        self, person: Person, way: Way, at: int, lapsed: frozenset[str], can: bool
    ) -> tuple[str, Source | None, str]:
        """(rule, where it is written, in words)."""
        classes, door = self._site.members.of(person), self._site.doors[way[0]]
        if can:
            if doorway(self._site, way).free:
                return "", door.source, ", where every read releases the door"
            rules = [rule for rule in self._grants(way, classes, lapsed) if rule.schedule.active(at)]
            if not rules or not common(self._by_rules(person, way, lapsed), ((at, at + 1),)):
                return door.unlock or "", door.source, f", unlocked on schedule {door.unlock}"
        else:
            rules = [r for r in matching(self._site.way(*way).denials, classes) if r.schedule.active(at)]
            if not rules:
                blocked = bool(common(self._audit.blocked(way[0]), ((at, at + 1),)))
                return (
                    (door.blocked or "", door.source, f", blocked on schedule {door.blocked}")
                    if blocked
                    else ("", None, ": no grant is active")
                )
        rule = min(rules, key=lambda found: found.id)
        return rule.id, rule.source, f", by {rule.id} ({rule.source.file}:{rule.source.line})"

    def _expected(self, expected: ExpectPolicy) -> str:
        doors = list(dict.fromkeys(door for door, _ in expected.doors))
        named = ", ".join(doors[:3]) + (f" and {len(doors) - 3} more" if len(doors) > 3 else "")
        valid = f" with valid {', '.join(sorted(expected.who.valid))}" if expected.who.valid else ""
        when = f" in {expected.when}" if expected.when is not None else _at(expected.at)
        verb = "opens" if expected.opens else "cannot open"
        whom = meant(lasting(expected.who)) + valid
        subject = {
            Claim.NOBODY: f"that nobody in {whom}",
            Claim.EVERYONE: f"that everyone in {whom}",
            Claim.ONLY: f"that only {whom}",
        }[expected.claim]
        return f"{subject} {verb} {named}{when}"


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _at(at: tuple[int | None, date | None, int] | None) -> str:
    if at is None:
        return ""
    weekday, day, minute = at
    name = day if weekday is None else _DAYS[weekday]
    return f" at {name} {minute // 60:02d}:{minute % 60:02d}"


def _names_people(who: Who) -> bool:
    return bool(who.persons) or any(map(_names_people, who.but))


# -- fire and devices -------------------------------------------------------------------------------------------------


def _fire(site: Site, expected: ExpectFirePolicy) -> Iterator[Broken]:
    released = {door for fire in site.fire.values() for door in fire.doors}
    for door in expected.doors:
        if door not in released:
            text = f"no fire input releases {door}"
            yield Broken(expected.id, expected.source, f"that fire releases {door}", text, door=door)


def _apart(site: Site, expected: ExpectApartPolicy) -> Iterator[Broken]:
    for door in expected.doors:
        for what, device in _parts(site.doors[door]):
            link = site.devices[device].link if device in site.devices else ""
            if expected.device in (device, link):
                told = f"that {door} does not depend on {expected.device}"
                on = device if device == expected.device else f"{device}, on {link}"
                yield Broken(expected.id, expected.source, told, f"its {what} is {on}", door=door)
                break


def _parts(door: DoorPolicy) -> Iterator[tuple[str, str]]:
    """(what, device) of everything a door works with."""
    yield from (("reader", reader) for reader in (*door.readers_in, *door.readers_out))
    if door.lock is not None:
        yield "lock", device_of(door.lock.output)
    yield from (("contact", device_of(used.point)) for used in door.contacts)
    yield from (("request to exit", device_of(rex.input.point)) for rex in door.rex)
    if door.emergency_release is not None:
        yield "emergency release", device_of(door.emergency_release.point)
    if door.controller is not None:
        yield "controller", door.controller
