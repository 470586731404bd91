"""Access reviews against the slow evaluator of test_reference, moment by moment, and against decide()."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.access import Request, decide
from rules.audit import Audit, Passage, doorway
from rules.compile import compile_site
from rules.model.stamp import ClockState, Stamp
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import Direction
from rules.quiet import doors_meant, quiet
from rules.spans import Spans, common, total, union, without
from rules.state import State
from tests.rules.builder import IN, MONDAY, OUT, S, deny, grant, minimum, people, site
from tests.rules.profiles import examples
from tests.rules.random_sites import MOMENTS, Case, cards, cases, moments, persons, policies
from tests.rules.test_reference import applies, holds, wrongs

STEP = 30 * 60 * S
"""Every rule and validity of these sites begins and ends on such a mark."""

YEAR = 366 * 86_400 * S


@dataclass(frozen=True)
class Stretch:
    """A random site and the marks of a stretch of some days, whose every answer is known at each of them."""

    case: Case
    marks: list[int]

    @property
    def audit(self) -> Audit:
        found = People.of(1, self.case.persons, self.case.cards)
        return Audit(compile_site(self.case.policy, found, "h"), self.marks[0], self.marks[-1] + STEP)

    @property
    def way(self) -> tuple[str, Direction]:
        return self.case.request.door, self.case.request.direction

    def at(self, mark: int) -> Case:
        return replace(self.case, stamp=Stamp(0, mark, ClockState.OK, ""))

    def passes(self, person: Person, mark: int) -> bool:
        """Whether one of their cards opens, by the reference."""
        here = self.at(mark)
        own = [c.token for c in self.case.cards if c.person == person.id]
        return any(not list(wrongs(replace(here, request=replace(here.request, token=t)))) for t in own)


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    zone = draw(st.sampled_from(sorted(MOMENTS)))
    start = draw(moments(zone)) // STEP * STEP
    marks = [start + n * STEP for n in range(3 * 48)]
    validity = st.one_of(st.none(), st.none(), st.sampled_from(marks))
    people = [replace(draw(persons(p, 0)), begins=draw(validity), ends=draw(validity)) for p in ("p1", "p2")]
    held = [replace(draw(cards(c, 0)), begins=draw(validity), ends=draw(validity)) for c in ("c1", "c2", "c3")]
    door, way = draw(st.sampled_from(["front", "lab"])), draw(st.sampled_from([IN, OUT]))
    request = Request(door, way, None, f"{door}-{way.value}", pin="ok")
    stamp = Stamp(0, start, ClockState.OK, "")
    return Stretch(Case(draw(policies(zone)), people, held, State(), request, stamp), marks)


def inside(spans: Spans, at: int) -> bool:
    return any(lo <= at < hi for lo, hi in spans)


@examples(40)
@given(stretches())
def test_who_may_ever_pass_is_what_holds_at_some_moment(stretch: Stretch) -> None:
    audit = stretch.audit
    found = {entry.person: entry.passage for entry in audit.who(stretch.way)}
    for person in stretch.case.persons:
        allowed = [mark for mark in stretch.marks if stretch.passes(person, mark)]
        assert (person.id in found) == bool(allowed)
        passage = found.get(person.id, audit.passage(person, stretch.way))
        assert [mark for mark in stretch.marks if inside(passage.spans, mark)] == allowed
        assert all(edge % STEP == 0 for span in passage.spans for edge in span)
        assert {rule.id for rule in passage.rules} == rules_at(stretch, person, allowed)
        demanded = [mark for mark in allowed if pin_at(stretch, mark)]
        assert bool(passage.pins) == bool(demanded)
        assert passage.always_pin == (bool(allowed) and demanded == allowed)


def rules_at(stretch: Stretch, person: Person, marks: list[int]) -> set[str]:
    fitting = [g for g in stretch.case.policy.access if applies(stretch.case, g, person)]
    return {g.id for g in fitting if any(holds(stretch.at(mark), g.when) for mark in marks)}


def pin_at(stretch: Stretch, mark: int) -> bool:
    door, way = stretch.way
    minimums = [m for m in stretch.case.policy.minimum if door in m.doors and way is IN]
    return any(holds(stretch.at(mark), m.when) for m in minimums)


@examples(60)
@given(cases())
def test_who_may_pass_at_a_moment_is_what_decide_grants(case: Case) -> None:
    site = compile_site(case.policy, People.of(1, case.persons, case.cards), "h")
    way, utc = (case.request.door, case.request.direction), case.stamp.utc
    request = replace(case.request, age=0, fault=None, pin="ok")
    resting = quiet(site, utc)
    decisions = [decide(site, resting, replace(request, token=c.token), case.stamp) for c in case.cards]
    expected = {d.person: d.rule for d in decisions if d.granted}
    found = {entry.person: entry.passage.rules[0].id for entry in Audit(site, utc, utc + 1).who(way)}
    assert found == expected


@examples(20)
@given(stretches())
def test_where_is_who_seen_from_the_other_side(stretch: Stretch) -> None:
    audit = stretch.audit
    ways = [(door, way) for door in audit.site.doors for way in Direction if doorway(audit.site, (door, way)).guarded]
    by_way = {(e.person, e.door, e.direction): e.passage for way in ways for e in audit.who(way)}
    by_person = {(e.person, e.door, e.direction): e.passage for p in stretch.case.persons for e in audit.where(p)}
    assert by_way == by_person


SETS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4).map(union)


def points(spans: Spans) -> set[int]:
    return {n for lo, hi in spans for n in range(lo, hi)}


@examples(200)
@given(SETS, SETS)
def test_spans_are_sets(a: Spans, b: Spans) -> None:
    assert points(common(a, b)) == points(a) & points(b)
    assert points(without(a, b)) == points(a) - points(b)
    assert points(union((*a, *b))) == points(a) | points(b)
    for made in (common(a, b), without(a, b), union((*a, *b))):
        assert made == union(made)  # sorted, apart, none empty
        assert total(made) == len(points(made))


# -- the small site --------------------------------------------------------------------------------------------------


def who(door: str, way: Direction = IN, audit: Audit | None = None) -> dict[str, Passage]:
    audit = audit or Audit(site(), MONDAY, MONDAY + YEAR)
    return {entry.person: entry.passage for entry in audit.who((door, way))}


def test_a_year_of_a_night_shift() -> None:
    passage = who("front")["p-nick"]
    assert [rule.id for rule in passage.rules] == ["night-shift"]
    assert passage.spans[0] == (MONDAY + 12 * 3600 * S, MONDAY + 20 * 3600 * S)  # 22:00 to 06:00 of the next day
    assert len(passage.spans) == 260
    assert {hi - lo for lo, hi in passage.spans} == {8 * 3600 * S}  # none ends on a Sunday of a clock change


def test_nobody_who_is_blocked_expired_or_denied() -> None:
    assert set(who("front")) == {"p-ann", "p-bob", "p-cat", "p-nick", "p-slow"}
    assert "p-eve" in who("store", OUT)  # denied on the way in alone


@pytest.mark.parametrize("status", [s for s in CredentialStatus if s is not CredentialStatus.ACTIVE])
def test_whoever_has_no_card_that_works_is_counted_but_not_listed(status: CredentialStatus) -> None:
    new, badly = Person("p-new", frozenset({"staff"})), Person("p-bad", frozenset({"staff"}))
    held = people(badly, credentials=[])
    cards = {**held.credentials, "c-bad": Credential("c-bad", "p-bad", status)}
    folk = People(1, {**held.persons, new.id: new, badly.id: badly}, cards)
    audit = Audit(site(folk), MONDAY, MONDAY + 1)
    assert not {"p-new", "p-bad"} & set(who("front", IN, audit))
    assert audit.cardless(("front", IN)) == 2
    assert audit.cardless(("lab", IN)) == 0


def test_a_pin_is_demanded_never_sometimes_or_always() -> None:
    place = site(minimum=(minimum("at-night", ["front"], "nights"), minimum("lab-pin", ["lab"])))
    audit = Audit(place, MONDAY, MONDAY + YEAR)
    assert [(d.id, who("front", IN, audit)["p-nick"].always_pin) for d in who("front", IN, audit)["p-nick"].pins] == [
        ("at-night", True)
    ]
    bob = who("front", IN, audit)["p-bob"]
    assert (len(bob.pins), bob.always_pin) == (1, False)
    assert who("front", OUT, audit)["p-bob"].pins == ()
    assert who("lab", IN, audit)["p-ann"].always_pin


def test_a_denial_that_covers_every_moment_of_a_grant_leaves_nothing() -> None:
    place = site(
        access=(grant("n", [("front", IN)], ["nights"], "nights"), grant("o", [("front", IN)], ["staff"], "office")),
        deny=(deny("d", [("front", IN)], ["nights", "crew"], "nights"),),
    )
    found = who("front", IN, Audit(place, MONDAY, MONDAY + YEAR))
    assert "p-nick" not in found
    assert "p-cat" in found


def test_people_of_one_grant_and_several_denials_are_told_apart() -> None:
    place = site(
        access=(grant("all", [("front", IN)], ["staff"]),),
        deny=(
            deny("by-day", [("front", IN)], ["crew"], "office"),
            deny("by-night", [("front", IN)], ["keyholders"], "nights"),
        ),
    )
    midnight = MONDAY - 10 * 3600 * S
    found = who("front", IN, Audit(place, midnight, midnight + 7 * 86_400 * S))
    hours = {person: total(passage.spans) // (3600 * S) for person, passage in found.items()}
    week, days, nights = 7 * 24, 5 * 12, 5 * 8
    assert hours == {
        "p-ann": week - days - nights,
        "p-bob": week,
        "p-cat": week - days,
        "p-eve": week,
        "p-old": 9,  # and some minutes, until a second before ten
        "p-slow": week - days,
    }


def test_the_rule_with_the_most_time_comes_first() -> None:
    place = site(access=(grant("a", [("front", IN)], ["staff"], "office"), grant("b", [("front", IN)], ["staff"])))
    whole, moment = Audit(place, MONDAY, MONDAY + YEAR), Audit(place, MONDAY, MONDAY + 1)
    assert [r.id for r in who("front", IN, whole)["p-bob"].rules] == ["b", "a"]
    assert [r.id for r in who("front", IN, moment)["p-bob"].rules] == ["a", "b"]  # as decide() names it


def test_a_free_exit_and_a_side_without_a_reader_are_not_guarded() -> None:
    found = {way: doorway(site(), way) for way in (("front", OUT), ("front", IN), ("gate", OUT), ("lab", OUT))}
    assert [(d.free, d.guarded) for d in found.values()] == [
        (True, False),
        (False, True),
        (False, False),
        (False, True),
    ]
    assert found["front", IN].unlock == "office"


def test_open_doors_and_denials_of_a_way() -> None:
    monday, sunday = Audit(site(), MONDAY, MONDAY + 1), Audit(site(), MONDAY - 86_400 * S, MONDAY - 86_400 * S + 1)
    assert (bool(monday.unlocked("front")), bool(sunday.unlocked("front")), monday.unlocked("lab")) == (True, False, ())
    assert [rule.id for rule in monday.denials(("front", IN))] == ["acme-out"]
    assert monday.denials(("front", OUT)) == []


def test_lockdown_means_a_door_the_doors_of_an_area_or_all() -> None:
    assert doors_meant(site(), "lab") == ("lab",)  # the door, where an area has the same name
    assert doors_meant(site(), "stores") == ("store",)
    assert doors_meant(site(), "all") == ("front", "lab", "store", "gate")
    assert doors_meant(site(), "nowhere") == ()
