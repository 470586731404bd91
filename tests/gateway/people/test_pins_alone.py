"""PINs that are credentials by themselves: nobody's twice, and each with a duress PIN that opens like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, event

from gateway.people import changes, store
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.pins import PinService
from rules.credential import pin_token
from rules.model.errors import Refused
from rules.model.secret import Secret
from rules.people import CredentialStatus
from tests.rules.profiles import examples

from .conftest import NOW, PEPPER, PIN_PEPPER

PIN, DURESS, OTHER = Secret("83624"), Secret("42638"), Secret("50917")


def token(pin: Secret) -> str:
    return pin_token(PIN_PEPPER.reveal.encode(), pin.reveal)


@pytest.fixture
def guarded(directory: Directory, amira: str) -> str:
    """A person with a PIN alone and its duress PIN."""
    directory.set_pin_alone("test", amira, PIN)
    directory.set_pin_alone("test", amira, DURESS, duress=True)
    return amira


@pytest.fixture
def ben(directory: Directory) -> str:
    return directory.add("test", NewPerson("Ben", ref="E2"))


def opens(directory: Directory, pin: Secret) -> tuple[str | None, bool]:
    """Who a PIN opens for, by the table that decisions look it up in; whether under duress."""
    found, duress = directory.identify_pin(pin)
    card = directory.people().credentials.get(found)
    return (card.person if card else None), duress


def refused(attempt: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        attempt()
    return caught.value.code, str(caught.value)


async def test_each_is_found(directory: Directory, guarded: str) -> None:
    assert opens(directory, PIN) == (guarded, False)
    assert opens(directory, DURESS) == (guarded, True)
    assert opens(directory, OTHER) == (None, False)
    async with PinService(directory) as service:
        assert await service.identify(PIN) == (token(PIN), False)
        assert await service.identify(DURESS) == (token(PIN), True)
        assert await service.identify(OTHER) == (token(OTHER), False)


def test_a_duress_pin_is_no_credential(directory: Directory, guarded: str) -> None:
    """Were it one, a grant would name it: on the bus for all to see."""
    assert set(directory.people().credentials) == {token(PIN)}
    assert [card.token for card in directory.record(guarded).cards] == [token(PIN)]
    assert {line.token for line in directory.changes_since(0)} == {None, token(PIN)}


def test_every_outcome_costs_one_query(directory: Directory, guarded: str) -> None:
    asked: list[str] = []

    def note(*args: Any) -> None:
        asked.append(args[2])

    event.listen(directory.store.engine, "before_cursor_execute", note)
    for pin in (PIN, DURESS, OTHER):
        directory.identify_pin(pin)
    queries = [text for text in asked if text.startswith("SELECT")]
    assert len(queries) == 3
    assert len(set(queries)) == 1


def test_what_is_anybodys_is_nobody_elses(directory: Directory, guarded: str, ben: str) -> None:
    directory.set_pin_alone("test", ben, OTHER)
    said = {
        refused(partial(directory.set_pin_alone, "test", who, pin, duress=duress))
        for who in (ben, guarded)
        for pin in (PIN, DURESS, OTHER)
        for duress in (False, True)
    }
    ((code, text),) = said
    assert code == "pin_taken"
    assert not any(word in text for word in (guarded, ben, "E1", "E2", "duress"))
    assert opens(directory, PIN) == (guarded, False)
    assert opens(directory, DURESS) == (guarded, True)
    assert opens(directory, OTHER) == (ben, False)


def test_a_duress_pin_needs_an_ordinary_one(directory: Directory, amira: str) -> None:
    directory.set_pin("test", amira, OTHER)  # one that goes with a card is another matter
    assert refused(lambda: directory.set_pin_alone("test", amira, DURESS, duress=True))[0] == "no_pin"


@pytest.mark.parametrize("duress", [False, True])
@pytest.mark.parametrize(("pin", "code"), [("1234", "trivial_pin"), ("12a4", "bad_pin"), ("", "bad_pin")])
def test_what_is_no_pin(directory: Directory, guarded: str, pin: str, code: str, duress: bool) -> None:
    assert refused(lambda: directory.set_pin_alone("test", guarded, Secret(pin), duress=duress))[0] == code


def test_another_pin_takes_the_place_of_the_first(directory: Directory, guarded: str) -> None:
    directory.set_pin_alone("test", guarded, OTHER)
    assert opens(directory, PIN) == (None, False)
    assert opens(directory, OTHER) == (guarded, False)
    assert opens(directory, DURESS) == (guarded, True)  # as with the PINs that go with a card
    assert directory.identify_pin(DURESS) == (token(OTHER), True)


def test_another_duress_pin_takes_the_place_of_the_first(directory: Directory, guarded: str) -> None:
    directory.set_pin_alone("test", guarded, OTHER, duress=True)
    assert opens(directory, DURESS) == (None, False)
    assert opens(directory, OTHER) == (guarded, True)
    assert opens(directory, PIN) == (guarded, False)


@pytest.mark.parametrize("how", ["clear", "unassign", "remove"])
def test_a_pin_goes_with_its_duress_pin(directory: Directory, guarded: str, ben: str, how: str) -> None:
    if how == "clear":
        directory.clear_pin_alone("test", guarded)
    elif how == "unassign":
        directory.unassign("test", token(PIN))
    else:
        directory.remove("test", guarded)
    assert opens(directory, PIN) == (None, False)
    assert directory.identify_pin(DURESS) == (token(DURESS), False)
    directory.set_pin_alone("test", ben, PIN)  # free again, and without its former duress PIN
    assert opens(directory, DURESS) == (None, False)
    directory.set_pin_alone("test", ben, DURESS, duress=True)
    assert opens(directory, DURESS) == (ben, True)


def test_clearing_one_kind_leaves_the_other(directory: Directory, guarded: str) -> None:
    directory.set_pin("test", guarded, OTHER)
    directory.clear_pin("test", guarded)
    assert directory.check_pin(guarded, OTHER) == "wrong"
    assert opens(directory, DURESS) == (guarded, True)
    directory.set_pin("test", guarded, OTHER)
    directory.clear_pin_alone("test", guarded)
    assert directory.check_pin(guarded, OTHER) == "ok"


def test_a_block_means_both(directory: Directory, guarded: str) -> None:
    """What is said of the PIN is said of whatever opens by it."""
    directory.set_card_status("test", token(PIN), CredentialStatus.STOLEN)
    directory.block("test", guarded)
    people = directory.people()
    for pin in (PIN, DURESS):
        assert people.credentials[directory.identify_pin(pin)[0]].status is CredentialStatus.STOLEN
    assert people.persons[guarded].blocked


def test_a_duress_pin_set_stands_in_the_log(directory: Directory, amira: str) -> None:
    directory.set_pin_alone("test", amira, PIN)
    seen = directory.rev()
    directory.set_pin_alone("test", amira, DURESS, duress=True)
    (line,) = directory.changes_since(seen)
    assert (line.what, line.person, line.token, line.detail) == ("pin_set", amira, None, "{}")
    assert changes.first_break(directory.changes_since(0)) is None


def test_too_many_for_their_length_are_warned_of(directory: Directory) -> None:
    warnings = []
    for i in range(6):
        who = directory.add("test", NewPerson(f"Person {i}"))
        directory.set_pin("test", who, Secret("4821"))  # with a card, which is no door to these
        warnings.append(directory.set_pin_alone("test", who, Secret(f"{4813 + 37 * i}")))
        warnings.append(directory.set_pin_alone("test", who, Secret(f"{7013 + 41 * i}"), duress=True))
    assert warnings[:10] == [None] * 10
    assert warnings[10] == "11 PINs are allocated: 4 digits leave fewer than 1000 codes to each"


async def test_without_its_directory_a_pin_stands_for_itself(
    directory: Directory, guarded: str, ruin: Callable[[], None]
) -> None:
    """Doors go on; that a duress PIN is one nobody can tell, and it opens nothing."""
    async with PinService(directory) as service:
        ruin()
        assert await service.identify(PIN) == (token(PIN), False)
        assert await service.identify(DURESS) == (token(DURESS), False)


# -- schema -------------------------------------------------------------------------------------------------


def test_a_directory_of_before_keeps_its_pins(file: Path) -> None:
    """Of somebody who was given two: the first change leaves one."""
    file.touch()
    engine = create_engine(f"sqlite:///{file}")
    config = Config()
    config.set_main_option("script_location", str(store._MIGRATIONS))
    ann = "p-00000000000000aa"
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "0003")
        conn.exec_driver_sql(
            "INSERT INTO person (id, name, groups, attributes, extended, source)"
            f" VALUES ('{ann}', 'Ann', 'staff', '{{}}', 0, 'desk')"
        )
        for pin in (PIN, OTHER):
            conn.exec_driver_sql(
                "INSERT INTO credential (token, person, format, tail, status, source)"
                f" VALUES ('{token(pin)}', '{ann}', 'pin', '', 'active', 'desk')"
            )
    engine.dispose()
    with Directory.open(file, PEPPER, PIN_PEPPER, now=lambda: NOW) as directory:
        assert [opens(directory, pin) for pin in (PIN, OTHER)] == [(ann, False)] * 2
        directory.set_pin_alone("test", ann, DURESS, duress=True)
        assert opens(directory, DURESS) == (ann, True)
        directory.set_pin_alone("test", ann, Secret("60518"))
        assert [opens(directory, pin)[0] for pin in (PIN, OTHER, Secret("60518"))] == [None, None, ann]
        assert opens(directory, DURESS) == (ann, True)


# -- any course of edits ------------------------------------------------------------------------------------

CODES = [Secret(f"{4813 + 1111 * i}") for i in range(4)]
EDITS = st.lists(
    st.tuples(st.sampled_from(["set", "duress", "clear", "unassign"]), st.integers(0, 2), st.integers(0, 3)),
    max_size=8,
)


@dataclass
class Book:
    """What should be: person -> PIN, person -> duress PIN. A PIN taken back stays known, and is never one of duress."""

    own: dict[int, int] = field(default_factory=dict)
    forced: dict[int, int] = field(default_factory=dict)
    known: set[int] = field(default_factory=set)

    def refusal(self, who: int, code: int, duress: bool) -> str | None:
        if duress and who not in self.own:
            return "no_pin"
        taken = code in (*self.own.values(), *self.forced.values()) or (duress and code in self.known)
        return "pin_taken" if taken else None

    def keep(self, who: int, code: int, duress: bool) -> None:
        (self.forced if duress else self.own)[who] = code
        self.known |= set(self.own.values())

    def take(self, who: int) -> int | None:
        self.forced.pop(who, None)
        return self.own.pop(who, None)


def edit(directory: Directory, book: Book, people: list[str], what: str, who: int, code: int) -> None:
    if what in ("clear", "unassign"):
        held = book.take(who)
        if what == "clear":
            directory.clear_pin_alone("test", people[who])
        elif held is not None:
            directory.unassign("test", token(CODES[held]))
        return
    duress = what == "duress"
    refusal = book.refusal(who, code, duress)
    if refusal is not None:
        attempt = partial(directory.set_pin_alone, "test", people[who], CODES[code], duress=duress)
        assert refused(attempt)[0] == refusal
        return
    directory.set_pin_alone("test", people[who], CODES[code], duress=duress)
    book.keep(who, code, duress)


@given(EDITS)
@examples(20)
def test_every_code_means_one_person_in_one_way(edits: list[tuple[str, int, int]]) -> None:
    book = Book()
    with TemporaryDirectory() as folder, Directory.open(Path(folder) / "p.db", PEPPER, PIN_PEPPER) as directory:
        people = [directory.add("test", NewPerson(f"Person {i}")) for i in range(3)]
        for what, who, code in edits:
            edit(directory, book, people, what, who, code)
            wanted: dict[int, tuple[str | None, bool]] = {code: (people[who], False) for who, code in book.own.items()}
            wanted |= {code: (people[who], True) for who, code in book.forced.items()}
            assert [opens(directory, pin) for pin in CODES] == [wanted.get(n, (None, False)) for n in range(4)]
