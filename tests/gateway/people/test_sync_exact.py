"""Synchronisation is exact: the directory becomes the file, and then nothing is left to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from gateway.people import changes
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.plan import Limit, Terms
from tests.rules.profiles import examples

from .conftest import NOW, PEPPER, PIN_PEPPER

HEAD = "person,name,groups,company,format,number,until"
ANYTHING = Terms(most=Limit(100, percent=True), new_columns=frozenset({"company"}))
DAYS = ("", "2026-12-31", "2027-06-30")


@dataclass(frozen=True)
class Wanted:
    """One person of a file. until: index of DAYS."""

    ref: str
    name: str
    groups: frozenset[str]
    company: str
    cards: frozenset[int]
    until: int

    def rows(self) -> Iterable[str]:
        about = f"{self.ref},{self.name},{';'.join(sorted(self.groups))},{self.company}"
        first, *rest = [str(number) for number in sorted(self.cards)] or [""]
        yield f"{about},{'h10302' if first else ''},{first},{DAYS[self.until]}"
        yield from (f"{self.ref},,,,h10302,{number}," for number in rest)


def text(people: Iterable[Wanted]) -> str:
    return "\n".join([HEAD, *(row for one in people for row in one.rows()), ""])


PERSON = st.builds(
    Wanted,
    st.sampled_from(["E1", "E2", "E3", "E4"]),
    st.sampled_from(["Ann", "Ben", "Chen"]),
    st.sets(st.sampled_from(["staff", "lab"])).map(frozenset),
    st.sampled_from(["", "acme", "globex"]),
    st.sets(st.integers(1, 6), max_size=3).map(frozenset),
    st.integers(0, 2),
)


@st.composite
def files(draw: st.DrawFn) -> list[Wanted]:
    """A file without mistakes: each person and each card once."""
    people = draw(st.lists(PERSON, max_size=4, unique_by=lambda one: one.ref))
    given: set[int] = set()
    free = []
    for one in people:
        free.append(replace(one, cards=one.cards - given))
        given |= one.cards
    return free


def state(directory: Directory) -> dict[str, tuple[object, ...]]:
    """What is known of everybody with a reference, with the cards of files."""
    return {
        one.ref: (
            one.name,
            one.groups,
            dict(one.attributes).get("company", ""),
            {card.token for card in one.cards if card.source == "csv"},
            one.ends is not None,
            one.blocked,
        )
        for one in directory.records()
        if one.ref
    }


def wanted(directory: Directory, one: Wanted) -> tuple[object, ...]:
    tokens = {directory.card("h10302", None, number).token for number in one.cards}
    return one.name, one.groups, one.company, tokens, one.until > 0, None


@given(st.lists(files(), min_size=1, max_size=3))
@examples(15)
def test_the_directory_becomes_the_file_and_then_nothing_is_left_to_do(rounds: list[list[Wanted]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        with Directory.open(Path(folder) / "people.db", PEPPER, PIN_PEPPER, now=lambda: NOW) as directory:
            desk = directory.add("desk", NewPerson("Dana", ref="D1"))
            for people in rounds:
                path.write_text(text(people))
                before = state(directory)
                shown = directory.plan(path, terms=ANYTHING)
                assert state(directory) == before
                assert not shown.refused
                directory.carry_out(shown, actor="hr")
                named = {one.ref: wanted(directory, one) for one in people}
                found = state(directory)
                assert {ref: found[ref] for ref in named} == named
                gone = found.keys() - named.keys() - {"D1"}
                assert all(found[ref][-1] == "leaver" for ref in gone)
                assert {ref: found[ref][:3] for ref in gone} == {ref: before[ref][:3] for ref in gone}
                assert directory.plan(path, terms=ANYTHING).steps == ()
            assert not directory.people().persons[desk].blocked
            assert changes.first_break(directory.changes_since(0)) is None
