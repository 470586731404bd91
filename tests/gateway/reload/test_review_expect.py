"""A rule set that breaks its own assertions is not let in."""

from __future__ import annotations

from gateway.reload.candidate import Candidate, Rejection, Running, judge
from rules.compile import compile_site
from rules.people import People, Person
from tests.gateway.reload.conftest import OPEN, Folder

NOW = 1_795_420_800_000_000
PEOPLE = People.of(1, [Person("p-ann", frozenset({"staff"}))], ())
EXPECTED = "expect:\n  - {nobody: staff, opens: store}\n...\n"


def judged(folder: Folder, people: People = PEOPLE, *, compare: bool = True) -> Candidate | Rejection:
    old = folder.make().configuration()
    folder.write("rules.yaml", OPEN)
    folder.write("expect.yaml", EXPECTED)
    new = folder.configuration()
    return judge(new, Running(old, compile_site(old.policy, people, old.rules_hash), NOW), people, compare=compare)


def test_a_broken_assertion_keeps_it_out(folder: Folder) -> None:
    found = judged(folder)
    assert isinstance(found, Rejection)
    assert found.code == "review_failed"
    [line] = [line for line in found.problems if " broken: " in line]
    assert line.startswith("expect.yaml:2:5 broken: nobody of staff opens store: p-ann may pass store (in) on ")
    assert line.endswith(" by staff (rules.yaml:1)")


def test_also_where_nothing_is_compared(folder: Folder) -> None:
    assert isinstance(judged(folder, compare=False), Rejection)


def test_one_that_holds_is_let_in(folder: Folder) -> None:
    assert isinstance(judged(folder, People.of(1, (), ())), Candidate)
