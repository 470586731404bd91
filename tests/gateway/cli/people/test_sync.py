"""`doorward people sync`: shown first, done exactly, refused whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import CSV, Run, good, plain, refused

BAD = """\
person,name,groups,company,format,facility,number,from,until,extended
E1,Amira Haddad,Staff,acme,h10301,12,4567,,,
,Ben Okoro,staff,,,,,,,
E3,Chen Li,staff,,h10301,256,1,,,
E4,Dana Levi,staff,,h10301,12,4567,,,
E5,Eli Roth,staff,,wiegand,1,2,,,maybe
E6,Fay Wong,staff,,h10301,1,,31.12.2026,2026-13-01,
E7,Gus Lind,staff,,
E8,,staff,,,,,2026-02-02,2026-02-01,
E8,Hal Moss,staff,,,,,,,
E9,Ida Berg,sta"""

MISTAKES = """\
people.csv:2:3: groups: not a group id (got 'Staff')
people.csv:3:1: person: is empty
people.csv:4:6: facility: must be 0 to 255 in h10301
people.csv:5:7: number: is the card of line 2
people.csv:6:5: format: no such card format
people.csv:6:10: extended: is yes or no
people.csv:7:7: number: is empty
people.csv:7:8: from: is YYYY-MM-DD or YYYY-MM-DDTHH:MM with an optional offset
people.csv:7:9: until: is YYYY-MM-DD or YYYY-MM-DDTHH:MM with an optional offset
people.csv:8: has 5 of 10 columns
people.csv:9:2: name: a name has 1 to 200 printable characters
people.csv:10:1: person: is in line 9 already, and this line adds no card
people.csv:10:2: name: differs from line 9, which is the same person
people.csv:11: has 3 of 10 columns
people.csv:11: the last line has no line end; --unended takes the file if it is complete
"""


def test_shown_first_then_done(run: Run, sheet: Path) -> None:
    text = good(run("people", "sync", sheet))
    assert "3 changes (2 add, 1 card_given) would be made, the directory is at revision 0" in text
    assert "Amira Haddad" in text
    assert plain(run("people", "list", "--json")) == []
    text = good(run("people", "sync", sheet, "--apply"))
    assert "3 changes (2 add, 1 card_given) made, the directory is at revision 1" in text
    assert "0 changes made, the directory is at revision 1" in good(run("people", "sync", sheet, "--apply"))
    assert [one["name"] for one in plain(run("people", "list", "--json"))] == ["Amira Haddad", "Ben Okoro"]
    assert [one["ref"] for one in plain(run("people", "list", "--json", "--group", "lab"))] == ["E2"]


def test_json(run: Run, sheet: Path) -> None:
    shown = plain(run("people", "sync", sheet, "--json"))
    assert (shown["applied"], shown["rev"], shown["refused"], shown["excess"]) == (False, 0, [], None)
    done = plain(run("people", "sync", sheet, "--json", "--apply"))
    assert (done["applied"], done["rev"]) == (True, 1)
    assert [step["kind"] for step in done["steps"]] == ["add", "card_given", "add"]
    sheet.write_text(CSV.replace("lab", "staff"))
    (step,) = plain(run("people", "sync", sheet, "--json"))["steps"]
    assert step["changes"] == [{"field": "groups", "from": "lab", "to": "staff"}]
    assert (step["kind"], step["ref"], step["line"]) == ("change", "E2", 3)


@pytest.mark.parametrize("flags", [(), ("--apply",)])
def test_every_mistake_together_with_its_place(run: Run, sheet: Path, flags: tuple[str, ...]) -> None:
    sheet.write_text(BAD)
    result = run("people", "sync", sheet, *flags)
    assert result.exit_code == 2
    assert result.stderr.replace(str(sheet), "people.csv") == MISTAKES
    assert result.stdout == "nothing was changed: 15 mistakes in the file\n"
    result = run("people", "sync", sheet, "--json", *flags)
    assert result.exit_code == 2
    assert len(json.loads(result.stdout)["refused"]) == 15
    assert plain(run("people", "list", "--json")) == []


def test_only_the_plan_that_was_shown(run: Run, sheet: Path) -> None:
    shown = plain(run("people", "sync", sheet, "--json"))["plan"]
    assert f"--apply --plan {shown}" in good(run("people", "sync", sheet))
    sheet.write_text(CSV.replace("lab", "staff"))
    assert refused(run("people", "sync", sheet, "--apply", "--plan", shown)).code == "plan_changed"
    assert plain(run("people", "list", "--json")) == []
    sheet.write_text(CSV)
    good(run("people", "sync", sheet, "--apply", "--plan", shown))
    assert len(plain(run("people", "list", "--json"))) == 2


@pytest.mark.parametrize("flags", [(), ("--apply",), ("--json",), ("--apply", "--json")])
def test_too_many_leavers(run: Run, sheet: Path, flags: tuple[str, ...]) -> None:
    people = [f"E{n},Somebody,staff\n" for n in range(20)]
    sheet.write_text("person,name,groups\n" + "".join(people))
    good(run("people", "sync", sheet, "--apply"))
    sheet.write_text("person,name,groups\n" + "".join(people[:10]))
    result = run("people", "sync", sheet, *flags)
    assert result.exit_code == 3
    excess = "10 of 20 people would be cut off (10 leave); 10 % may be: is the file complete?"
    if "--json" in flags:
        assert json.loads(result.stdout)["excess"] == excess
    else:
        assert f"nothing was changed: {excess}" in result.stderr
    assert not any(one["blocked"] for one in plain(run("people", "list", "--json")))
    good(run("people", "sync", sheet, *flags, "--leavers", "keep"))
    good(run("people", "sync", sheet, "--apply", "--max-leavers", "10"))
    assert sum(one["blocked"] == "leaver" for one in plain(run("people", "list", "--json"))) == 10


def test_many_steps_are_cut_short_for_people_alone(run: Run, sheet: Path) -> None:
    sheet.write_text("person,name,groups\n" + "".join(f"E{n},Somebody,staff\n" for n in range(250)))
    text = good(run("people", "sync", sheet))
    assert "and 50 more; --json lists all" in text
    assert "250 changes (250 add)" in text
    assert len(plain(run("people", "sync", sheet, "--json"))["steps"]) == 250


def test_usage(run: Run, sheet: Path, tmp_path: Path) -> None:
    assert run("people", "sync", sheet, "--apply", "--dry-run").exit_code == 2
    assert refused(run("people", "sync", sheet, "--max-leavers", "many")).code == "bad_limit"
    assert refused(run("people", "sync", sheet, "--timezone", "Mars/Olympus")).code == "bad_timezone"
    assert refused(run("people", "sync", tmp_path / "none.csv")).code == "csv_unreadable"
    assert "would be made" in good(run("people", "sync", sheet, "--dry-run"))


def test_import_is_another_name_for_sync(run: Run, sheet: Path) -> None:
    assert "import" not in good(run("people", "--help"))
    good(run("people", "import", sheet))
    assert plain(run("people", "list", "--json")) == []
    good(run("people", "import", sheet, "--apply"))
    assert len(plain(run("people", "list", "--json"))) == 2
