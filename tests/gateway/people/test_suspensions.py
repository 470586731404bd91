"""Suspensions keep many out at once, end by themselves or together, and lift nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.people import changes, suspensions
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.suspensions import Plan, Scope
from rules.model.errors import Refused

from .conftest import NOW

ACME = Scope.of("company", "acme")
STAFF = Scope.of("", "staff")
DAY = 86_400_000_000


@pytest.fixture
def people(directory: Directory) -> dict[str, str]:
    """name -> id: two of acme, one of whom is staff, and one other."""
    acme = (("company", "acme"),)
    new = {
        "ann": NewPerson("ann", groups=frozenset({"staff"}), attributes=acme),
        "ben": NewPerson("ben", attributes=acme, begins=NOW - DAY),
        "chen": NewPerson("chen", groups=frozenset({"staff"})),
    }
    return {name: directory.add("test", one) for name, one in new.items()}


@pytest.fixture
def suspend(directory: Directory) -> Callable[..., Plan]:
    def run(scope: Scope, until: int | None = None, reason: str = "") -> Plan:
        with directory.editing("desk") as log:
            plan = suspensions.to_suspend(log.conn, scope, until)
            suspensions.suspend(log, plan, reason)
        return plan

    return run


@pytest.fixture
def resume(directory: Directory) -> Callable[[Scope], Plan]:
    def run(scope: Scope) -> Plan:
        with directory.editing("desk") as log:
            plan = suspensions.to_resume(log.conn, scope)
            suspensions.resume(log, plan)
        return plan

    return run


Suspend = Callable[..., Plan]
Resume = Callable[[Scope], Plan]


def out(directory: Directory, people: dict[str, str]) -> set[str]:
    persons = directory.people().persons
    return {name for name, ident in people.items() if persons[ident].blocked}


def test_round_trip(directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume) -> None:
    before = directory.people().persons
    plan = suspend(ACME, reason="contract on hold")
    assert ({one.name for one in plan.people}, plan.matched) == ({"ann", "ben"}, 2)
    assert out(directory, people) == {"ann", "ben"}
    (held,) = directory.record(people["ann"]).suspensions
    assert (held.scope, held.reason, held.actor, held.utc) == ("company=acme", "contract on hold", "desk", NOW)
    assert {one.name for one in resume(ACME).people} == {"ann", "ben"}
    assert directory.people().persons == before
    assert changes.first_break(directory.changes_since(0)) is None


def test_the_log_names_actor_and_suspension_and_no_company(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    rev = directory.rev()
    suspend(ACME, reason="Amira said so")
    resume(ACME)
    log = directory.changes_since(rev)
    assert [(line.actor, line.what) for line in log] == [("desk", "person_suspended")] * 2 + [
        ("desk", "person_resumed")
    ] * 2
    assert not any(word in line.detail for line in log for word in ("acme", "Amira"))
    assert "s-" in log[0].detail


def test_a_suspension_with_an_end_is_a_later_beginning(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    suspend(ACME, NOW + DAY)
    persons = directory.people().persons
    assert out(directory, people) == set()
    assert [persons[people[name]].begins for name in ("ann", "ben", "chen")] == [NOW + DAY, NOW + DAY, None]
    assert directory.record(people["ann"]).suspended(NOW + DAY - 1)
    assert not directory.record(people["ann"]).suspended(NOW + DAY)
    resume(ACME)
    assert directory.people().persons[people["ben"]].begins == NOW - DAY


def test_two_suspensions_are_lifted_one_by_one(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    suspend(ACME)
    suspend(STAFF)
    assert out(directory, people) == {"ann", "ben", "chen"}
    resume(ACME)
    assert out(directory, people) == {"ann", "chen"}
    resume(STAFF)
    assert out(directory, people) == set()


def test_it_lifts_no_block_and_no_block_lifts_it(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    directory.block("desk", people["ann"])
    suspend(ACME)
    directory.unblock("desk", people["ben"])
    assert out(directory, people) == {"ann", "ben"}
    resume(ACME)
    assert out(directory, people) == {"ann"}


def test_suspending_again_changes_the_end(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    suspend(ACME)
    with pytest.raises(Refused) as caught:
        suspend(ACME)
    assert caught.value.code == "nobody_meant"
    assert {one.name for one in suspend(ACME, NOW + DAY).people} == {"ann", "ben"}
    assert out(directory, people) == set()
    assert len(directory.record(people["ann"]).suspensions) == 1
    assert len(resume(ACME).people) == 2


def test_it_holds_whom_it_meant_on_that_day(
    directory: Directory, people: dict[str, str], suspend: Suspend, resume: Resume
) -> None:
    suspend(ACME)
    people["dana"] = directory.add("test", NewPerson("dana", attributes=(("company", "acme"),)))
    with directory.editing("test") as log:
        log.conn.exec_driver_sql("UPDATE person SET attributes = '{}' WHERE name = 'ann'")
    assert out(directory, people) == {"ann", "ben"}
    assert {one.name for one in resume(ACME).people} == {"ann", "ben"}


def test_somebody_suspended_can_be_erased(directory: Directory, people: dict[str, str], suspend: Suspend) -> None:
    suspend(ACME)
    directory.remove("desk", people["ann"])
    assert people["ann"] not in directory.people().persons


@pytest.mark.parametrize(("key", "value"), [("", "Staff"), ("", ""), ("Company", "x"), ("company", ""), ("a", "x\n")])
def test_what_no_scope_is(key: str, value: str) -> None:
    with pytest.raises(Refused) as caught:
        Scope.of(key, value)
    assert caught.value.code == "bad_scope"


@given(st.sampled_from(["a", "company"]), st.text("ax=;", min_size=1, max_size=5))
def test_scopes_are_told_apart_by_their_text(key: str, value: str) -> None:
    key_back, _, value_back = Scope.of(key, value).text.partition("=")
    assert (key_back, value_back) == (key, value)
    assert Scope.of("", "staff").text != Scope.of(key, value).text


def test_a_reason_is_text(directory: Directory, people: dict[str, str], suspend: Suspend) -> None:
    with pytest.raises(Refused) as caught:
        suspend(ACME, reason="x\x1b[2J")
    assert caught.value.code == "bad_reason"
    assert out(directory, people) == set()
