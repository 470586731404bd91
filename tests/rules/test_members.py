"""Whom rules mean: classes worked out ahead against a reading of what was written, person by person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given

from rules.access import decide
from rules.compile import compile_site, membership, with_change, with_people
from rules.members import Membership
from rules.people import Credential, People, PeopleChange, Person
from rules.policy import Policy, Who
from rules.site import Site
from rules.state import State
from tests.rules.builder import IN, MONDAY, S
from tests.rules.dice import Dice, rolled
from tests.rules.profiles import examples
from tests.rules.random_policies import GROUPS, MOMENTS, WAYS, direction, random_policy, utc, who
from tests.rules.random_sites import card, case, person, request
from tests.rules.reference import meant
from tests.rules.reference.case import Case
from tests.rules.trial import Trial
from tests.rules.wording import access, group
from tests.rules.wording import who as meaning

NOW = utc(MOMENTS["Europe/London"][0])


def whos(policy: Policy) -> Iterator[Who]:
    yield from (rule.who for rule in policy.access)
    yield from (rule.who for rule in policy.deny)
    yield from (rule.who for rule in policy.limits)
    yield from (rule.who for rule in policy.inspections)
    for id in policy.areas:
        rule_of = policy.areas[id].passback
        if rule_of is not None and rule_of.exempt is not None:
            yield rule_of.exempt


@examples(150)
@given(rolled(case))
def test_classes_mean_whom_the_rules_mean(found: Case) -> None:
    members = membership(found.policy)
    for one in found.persons:
        classes = members.of(one)
        assert list(classes) == sorted(set(classes))
        assert members.groups(one) & set(GROUPS) == {g for g in GROUPS if meant.belongs(found.policy, one, g)}
        for whom in whos(found.policy):
            expected = meant.means(found.policy, whom, one)
            assert members.means(whom, one) == expected
            assert (not set(members.classes_of(whom)).isdisjoint(classes)) == expected


def of(members: Membership, **parts: object) -> frozenset[str]:
    return members.groups(Person("p", **{"groups": frozenset({"a"}), **parts}))  # type: ignore[arg-type]


def test_groups_are_made_of_groups_whatever_order_they_are_written_in() -> None:
    written = [
        group("c", meaning("b", company="acme")),
        group("b", meaning("a")),
        group("d", meaning("c", but=[meaning("x")]), meaning(persons=["q"])),
    ]
    for found in (written, written[::-1]):
        members = Membership({g.id: g for g in found}, ())
        assert of(members) == {"a", "b"}
        assert of(members, attributes=(("company", "acme"),)) == {"a", "b", "c", "d"}
        assert of(members, groups=frozenset({"a", "x"}), attributes=(("company", "acme"),)) == {"a", "b", "c", "x"}
        assert members.groups(Person("q")) == {"d"}


def test_a_circle_of_groups_is_refused() -> None:
    circle = {"a": group("a", meaning("b")), "b": group("b", meaning("x", but=[meaning("a")]))}
    with pytest.raises(ValueError, match="a, b"):
        Membership(circle, ())


def test_alternatives_of_one_attribute_and_all_of_several() -> None:
    either = Who(frozenset(), (("company", "acme"), ("company", "zed"), ("role", "chief")))
    members = Membership({}, (either,))

    def fits(*attributes: tuple[str, str]) -> bool:
        return members.means(either, Person("p", attributes=attributes))

    assert fits(("company", "acme"), ("role", "chief"))
    assert fits(("role", "chief"), ("company", "zed"))
    assert not fits(("company", "acme"))
    assert not fits(("company", "other"), ("role", "chief"))
    assert not fits(("role", "chief"))


def test_people_are_named_by_id_or_by_what_stands_for_it() -> None:
    named = meaning(persons=["E-100", "p2"])
    members = Membership({}, (named,), refs={"E-100": "p1"})
    assert [members.means(named, Person(id)) for id in ("p1", "p2", "E-100")] == [True, True, False]
    (name,) = members.classes_of(named)
    assert name in members.of(Person("p1"))
    assert name not in members.of(Person("p3"))


def test_what_must_be_valid_is_no_part_of_the_class() -> None:
    trained, any_of_them = meaning("a", valid=["training"]), meaning("a")
    members = Membership({}, (trained,))
    assert members.classes_of(trained) == members.classes_of(any_of_them) == ("a",)


# -- the same people under several rule sets ---------------------------------------------------------------------------


def answers(site: Site, found: Case) -> list[object]:
    """What is decided on each card at each way."""
    doors = [direction(way) for way in WAYS]
    tokens = sorted({*(c.token for c in found.cards), "c-unknown", "c-new"})
    asked = [
        replace(found.request, door=door, direction=way, token=token, fault=None, reader=f"{door}-{way.value}")
        for door, way in doors
        for token in tokens
    ]
    decisions = [decide(site, found.state, one) for one in asked]
    return [(d.reason, d.also_failed, d.flags, d.rule) for d in decisions]


@dataclass(frozen=True)
class Edited:
    """A case, and what its directory became."""

    before: Case
    persons: list[Person]
    cards: list[Credential]
    other: Policy


def edited(dice: Dice) -> Edited:
    before = case(dice)
    now, zone = before.request.utc, before.policy.timezone
    persons = {p.id: p for p in before.persons if not dice.rarely(4)}
    for id in dice.some(["p1", "p2", "p-new"], 3):
        persons[id] = person(dice, id, now, zone)
    cards = {c.token: c for c in before.cards if not dice.rarely(4)}
    for token in dice.some(["c1", "c3", "c-new"], 3):
        cards[token] = card(dice, token, now)._replace(person=dice.one([*persons, "p-gone"]))
    return Edited(before, list(persons.values()), list(cards.values()), random_policy(dice, zone, now))


def change_of(found: Edited) -> PeopleChange:
    """What another revision of the directory changes, as the directory tells it."""
    old_persons, old_cards = set(found.before.persons), set(found.before.cards)
    touched = {p.id for p in set(found.persons) ^ old_persons}
    return PeopleChange(
        2,
        tuple(p for p in found.persons if p not in old_persons),
        tuple(p.id for p in old_persons if p.id not in {q.id for q in found.persons}),
        tuple(c for c in found.cards if c not in old_cards or c.person in touched),
        tuple(c.token for c in old_cards if c.token not in {d.token for d in found.cards}),
    )


@examples(100)
@given(rolled(edited, 1100))
def test_people_edited_in_place_are_as_if_compiled_anew(found: Edited) -> None:
    before = found.before
    site = compile_site(before.policy, People.of(1, before.persons, before.cards), "h")
    answers(site, before)
    changed = with_change(site, change_of(found))
    anew = compile_site(before.policy, People.of(2, found.persons, found.cards), "h")
    assert answers(changed, before) == answers(anew, before)
    assert changed.people.rev == 2
    assert changed.people.persons == anew.people.persons
    assert changed.people.credentials == anew.people.credentials
    for token, made in anew.people.credentials.items():
        kept = changed.people.credentials[token]
        assert (kept.classes, kept.lo, kept.hi) == (made.classes, made.lo, made.hi)


@examples(60)
@given(rolled(edited, 1100))
def test_the_same_people_under_another_rule_set_leave_the_first_one_alone(found: Edited) -> None:
    before = found.before
    people = People.of(1, before.persons, before.cards)
    first = compile_site(before.policy, people, "h")
    expected = answers(first, before)
    for table in (people, first.people):
        second = compile_site(found.other, table, "i")
        assert answers(first, before) == expected
        alone = compile_site(found.other, People.of(1, before.persons, before.cards), "i")
        assert answers(second, before) == answers(alone, before)


def test_an_equal_rule_set_shares_the_people_of_the_first() -> None:
    trial = Trial()
    first = trial.site
    again = compile_site(trial.written, first.people, "i")
    assert again.people is first.people
    assert with_people(first, first.people).people is first.people


def test_what_a_person_belongs_to_follows_their_attributes() -> None:
    only = access("acme", meaning(company="acme"), "lab:in")
    trial = Trial({"access": (only,)}, (Person("ann", attributes=(("company", "acme"),)),))
    site, state = trial.site, State()
    asked = request(Dice(b""), MONDAY)
    asked = replace(asked, door="lab", direction=IN, token="c-ann", reader="lab-in", t=S)
    assert decide(site, state, asked).granted
    moved = Person("ann", attributes=(("company", "zed"),))
    with_change(site, PeopleChange(2, (moved,), credentials=(Credential("c-ann", "ann"),)))
    assert decide(site, state, asked).reason.value == "no_access_rights"


def test_rules_are_random_enough() -> None:
    """What is drawn says every kind of thing that can be said of whom."""
    drawn = [who(Dice(bytes([n % 6, n % 4, n % 5, n % 3, 1, 2, n % 4, n % 3]) * 3)) for n in range(120)]
    assert any(w.groups for w in drawn)
    assert any(w.attributes for w in drawn)
    assert any(w.but for w in drawn)
