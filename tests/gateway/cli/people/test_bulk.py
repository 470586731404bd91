"""`doorward people suspend`, `resume`, `visitor`, `visitors` and `extend`."""

from __future__ import annotations

import csv
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Run, good, plain, refused

PEOPLE = """\
person,name,groups,company
E1,Amira Haddad,staff,acme
E2,Ben Okoro,lab,acme
E3,Chen Li,staff,globex
"""


@pytest.fixture(autouse=True)
def people(run: Run, sheet: Path) -> None:
    sheet.write_text(PEOPLE)
    good(run("people", "sync", sheet, "--apply"))


def states(run: Run) -> dict[str, list[str]]:
    return {one["ref"]: [s["scope"] for s in one["suspended"]] for one in plain(run("people", "list", "--json"))}


def test_counted_first_then_suspended_then_resumed(run: Run) -> None:
    text = good(run("people", "suspend", "--company", "acme"))
    assert "2 people would be suspended with --apply" in text
    assert "Ben Okoro" in text
    assert states(run) == {"E1": [], "E2": [], "E3": []}
    args = ("people", "suspend", "--company", "acme", "--reason", "on hold", "--apply")
    assert "2 people suspended, the directory is at revision 2" in good(run(*args))
    assert states(run) == {"E1": ["company=acme"], "E2": ["company=acme"], "E3": []}
    assert "suspended (company=acme)" in good(run("people", "list"))
    assert "on hold" in good(run("people", "show", "E1"))
    assert "2 people would be let in again" in good(run("people", "resume", "--company", "acme"))
    assert "2 people let in again" in good(run("people", "resume", "--company", "acme", "--apply"))
    assert states(run) == {"E1": [], "E2": [], "E3": []}


def test_group_attribute_and_end(run: Run) -> None:
    done = plain(run("people", "suspend", "--group", "staff", "--until", "2099-12-31", "--apply", "--json"))
    assert (done["applied"], done["matched"], done["until"]) == (True, 2, "2100-01-01T00:00:00Z")
    assert [one["ref"] for one in done["people"]] == ["E1", "E3"]
    assert plain(run("people", "show", "E1", "--json"))["suspended"][0]["until"] == "2100-01-01T00:00:00Z"
    done = plain(run("people", "suspend", "--attribute", "company=globex", "--json"))
    assert (done["applied"], [one["ref"] for one in done["people"]]) == (False, ["E3"])


def test_what_is_refused(run: Run) -> None:
    error = refused(run("people", "suspend", "--company", "acm"))
    assert (error.code, "did you mean 'acme'?" in str(error)) == ("nobody_meant", True)
    assert "did you mean 'staff'?" in str(refused(run("people", "suspend", "--group", "staf")))
    good(run("people", "suspend", "--company", "acme", "--apply"))
    error = refused(run("people", "resume", "--company", "acne"))
    assert (error.code, "acme" in str(error)) == ("nobody_suspended", True)
    assert refused(run("people", "suspend", "--company", "acme", "--until", "2020-01-01")).code == "already_over"
    assert run("people", "suspend").exit_code == 2
    assert run("people", "suspend", "--company", "acme", "--group", "staff").exit_code == 2
    assert run("people", "suspend", "--attribute", "company").exit_code == 2


@pytest.mark.parametrize(("answer", "suspended"), [("y", True), ("n", False)])
def test_at_a_terminal_a_yes_does_it(
    run: Run, environment: dict[str, str], answer: str, suspended: bool, tmp_path: Path
) -> None:
    main, other = pty.openpty()
    command = [sys.executable, "-c", "from gateway.cli.main import main; main()", "people", "suspend"]
    root = str(Path(__file__).parents[4])
    env = {**os.environ, **environment, "PYTHONPATH": os.pathsep.join([*filter(None, sys.path), root])}
    with subprocess.Popen([*command, "--company", "acme"], stdin=other, stdout=other, stderr=other, env=env) as process:
        os.close(other)
        os.write(main, f"{answer}\n".encode())
        assert process.wait(timeout=60) == 0
    os.close(main)
    assert bool(states(run)["E1"]) == suspended


def test_a_visitor_from_reception_to_the_returned_badge(run: Run) -> None:
    args = ("people", "visitor", "--name", "Vera Lind", "--host", "E1", "--until", "2099-01-01", "--company", "globex")
    made = plain(run(*args, "--card", "h10301:12", "--json", input="99\n"))
    ident, card = made["person"], made["card"]
    found = plain(run("people", "visitors", "--json"))
    (row,) = found["rows"]
    assert (row["id"], row["kind"], row["company"], row["host"]) == (ident, "visitor", "globex", "E1")
    assert (row["state"], row["host_state"], row["until"]) == ("valid", "present", "2099-01-02T00:00:00+00:00")
    assert row["badges"] == [f"{card} h10301..99"]
    assert found["notes"] == []
    good(run("people", "block", "E1"))
    text = good(run("people", "visitors"))
    assert "E1 Amira Haddad (blocked)" in text
    assert "1 visitor whose host is blocked, suspended or gone" in text
    good(run("people", "extend", ident, "--until", "2099-06-30"))
    assert plain(run("people", "show", ident, "--json"))["until"] == "2099-07-01T00:00:00Z"
    good(run("people", "unassign", card))
    assert plain(run("people", "visitors", "--json"))["rows"][0]["badges"] == []
    assert "badges to be returned: none" in good(run("people", "visitors", "--overdue"))


def test_visitors_as_csv(run: Run) -> None:
    args = ("--host", "E1", "--until", "2099-01-01", "--kind", "contractor", "--timezone", "Europe/London")
    good(run("people", "visitor", "--name", "=Raj", *args, "--group", "contractors", "--ref", "V1"))
    (row,) = csv.DictReader(good(run("people", "visitors", "--csv")).splitlines())
    assert (row["name"], row["reference"], row["kind"], row["state"]) == ("'=Raj", "V1", "contractor", "valid")
    assert run("people", "visitors", "--csv", "--json").exit_code == 2


def test_what_no_visit_is(run: Run) -> None:
    args = ("people", "visitor", "--name", "Vera", "--host", "E1")
    assert run(*args).exit_code == 2  # an end is not optional
    assert refused(run(*args, "--until", "2020-01-01")).code == "already_over"
    assert refused(run("people", "visitor", "--name", "V", "--host", "E9", "--until", "23:59")).code == "unknown_person"
    for card in ("h10301", "h10301:1:2:3", "nothing:1:2", "h10302:1:2", "h10301:x:1"):
        assert run(*args, "--until", "2099-01-01", "--card", card).exit_code == 2, card
    assert refused(run("people", "extend", "E1", "--until", "2099-01-01")).code == "not_a_visitor"


def test_a_time_of_today_is_an_end(run: Run) -> None:
    args = ("people", "visitor", "--name", "Vera", "--host", "E1", "--until", "00:00", "--timezone", "UTC")
    assert refused(run(*args)).code == "already_over"
