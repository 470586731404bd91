"""Access reviews against what the engine says of each moment at which anything can change."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.access import decide
from rules.answers.ask import Option
from rules.answers.audit import Audit, Passage, doorway
from rules.answers.quiet import doors_meant, quiet
from rules.answers.spans import Spans, apart, clipped, common, holding, meet, stretches, total, union, without
from rules.people import Credential, CredentialStatus, People, Person
from rules.policy import Direction, Escort, Require, TwoPerson
from tests.rules.builder import (
    CREDENTIALS,
    IN,
    MONDAY,
    OUT,
    PERSONS,
    S,
    deny,
    front,
    gate,
    grant,
    lab,
    minimum,
    site,
    store,
)
from tests.rules.instants import Engine, around, instants, moment, option_at, ways
from tests.rules.profiles import examples
from tests.rules.random_sites import built, cases
from tests.rules.reference.case import Case

YEAR = 366 * 86_400 * S


def inside(spans: Spans, at: int) -> bool:
    return holding(spans, at) is not None


# -- random sites over the whole language --------------------------------------------------------------------------


@examples(25)
@given(cases())
def test_a_passage_is_what_the_engine_says_at_every_moment(case: Case) -> None:
    lo, hi = around(case)
    engine = Engine(case)
    place = engine.site
    audit = Audit(place, lo, hi)
    for at in instants(case, [place], lo, hi):
        for person in case.persons:
            for way in ways(place):
                passage = audit.passage(person, way)
                for entered in (False, True):
                    expected = engine.says(person.id, way, at, entered)
                    assert option_at(passage.asks, at, entered) == expected, (person.id, way, at, entered)
                assert inside(passage.spans, at) == any(inside(spans, at) for _, spans in passage.asks)


@examples(15)
@given(cases())
def test_who_is_everybody_with_a_passage_and_where_is_who_seen_from_the_other_side(case: Case) -> None:
    lo, hi = around(case)
    audit = Audit(built(case.policy, case), lo, hi)
    guarded = [way for way in ways(audit.site) if doorway(audit.site, way).guarded]
    by_way = {(e.person, e.door, e.direction): e.passage for way in guarded for e in audit.who(way)}
    by_person = {(e.person, e.door, e.direction): e.passage for p in case.persons for e in audit.where(p)}
    assert by_way == by_person
    listed = {(p.id, *way) for p in case.persons for way in guarded if audit.passage(p, way).spans}
    assert set(by_way) == listed


@examples(20)
@given(cases())
def test_the_rules_of_a_passage_are_those_that_hold_at_some_time_of_it(case: Case) -> None:
    place, at = built(case.policy, case), case.request.utc
    audit, resting = Audit(place, at, at + 1), quiet(place, at)
    plain = replace(case.request, age=0, fault=None, pin="ok", by="card")
    for person in case.persons:
        passage = audit.passage(person, moment(case))
        tokens = [c.token for c in case.cards if c.person == person.id]
        decisions = [decide(place, resting, replace(plain, token=token)) for token in tokens]
        granted = {d.rule for d in decisions if d.granted}
        assert granted <= {rule.id for rule in passage.rules}


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
    assert points(apart(a, b)) == points(a) ^ points(b)
    assert meet(a, b) == bool(common(a, b))
    assert all((holding(a, n) is not None) == (n in points(a)) for n in range(-1, 22))
    many = tuple((n, n + 1) for n in range(-200, 200, 2))  # walked or searched, the answer is the same
    assert points(common(a, many)) == points(many) & points(a) == points(common(many, a))


@examples(100)
@given(SETS, SETS, SETS)
def test_stretches_say_which_tracks_hold(a: Spans, b: Spans, region: Spans) -> None:
    found = {n: mask for lo, hi, mask in stretches((a, b), region) for n in range(lo, hi)}
    assert found == {n: (n in points(a)) + 2 * (n in points(b)) for n in points(region)}
    assert all(points(clipped(a, lo, hi)) == points(a) & set(range(lo, hi)) for lo, hi in ((0, 5), (3, 3), (4, 30)))


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
    folk = People.of(1, (*PERSONS, new, badly), (*CREDENTIALS, Credential("c-bad", "p-bad", status)))
    audit = Audit(site(folk), MONDAY, MONDAY + 1)
    assert not {"p-new", "p-bad"} & set(who("front", IN, audit))
    assert audit.cardless(("front", IN)) == 2
    assert audit.cardless(("lab", IN)) == 0


def test_a_pin_is_demanded_never_sometimes_or_always() -> None:
    place = site(minimum=(minimum("at-night", ["front"], "nights"), minimum("lab-pin", ["lab"])))
    audit = Audit(place, MONDAY, MONDAY + YEAR)
    nick, bob = who("front", IN, audit)["p-nick"], who("front", IN, audit)["p-bob"]
    assert ([d.id for d in nick.pins], nick.share(_pin)) == (["at-night"], "always")
    assert (len(bob.pins), bob.share(_pin)) == (1, "sometimes")
    assert (who("front", OUT, audit)["p-bob"].pins, who("front", OUT, audit)["p-bob"].share(_pin)) == ((), "no")
    assert who("lab", IN, audit)["p-ann"].share(_pin) == "always"


def _pin(option: Option) -> bool:
    return "pin" in option.factors


def test_what_is_asked_follows_grants_minimums_and_time() -> None:
    crew = replace(grant("crew", [("front", IN)], ["crew"], "office"), require=Require.CARD_PIN)
    late = replace(grant("late", [("front", IN)], ["crew"], "nights"), two_person=TwoPerson(30 * S, "staff"))
    place = site(access=(crew, late), minimum=(replace(minimum("m", ["front"]), require=None, escort=ESCORT),))
    passage = who("front", IN, Audit(place, MONDAY, MONDAY + 7 * 86_400 * S))["p-ann"]
    hours = {tuple(sorted(ask.by_card[0].factors)): total(spans) // (3600 * S) for ask, spans in passage.asks}
    assert hours == {("card", "pin"): 5 * 12, ("card",): 5 * 8}
    assert passage.share(lambda option: option.escorts) == "always"
    assert passage.share(lambda option: option.seconds) == "sometimes"


ESCORT = Escort(frozenset({"staff"}), 30 * S)


def test_a_schedule_that_blocks_a_door_leaves_nobody_a_passage_then() -> None:
    place = site(doors=(front(blocked="office"), lab(), store(), gate()))
    audit = Audit(place, MONDAY, MONDAY + YEAR)
    assert not meet(who("front", IN, audit)["p-bob"].spans, audit.blocked("front"))
    assert audit.unlocked("front") == ()
    assert who("front", IN, audit)["p-nick"].spans


def test_of_what_waits_for_a_first_person_and_what_does_not_the_answer_names_both() -> None:
    early = replace(grant("early", [("front", IN)], ["staff"]), first_person=frozenset({"keyholders"}))
    plain = replace(grant("plain", [("front", IN)], ["staff"]), require=Require.CARD_PIN)
    found = who("front", IN, Audit(site(access=(early, plain)), MONDAY, MONDAY + 1))
    (bob,), (ann,) = ([ask for ask, _ in found[id].asks] for id in ("p-bob", "p-ann"))
    assert [(sorted(o.factors), bool(o.firsts)) for o in bob.by_card] == [(["card"], True), (["card", "pin"], False)]
    assert [(sorted(o.factors), bool(o.firsts)) for o in ann.by_card] == [(["card"], False)]  # she is one of them


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
