"""What a reload says of a candidate: the difference, with nobody's name or number of the personnel office."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.configuration import Configuration
from gateway.people.persons import NewPerson
from gateway.reload.review import Review, review
from rules.compile import compile_site
from rules.people import People
from tests.gateway.reload.conftest import NIGHT, OPEN, Folder

NOW = 1_795_420_800_000_000
NAMED = "access: {one: {who: {person: REF}, where: store, when: always}}\n...\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "site").mkdir()
    made = Folder(tmp_path / "site").make()
    with made.directory() as people:
        for n in range(3):
            who = people.add("test", NewPerson(f"Name{n}", ref=f"HR{n}", groups=frozenset({"night"})))
            people.assign("test", who, "h10301", 17, 60 + n)
    return made


def everybody(folder: Folder) -> tuple[People, dict[str, str]]:
    """With the ids of their references."""
    with folder.directory() as found:
        return found.people(), {record.ref: record.id for record in found.records() if record.ref}


def reviewed(folder: Folder, old: Configuration, rules: str, *, compare: bool = True) -> Review:
    folder.write("rules.yaml", rules)
    new, (people, refs) = folder.configuration(), everybody(folder)
    sites = [compile_site(c.policy, people, c.rules_hash, refs) for c in (old, new)]
    return review(sites[0], sites[1], new, NOW, compare=compare)


def test_the_difference_is_counted_and_told(folder: Folder) -> None:
    found = reviewed(folder, folder.configuration(), NIGHT)
    assert (found.errors, found.gains, found.losses) == ((), 1, 1)
    assert found.text.splitlines() == [
        "access: new night; gone staff",
        "+ night (3 people): store (in): always, by night (rules.yaml:1)",
        "- staff (1 person): store (in): always, without staff (rules.yaml:1)",
    ]
    assert (found.plain["equal"], len(found.plain["rows"])) == (False, 2)


def test_nothing_that_names_somebody_is_said(folder: Folder) -> None:
    start = folder.configuration()
    for rules in (NIGHT, NAMED.replace("REF", "HR1"), NAMED.replace("REF", "[HR1, HR2]")):
        found = reviewed(folder, start, rules)
        assert found.gains == 1
        said = found.text + json.dumps(found.plain)
        assert not [word for word in ("Ann", "Name0", "Name1", "HR0", "HR1", "HR2") if word in said]


def test_a_person_whom_a_rule_names_is_told_by_id(folder: Folder) -> None:
    found = reviewed(folder, folder.configuration(), NAMED.replace("REF", "HR1"))
    one = everybody(folder)[1]["HR1"]
    assert f"+ 1 person ({one}): store (in): always, by one (rules.yaml:1)" in found.text


def test_an_equivalent_rewrite_has_no_lines(folder: Folder) -> None:
    found = reviewed(folder, folder.configuration(), "# the same\n" + OPEN)
    assert (found.text, found.gains, found.losses) == ("", 0, 0)


def test_without_comparing_nothing_is_said(folder: Folder) -> None:
    found = reviewed(folder, folder.configuration(), NIGHT, compare=False)
    assert (found.text, found.gains, dict(found.plain)) == ("", 0, {})
