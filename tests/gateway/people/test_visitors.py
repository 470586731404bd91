"""Visitors and contractors: a host and an end, always; badges that are to come back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.people import suspensions, visitors
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.suspensions import Scope
from gateway.people.visitors import HostState, Visit
from rules.model.errors import Refused
from rules.model.secret import Secret
from rules.people import CredentialStatus

from .conftest import NOW, PEPPER, PIN_PEPPER

HOUR = 3_600_000_000
VERA = NewPerson("Vera Lind", groups=frozenset({"visitors"}), ends=NOW + HOUR, kind="visitor")


class Clock:
    now = NOW


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(file: Path, clock: Clock) -> Iterator[Directory]:
    with Directory.open(file, PEPPER, PIN_PEPPER, now=lambda: clock.now) as opened:
        yield opened


def admit(directory: Directory, new: NewPerson = VERA, host: str = "E1", number: int | None = None) -> str:
    badge = None if number is None else directory.card("h10301", 12, number)
    with directory.editing("reception") as log:
        return visitors.admit(log, new, host, badge)


def visits(directory: Directory) -> list[Visit]:
    with directory.store.reading() as conn:
        return visitors.visits(conn, directory.now())


def test_a_visitor_with_a_badge(directory: Directory, amira: str) -> None:
    ident = admit(directory, number=7)
    people = directory.people()
    assert (people.persons[ident].groups, people.persons[ident].ends) == (VERA.groups, NOW + HOUR)
    assert [card.person for card in people.credentials.values()] == [ident]
    (visit,) = visits(directory)
    assert (visit.host, visit.host_name, visit.host_state) == ("E1", "Amira Haddad", HostState.PRESENT)
    assert (visit.ended, visit.overdue) == (False, False)
    assert [(line.actor, line.what) for line in directory.changes_of(ident)] == [
        ("reception", "person_added"),
        ("reception", "card_assigned"),
    ]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (replace(VERA, ends=None), "no_end"),
        (replace(VERA, ends=NOW), "already_over"),
        (replace(VERA, begins=NOW + 2 * HOUR), "bad_validity"),
        (replace(VERA, kind=None), "bad_kind"),
        (replace(VERA, kind="guest"), "bad_kind"),
    ],
)
def test_what_no_visitor_is(directory: Directory, amira: str, new: NewPerson, code: str) -> None:
    with pytest.raises(Refused) as caught:
        admit(directory, new)
    assert caught.value.code == code
    assert list(directory.people().persons) == [amira]


def test_nobody_else_has_a_host(directory: Directory, amira: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.add("desk", NewPerson("Ben", host=amira))
    assert caught.value.code == "bad_kind"


def suspend(directory: Directory) -> None:
    with directory.editing("test") as log:
        suspensions.suspend(log, suspensions.to_suspend(log.conn, Scope.of("", "staff"), None), "")


GONE: dict[HostState, Callable[[Directory], object]] = {
    HostState.BLOCKED: lambda directory: directory.block("test", "E1"),
    HostState.SUSPENDED: suspend,
    HostState.GONE: lambda directory: directory.remove("test", "E1"),
}


@pytest.mark.parametrize("state", GONE)
def test_a_visitor_without_a_present_host_is_shown(directory: Directory, amira: str, state: HostState) -> None:
    ident = admit(directory)
    GONE[state](directory)
    (visit,) = visits(directory)
    assert (visit.person.id, visit.host_state) == (ident, state)


@pytest.mark.parametrize("state", GONE)
def test_such_a_host_gets_no_new_visitor(directory: Directory, amira: str, state: HostState) -> None:
    GONE[state](directory)
    with pytest.raises(Refused) as caught:
        admit(directory)
    assert caught.value.code == ("unknown_person" if state is HostState.GONE else "host_not_present")


def test_a_visitor_hosts_nobody(directory: Directory, amira: str) -> None:
    first = admit(directory)
    with pytest.raises(Refused) as caught:
        admit(directory, host=first)
    assert caught.value.code == "host_not_present"


def test_an_expired_badge_is_to_be_returned(directory: Directory, amira: str, clock: Clock) -> None:
    late, gone = admit(directory, number=7), admit(directory, number=8)
    lost, other = admit(directory, number=9), admit(directory, replace(VERA, ends=NOW + 9 * HOUR), number=10)
    clock.now = NOW + HOUR
    directory.unassign("desk", directory.card("h10301", 12, 8).token)
    directory.set_card_status("desk", directory.card("h10301", 12, 9).token, CredentialStatus.LOST)
    directory.set_pin_alone("desk", gone, Secret("4821"))  # nothing to bring back
    found = {visit.person.id: (visit.ended, visit.overdue) for visit in visits(directory)}
    assert found == {late: (True, True), gone: (True, False), lost: (True, False), other: (False, False)}
    assert visits(directory)[0].person.id == late


def test_a_returned_badge_goes_to_the_next_visitor(directory: Directory, amira: str) -> None:
    admit(directory, number=7)
    with pytest.raises(Refused) as caught:
        admit(directory, number=7)
    assert caught.value.code == "card_taken"
    assert len(directory.people().persons) == 2  # the second was not added without it
    directory.unassign("desk", directory.card("h10301", 12, 7).token)
    second = admit(directory, number=7)
    assert [card.person for card in directory.people().credentials.values()] == [second]


def test_an_end_is_extended(directory: Directory, amira: str, clock: Clock) -> None:
    ident = admit(directory)
    clock.now = NOW + 2 * HOUR
    with directory.editing("desk") as log:
        visitors.extend(log, ident, NOW + 3 * HOUR)
    assert directory.people().persons[ident].ends == NOW + 3 * HOUR
    for who, ends, code in ((ident, NOW, "already_over"), (amira, NOW + 9 * HOUR, "not_a_visitor")):
        with pytest.raises(Refused) as caught, directory.editing("desk") as log:
            visitors.extend(log, who, ends)
        assert caught.value.code == code
