"""`doorward expect` on the demo site, as a person and as a script use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
FROM = ("--from", "2026-11-23")


@pytest.fixture
def expecting(demo: Path) -> Callable[..., None]:
    """Write `expect:` with these lines into a file of its own."""

    def write(*lines: str) -> None:
        (demo / "expect.yaml").write_text("expect:\n" + "".join(f"  - {line}\n" for line in lines) + "...\n")

    return write


def test_all_hold(run: Run, expecting: Callable[..., None]) -> None:
    expecting("{nobody: cleaners, opens: lab-door}", '{everyone: engineers, opens: front, at: "mon 09:00"}')
    said = run("expect", *FROM)
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "expect.yaml:2:5 ok: nobody of cleaners opens lab-door",
        "expect.yaml:3:5 ok: everyone of engineers opens front, mon 09:00",
        "2 hold",
    ]


def test_one_is_broken(run: Run, expecting: Callable[..., None]) -> None:
    expecting("{nobody: cleaners, opens: lab-door}", "{only: security, opens: lab-door}")
    said = run("expect", *FROM)
    assert said.code == 3
    lines = said.out.splitlines()
    assert lines[1].startswith("expect.yaml:3:5 broken: only security opens lab-door: p025 may pass lab-door (in) on ")
    assert "Mon 2026-11-23 00:00 by lab-crew (rules.yaml:18)" in lines[1]
    assert lines[2] == "1 holds, 1 is broken"


def test_names_where_they_are_asked_for(run: Run, demo: Path, expecting: Callable[..., None]) -> None:
    expecting("{only: security, opens: lab-door}")
    row = next(line for line in (demo / "people.csv").read_text().splitlines() if line.startswith("p025,"))
    name = row.split(",")[1]
    assert f"p025 ({name}) may pass" in run("expect", *FROM, "--names").out
    assert name not in run("expect", *FROM).out
    assert name not in run("expect", *FROM, "--json").out


def test_json(run: Run, expecting: Callable[..., None]) -> None:
    expecting("{only: security, opens: lab-door}", "{every: egress, releases_on: fire}")
    said = run("expect", *FROM, "--json")
    assert said.code == 3
    plain = json.loads(said.out)
    assert plain["ok"] is False
    assert [one["ok"] for one in plain["expectations"]] == [False, True]
    [case] = plain["expectations"][0]["broken"]
    assert case["person"] == {"ref": "p025", "id": None}
    assert (case["door"], case["direction"], case["at"]["local"]) == ("lab-door", "in", "Mon 2026-11-23 00:00")
    assert (case["rule"]["id"], case["rule"]["file"], case["rule"]["line"]) == ("lab-crew", "rules.yaml", 18)
    assert plain["expectations"][0]["place"] == {"file": "expect.yaml", "line": 2, "column": 5}


def test_only_the_days_that_are_asked_about(run: Run, expecting: Callable[..., None]) -> None:
    expecting("{nobody: cleaners, opens: office-door}")
    assert run("expect", "--from", "2026-11-29", "--days", "1").code == 0  # a Sunday
    assert run("expect", "--from", "2026-11-28", "--days", "1").code == 3
    assert run("expect", "--from", "2026-11-28", "--days", "2").code == 3


def test_people_of_a_directory(run: Run, state: Path, expecting: Callable[..., None]) -> None:
    expecting("{only: security, opens: lab-door}")
    said = run("expect", *FROM, "--state", state, "--secrets", state)
    assert said.code == 3
    assert "p025 may pass lab-door" in said.out


def test_mistakes(run: Run, expecting: Callable[..., None]) -> None:
    assert run("expect").out == "nothing is expected: there is no `expect:`\n"
    wrong = run("expect", "--from", "next week")
    assert (wrong.code, wrong.out) == (2, "")
    assert "expected a date such as 2026-11-23" in wrong.err
    expecting("{nobody: cleaners, opens: lab-dor}")
    assert run("expect").code == 2
