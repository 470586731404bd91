"""Assertions on random sites against the engine's own decisions on everybody, everywhere, whenever anything changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from rules.access import decide
from rules.answers.expect import Broken, verdicts
from rules.answers.quiet import quiet
from rules.asked import Request
from rules.compile import compile_site
from rules.following import wanted_layers
from rules.model.reasons import PENDING
from rules.people import Credential, People, Person
from rules.policy import AreaPolicy, Claim, Direction, ExpectPolicy, Who
from rules.ruling import is_valid
from rules.site import Site
from rules.state import DoorRecord, FirstRecord, State
from tests.rules.builder import HERE, OUT, S
from tests.rules.dice import Dice, rolled
from tests.rules.instants import around, instants
from tests.rules.profiles import examples
from tests.rules.random_policies import GROUPS, VALID, WAYS, direction, who
from tests.rules.random_schedules import SCHEDULES
from tests.rules.random_sites import PERSONS, case
from tests.rules.reference.case import Case

Way = tuple[str, Direction]


@dataclass
class Asked:
    """A random site at rest with one random assertion, looked at within lo <= utc < hi."""

    case: Case
    expected: ExpectPolicy
    lo: int
    hi: int

    @cached_property
    def site(self) -> Site:
        """Rights alone: no rule that looks at who was where before. Nobody has a card but one that works."""
        cards = [Credential(f"of-{person.id}", person.id) for person in self.case.persons]
        policy = replace(
            self.case.policy,
            areas={id: AreaPolicy(id, HERE, None) for id in self.case.policy.areas},
            interlocks=(),
            limits=(),
            inspections=(),
            expect=(self.expected,),
        )
        return compile_site(policy, People.of(1, self.case.persons, cards), "h")

    @cached_property
    def _states(self) -> dict[int, State]:
        return {}

    def state(self, at: int) -> State:
        """At rest, and whoever has to be first has been there."""
        if at not in self._states:
            found = self._states[at] = quiet(self.site, at)
            for place in (*self.site.areas, *self.site.doors):
                for group in GROUPS:
                    found.firsts.put(f"{place}/{group}", FirstRecord(at))
            for door in self.site.doors.values():
                layers = (layer for layer, wanted in wanted_layers(self.site, found, door, at) if wanted)
                found.doors.put(door.id, DoorRecord("closed", tuple(layers)))
        return self._states[at]

    def passes(self, person: Person, way: Way, at: int) -> bool:
        """By what the engine decides, or by a door that stands open to everybody."""
        door = self.site.doors[way[0]]
        if way[1] in door.egress or self._unlocked(self.state(at).door(way[0])):
            return True
        if way[1] is OUT and not door.readers_out:
            return False
        request = Request(*way, f"of-{person.id}", f"{way[0]}-{way[1].value}", 0, at, pin="ok")
        decision = decide(self.site, self.state(at), request)
        return decision.granted or PENDING.issuperset(decision.failed)

    def _unlocked(self, record: DoorRecord) -> bool:
        return {layer.layer for layer in record.layers} == {"schedule"}

    def valid(self, person: Person, at: int) -> bool:
        begins, ends = person.begins, person.ends
        return not person.blocked and (begins is None or begins <= at) and (ends is None or at < ends)

    def means(self, person: Person, at: int) -> bool:
        whom: Who = self.expected.who
        trained = all(is_valid(self.site, person, name, at) for name in whom.valid)
        return trained and self.site.members.means(whom, person)

    def times(self) -> list[int]:
        """Every moment that is meant and at which anything may have changed."""
        expected, found = self.expected, instants(self.case, [self.site], self.lo, self.hi)
        if expected.when is not None:
            return [at for at in found if self.site.schedules[expected.when].active(at)]
        return found if expected.at is None else sorted(at for at in self._moments(*expected.at) if at >= self.lo)

    def _moments(self, weekday: int | None, day: date | None, minute: int) -> Iterator[int]:
        zone, low = ZoneInfo(self.site.timezone), datetime.fromtimestamp(self.lo // S, UTC).date()
        for found in (low + timedelta(days=n) for n in range(-2, 8)):
            hit = found == day if day else found.weekday() == weekday and found not in self.site.policy.holidays
            local = datetime(found.year, found.month, found.day, minute // 60, minute % 60)
            for fold in (0, 1) if hit else ():
                at = local.replace(tzinfo=zone, fold=fold).astimezone(UTC)
                if at.astimezone(zone).replace(tzinfo=None) == local and (day or at.timestamp() * S < self.hi):
                    yield int(at.timestamp()) * S

    # -- by brute force ---------------------------------------------------------------------------------------------

    @property
    def forbids(self) -> bool:
        return self.expected.claim is Claim.ONLY or (self.expected.claim is Claim.NOBODY) == self.expected.opens

    def speaks(self, person: Person, way: Way, at: int) -> bool:
        """True if this is a case against the assertion, or one moment of it."""
        if self.forbids:
            return self.means(person, at) != (self.expected.claim is Claim.ONLY) and self.passes(person, way, at)
        return self.valid(person, at) and self.means(person, at) and not self.passes(person, way, at)

    def holds(self) -> bool:
        times = self.times()
        return not any(self._against(p, way, times) for p in self.case.persons for way in self.expected.doors)

    def _against(self, person: Person, way: Way, times: list[int]) -> bool:
        if self.forbids or self.expected.at is not None or self.expected.when is not None:
            return any(self.speaks(person, way, at) for at in times)
        asked = [at for at in times if self.valid(person, at) and self.means(person, at)]
        return bool(asked) and not any(self.passes(person, way, at) for at in asked)


def _asked(dice: Dice) -> Asked:
    found = case(dice)
    lo, hi = around(found)
    doors = {
        id: replace(
            door,
            unlock=dice.one(SCHEDULES) if dice.rarely(6) else None,
            blocked=dice.one(SCHEDULES) if dice.rarely(6) else None,
            egress=frozenset({OUT}) if dice.rarely(6) else frozenset(),
            readers_out=() if dice.rarely(6) else door.readers_out,
        )
        for id, door in found.policy.doors.items()
    }
    changed = replace(found, policy=replace(found.policy, doors=doors))
    assert [person.id for person in changed.persons] == PERSONS
    return Asked(changed, _expectation(dice, found), lo, hi)


def _expectation(dice: Dice, found: Case) -> ExpectPolicy:
    claim = dice.one(list(Claim))
    whom = who(dice)
    if dice.rarely(4):
        whom = replace(whom, valid=frozenset(dice.some(VALID, 2, 1)))
    doors = tuple(direction(way) for way in dice.some(WAYS, 3, 1))
    form = dice.below(3)
    return ExpectPolicy(
        "expect[0]",
        HERE,
        claim,
        whom,
        doors,
        claim is Claim.ONLY or not dice.rarely(3),
        at=_at(dice, found) if form == 1 else None,
        when=dice.one(SCHEDULES) if form == 2 else None,
    )


def _at(dice: Dice, found: Case) -> tuple[int | None, date | None, int]:
    """Around the moment of the case: the hour of a change of the clocks, a holiday, a New Year."""
    local = datetime.fromtimestamp(found.now // S, UTC).astimezone(ZoneInfo(found.policy.timezone))
    minute = (local.hour * 60 + local.minute + dice.one([0, -60, 30, 120])) % 1440
    day = local.date() + timedelta(days=dice.below(3) - 1)
    return (None, day, minute) if dice.rarely(2) else (day.weekday(), None, minute)


def asked() -> st.SearchStrategy[Asked]:
    return rolled(_asked)


@examples(150)
@given(asked())
def test_what_is_broken_is_what_the_engine_does_at_some_moment(asked: Asked) -> None:
    [verdict] = verdicts(asked.site, asked.lo, asked.hi)
    assert verdict.holds == asked.holds(), verdict
    for found in verdict.broken:
        _really(asked, found)


def _really(asked: Asked, found: Broken) -> None:
    """The case against it is one: that person, there, then; and at a time that is meant."""
    assert found.person is not None
    assert found.direction is not None
    assert found.utc is not None
    person, way = asked.site.people.persons[found.person], (found.door, found.direction)
    assert way in asked.expected.doors
    assert asked.speaks(person, way, found.utc)
    expected = asked.expected
    assert expected.when is None or asked.site.schedules[expected.when].active(found.utc)
    assert expected.at is None or found.utc in asked.times()
