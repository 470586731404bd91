"""What changed since a revision, applied to what was read before, is what reading everything gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people import load, suspensions
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.suspensions import Scope
from rules.model.secret import Secret
from rules.people import CredentialStatus, People, PeopleChange
from tests.rules.profiles import examples

from .conftest import NOW, PEPPER, PIN_PEPPER, tables


def changed(directory: Directory, rev: int) -> PeopleChange | None:
    with directory.store.reading() as conn:
        return load.changed(conn, rev)


def applied(old: People, change: PeopleChange) -> People:
    """The obvious way: replace what is named, drop what is gone."""
    persons = {id: one for id, one in old.persons.items() if id not in change.gone}
    persons.update((one.id, one) for one in change.persons)
    fresh = People.of(change.rev, change.persons, change.credentials)
    cards = {token: card for token, card in old.credentials.items() if token not in change.withdrawn}
    return People(change.rev, persons, {**cards, **fresh.credentials})


def suspend(directory: Directory, until: int | None) -> None:
    with directory.editing("test") as log:
        plan = suspensions.to_suspend(log.conn, Scope.of("", "staff"), until)
        if plan.people:
            suspensions.suspend(log, plan, "a test")


def resume(directory: Directory) -> None:
    with directory.editing("test") as log:
        suspensions.resume(log, suspensions.to_resume(log.conn, Scope.of("", "staff")))


@dataclass
class Desk:
    """Random edits: each number chooses what and whom."""

    directory: Directory
    people: list[str] = field(default_factory=list)
    cards: list[str] = field(default_factory=list)
    made: int = 0

    def edit(self, what: int, whom: int) -> None:
        self.made += 1
        if not self.people or what == 0:
            groups = frozenset({"staff", f"g{whom % 3}"} if whom % 2 else {f"g{whom % 3}"})
            new = NewPerson(f"Somebody {self.made}", groups=groups, begins=None if whom % 3 else NOW)
            self.people.append(self.directory.add("test", new))
            return
        who = self.people[whom % len(self.people)]
        self._person(what, who, whom)

    def _person(self, what: int, who: str, whom: int) -> None:
        directory = self.directory
        simple: dict[int, Callable[[], object]] = {
            1: lambda: directory.block("test", who),
            2: lambda: directory.unblock("test", who),
            3: lambda: self.cards.append(directory.assign("test", who, "h10302", None, self.made)),
            4: lambda: suspend(directory, None if whom % 2 else NOW + whom),
            5: lambda: resume(directory),
            6: lambda: self.people.remove(directory.remove("test", who)),
        }
        if what in simple:
            simple[what]()
        elif self.cards:
            card = self.cards[whom % len(self.cards)]
            status = list(CredentialStatus)[whom % 4]
            directory.set_card_status("test", card, status) if what == 7 else directory.unassign("test", card)


EDITS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 50)), min_size=1, max_size=6)


@given(st.lists(EDITS, min_size=1, max_size=4))
@examples(25)
def test_a_change_makes_what_reading_everything_gives(rounds: list[list[tuple[int, int]]]) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder)) as directory:
        desk = Desk(directory)
        desk.edit(0, 1)
        seen = directory.people()
        for edits in rounds:
            for edit in edits:
                desk.edit(*edit)
            change = changed(directory, seen.rev)
            assert change is not None
            seen, whole = applied(seen, change), directory.people()
            assert (seen.rev, tables(seen)) == (whole.rev, tables(whole))


def opened(folder: Path) -> Directory:
    return Directory.open(folder / "people.db", PEPPER, PIN_PEPPER, now=lambda: NOW)


def test_a_card_edit_names_the_card_alone(directory: Directory, amira: str) -> None:
    seen = directory.rev()
    card = directory.assign("test", amira, "h10301", 1, 2)
    change = changed(directory, seen)
    assert change is not None
    assert (change.rev, change.persons, change.gone, change.withdrawn) == (seen + 1, (), (), ())
    assert [(one.token, one.person) for one in change.credentials] == [(card, amira)]


def test_somebody_erased_is_gone(directory: Directory, amira: str) -> None:
    card = directory.assign("test", amira, "h10301", 1, 2)
    seen = directory.rev()
    directory.remove("test", amira)
    change = changed(directory, seen)
    assert change is not None
    assert change.gone == (amira,)
    assert [(one.token, one.person) for one in change.credentials] == [(card, None)]


def test_no_change_is_an_empty_one(directory: Directory, amira: str) -> None:
    assert changed(directory, 1) == PeopleChange(1)


@pytest.mark.parametrize("rev", [0, 2, 99])
def test_what_no_change_leads_to_is_read_whole(directory: Directory, amira: str, rev: int) -> None:
    assert changed(directory, rev) is None


def test_too_much_is_read_whole(directory: Directory, amira: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "MOST", 3)
    directory.set_pin("test", amira, Secret("4821"))
    for number in range(2):
        directory.assign("test", amira, "h10301", 1, number)
    assert changed(directory, 1) is not None
    directory.assign("test", amira, "h10301", 1, 9)
    assert changed(directory, 1) is None


def test_equal_groups_and_attributes_are_one_object(directory: Directory) -> None:
    new = NewPerson("A", groups=frozenset({"staff", "lab"}), attributes=(("company", "acme"),))
    ids = [directory.add("test", replace(new, name=name)) for name in "AB"]
    directory.assign("test", ids[0], "h10301", 1, 2)
    people = directory.people()
    one, two = (people.persons[id] for id in ids)
    assert one.groups is two.groups
    assert one.attributes is two.attributes
    assert next(iter(people.credentials.values())).person is one.id
