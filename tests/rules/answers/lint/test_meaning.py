"""Who is meant by whom: sound against everybody there could be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.answers.lint.meaning import Meaning, atoms
from rules.members import Membership
from rules.people import Person
from rules.policy import EVERYBODY, GroupPolicy, Source, Who
from tests.rules.profiles import examples

HERE = Source("groups.yaml", 1, 1)
NAMES = ["a", "b", "leads"]
PAIRS = [("company", "x"), ("company", "y"), ("role", "x")]


def who(*groups: str, **more: object) -> Who:
    return Who(frozenset(groups), **more)  # type: ignore[arg-type]


def nested(*members: Who) -> dict[str, GroupPolicy]:
    return {"leads": GroupPolicy("leads", HERE, members)}


@pytest.mark.parametrize(
    ("some", "whole", "within"),
    [
        (who("a"), EVERYBODY, True),
        (EVERYBODY, who("a"), False),
        (who("a"), who("a", "b"), True),
        (who("a", "b"), who("a"), False),
        (who("b"), who("leads"), True),
        (who("leads"), who("b"), False),
        (who("a", attributes=(("role", "x"),)), who("a"), True),
        (who("a"), who("a", attributes=(("role", "x"),)), False),
        (who(attributes=(PAIRS[0],)), who(attributes=tuple(PAIRS[:2])), True),
        (who(attributes=tuple(PAIRS[:2])), who(attributes=(PAIRS[0],)), False),
        (who(persons=frozenset({"p"})), who(persons=frozenset({"p", "q"})), True),
        (who(), who(persons=frozenset({"p"})), False),
        (who("a"), who("a", but=(who("b"),)), False),
        (who("a", but=(who("b", "leads"),)), who("a", but=(who("b"),)), True),
        (who("a", valid=frozenset({"training"})), who("a"), True),
        (who("a"), who("a", valid=frozenset({"training"})), False),
    ],
)
def test_whom_one_means_the_other_means(some: Who, whole: Who, within: bool) -> None:
    assert Meaning(nested(who("b"))).within(some, whole) is within


def test_a_group_that_is_made_of_some_of_another_is_not_all_of_it() -> None:
    meaning = Meaning(nested(who("b", attributes=(PAIRS[0],))))
    assert not meaning.within(who("b"), who("leads"))
    assert meaning.above("b") == {"b"}


def test_atoms_together_are_the_whole() -> None:
    assert list(atoms(who("b", "a"))) == [who("a"), who("b")]
    assert list(atoms(EVERYBODY)) == [EVERYBODY]


ATTRIBUTES = st.lists(st.sampled_from(PAIRS), max_size=2, unique=True).map(lambda found: tuple(sorted(found)))
PLAIN = st.builds(
    Who,
    st.frozensets(st.sampled_from(NAMES), max_size=2),
    ATTRIBUTES,
    st.frozensets(st.sampled_from(["p0", "p1"]), max_size=1),
)
WHOS = st.builds(
    lambda plain, but: Who(plain.groups, plain.attributes, plain.persons, frozenset(), tuple(but)),
    PLAIN,
    st.lists(PLAIN, max_size=1),
)
EVERY_KIND = [
    Person(f"p{n}", frozenset(groups), attributes)
    for n, (groups, attributes) in enumerate(
        product(
            ((), ("a",), ("b",), ("a", "b"), ("leads",), ("a", "leads")),
            ((), (PAIRS[0],), (PAIRS[1],), (PAIRS[2],), (PAIRS[0], PAIRS[2])),
        )
    )
]


@examples(150)
@given(WHOS, WHOS, st.lists(PLAIN.filter(lambda w: "leads" not in w.groups), max_size=2))
def test_nobody_is_meant_who_is_not_there(some: Who, whole: Who, members: list[Who]) -> None:
    groups = nested(*members)
    meaning, members_of = Meaning(groups), Membership(groups, ())
    mine = [person for person in EVERY_KIND if members_of.means(some, person)]
    if meaning.within(some, whole):
        assert all(members_of.means(whole, person) for person in mine)
    if meaning.empty(some):
        assert mine == []
