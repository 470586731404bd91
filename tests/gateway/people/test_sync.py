"""Synchronisation: never blind, and refused where it would cut off too many."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.people import suspensions, visitors
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.plan import USUAL, ImportPlan, Kind, Limit, Terms
from gateway.people.suspensions import Scope
from gateway.people.watch import follow
from rules.model.errors import ConfigError, Refused
from rules.people import People, PeopleChange

from .conftest import NOW, tables

Sync = Callable[..., ImportPlan]


@pytest.fixture
def sync(directory: Directory, tmp_path: Path) -> Sync:
    """Plan this text, and do it unless only asked for the plan."""

    def run(csv: str, *, only_plan: bool = False, terms: Terms = USUAL) -> ImportPlan:
        path = tmp_path / "people.csv"
        path.write_text(csv)
        if only_plan:
            return directory.plan(path, terms=terms)
        return directory.import_csv(path, actor="hr", terms=terms)

    return run


def many(count: int, first: int = 0, tail: str = "staff") -> str:
    return "person,name,groups\n" + "".join(f"E{n},Somebody {n},{tail}\n" for n in range(first, first + count))


def test_a_plan_is_done_only_on_the_directory_it_was_made_for(directory: Directory, sync: Sync) -> None:
    shown = sync(many(3), only_plan=True)
    directory.add("desk", NewPerson("Dana"))
    before = tables(directory.people())
    with pytest.raises(Refused) as caught:
        directory.carry_out(shown, actor="hr")
    assert caught.value.code == "directory_changed"
    assert tables(directory.people()) == before


def test_the_id_of_a_plan_is_another_one_for_any_other_plan(directory: Directory, sync: Sync) -> None:
    first = sync(many(3), only_plan=True)
    assert sync(many(3), only_plan=True).id == first.id
    assert sync(many(4), only_plan=True).id != first.id
    directory.add("desk", NewPerson("Dana"))
    assert sync(many(3), only_plan=True).id != first.id


def test_what_a_change_says(directory: Directory, sync: Sync) -> None:
    sync("person,name,groups,company\nE1,Ann,staff;lab,acme\n")
    plan = sync("person,name,groups,company\nE1,Ann,staff;office,globex\n")
    assert [step.detail for step in plan.steps] == ["company acme -> globex, groups +office -lab"]


def test_a_card_that_moves_says_from_whom(directory: Directory, sync: Sync) -> None:
    head = "person,name,groups,format,number\n"
    sync(f"{head}E1,Ann,staff,h10302,11\nE2,Ben,staff,,\n")
    plan = sync(f"{head}E1,Ann,staff,h10302,12\nE2,Ben,staff,h10302,11\n")
    assert [(step.kind, step.detail) for step in plan.steps] == [
        (Kind.CARD_GIVEN, "h10302 ..12"),
        (Kind.CARD_MOVED, "h10302 ..11 from E1"),
    ]


@pytest.mark.parametrize(
    ("limit", "total", "most"),
    [("10%", 40, 4), ("10%", 41, 5), ("10%", 3, 1), ("0", 40, 0), ("0%", 40, 0), ("7", 3, 7), ("100%", 5, 5)],
)
def test_a_limit_is_a_number_or_a_share_rounded_up(limit: str, total: int, most: int) -> None:
    assert Limit.parse(limit).of(total) == most


@pytest.mark.parametrize("limit", ["", "x", "-1", "1.5%", "101%", "%", "10 %"])
def test_what_no_limit_is(limit: str) -> None:
    with pytest.raises(ConfigError):
        Limit.parse(limit)


def test_a_file_cut_short_locks_nobody_out(directory: Directory, sync: Sync) -> None:
    sync(many(40))
    plan = sync(many(20))
    assert plan.cut == {"leave": 20}
    assert plan.excess == "20 of 40 people would be cut off (20 leave); 10 % may be: is the file complete?"
    assert not plan.applied
    assert not any(person.blocked for person in directory.people().persons.values())
    with pytest.raises(Refused) as caught:
        directory.carry_out(plan, actor="hr")
    assert caught.value.code == "plan_refused"
    assert sync(many(20), terms=Terms(most=Limit.parse("20"))).applied
    assert sum(person.blocked for person in directory.people().persons.values()) == 20


def test_a_small_site_is_not_locked_out_either(sync: Sync) -> None:
    sync(many(5))
    assert sync(many(4), only_plan=True).excess == ""
    assert sync(many(3), only_plan=True).excess != ""


@pytest.mark.parametrize(
    ("before", "after", "cause"),
    [
        ("staff,h10302,{n},", ",h10302,{n},", "lose every group"),
        ("staff,h10302,{n},", "staff,,,", "lose every card"),
        ("staff,h10302,{n},", "staff,h10302,{n},2026-01-01", "lose their validity"),
    ],
)
def test_an_empty_column_cuts_off_as_well(sync: Sync, before: str, after: str, cause: str) -> None:
    def csv(row: str) -> str:
        rows = [f"E{n},Somebody,{row.format(n=n + 1)}\n" for n in range(20)]
        return "person,name,groups,format,number,until\n" + "".join(rows)

    assert sync(csv(before)).applied
    plan = sync(csv(after))
    assert plan.cut == {cause: 20}
    assert not plan.applied


def test_new_cards_for_everybody_cut_off_nobody(sync: Sync) -> None:
    def csv(first: int) -> str:
        rows = [f"E{n},Somebody,staff,h10302,{first + n}\n" for n in range(20)]
        return "person,name,groups,format,number\n" + "".join(rows)

    sync(csv(100))
    plan = sync(csv(200))
    assert (plan.cut, plan.applied) == ({}, True)


def test_leavers_may_be_kept(directory: Directory, sync: Sync) -> None:
    sync(many(5))
    plan = sync(many(2), terms=Terms(block_leavers=False))
    assert (plan.steps, plan.kept) == ((), 3)
    assert not any(person.blocked for person in directory.people().persons.values())


def test_a_column_that_people_have_may_not_be_missing(sync: Sync) -> None:
    sync("person,name,groups,company,until,extended\nE1,Ann,staff,acme,2027-01-01,yes\nE2,Ben,staff,acme,,\n")
    plan = sync("person,name,groups\nE1,Ann,staff\nE2,Ben,staff\n")
    assert [(p.line, p.column, p.message.partition(";")[0]) for p in plan.refused] == [
        (1, "company", "this column is missing and 2 people have it"),
        (1, "extended", "this column is missing and 1 person has it"),
        (1, "until", "this column is missing and 1 person has it"),
    ]
    cleared = sync("person,name,groups,company,until,extended\nE1,Ann,staff,,,\nE2,Ben,staff,,,\n")
    assert cleared.applied


def test_a_new_column_is_taken_where_it_is_named(directory: Directory, sync: Sync) -> None:
    sync(many(2))
    csv = "person,name,groups,salary\nE0,Somebody 0,staff,100\nE1,Somebody 1,staff,\n"
    plan = sync(csv)
    assert [p.text("x.csv") for p in plan.refused] == [
        "x.csv:1:4: salary: nobody has this column so far; --new-column salary takes it"
    ]
    assert sync(csv, terms=Terms(new_columns=frozenset({"salary"}))).applied
    assert directory.record("E0").attributes == (("salary", "100"),)
    assert sync(csv).steps == ()


def test_a_file_without_a_last_line_end_is_taken_where_that_is_said(sync: Sync) -> None:
    assert sync(many(2).rstrip("\n")).refused
    assert sync(many(2).rstrip("\n"), terms=Terms(unended=True)).applied


def test_visitors_are_not_of_the_file(directory: Directory, sync: Sync) -> None:
    sync(many(2))
    with directory.editing("desk") as log:
        visitors.admit(log, NewPerson("Vera", ref="V1", ends=NOW + 1, kind="visitor"), "E0")
    assert sync(many(2)).steps == ()
    plan = sync(many(2) + "V1,Vera,staff\n")
    assert [(p.line, p.column) for p in plan.refused] == [(4, "person")]
    assert "visitor of the desk" in plan.refused[0].message


def test_a_suspension_survives_files_and_leaving(directory: Directory, sync: Sync) -> None:
    sync(many(20))
    with directory.editing("desk") as log:
        suspensions.suspend(log, suspensions.to_suspend(log.conn, Scope.of("", "staff"), None), "")
    assert sync(many(20)).steps == ()
    sync(many(19))
    sync(many(20))
    assert all(person.blocked for person in directory.people().persons.values())
    with directory.editing("desk") as log:
        suspensions.resume(log, suspensions.to_resume(log.conn, Scope.of("", "staff")))
    assert not any(person.blocked for person in directory.people().persons.values())


async def test_a_leaver_is_dead_at_the_doors_within_a_second(directory: Directory, sync: Sync) -> None:
    head = "person,name,groups,format,number\n"
    await asyncio.to_thread(sync, f"{head}E1,Ann,staff,h10302,1\nE2,Ben,staff,h10302,2\n")
    ben = directory.record("E2").id
    seen: asyncio.Queue[People | PeopleChange] = asyncio.Queue(10)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(follow(directory, seen.put_nowait, seen=directory.rev()), name="follow")
        assert (await asyncio.to_thread(sync, f"{head}E1,Ann,staff,h10302,1\n")).applied
        async with asyncio.timeout(1.0):
            change = await seen.get()
        task.cancel()
    assert isinstance(change, PeopleChange)
    assert [(one.id, one.blocked) for one in change.persons] == [(ben, True)]
