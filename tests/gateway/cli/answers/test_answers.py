"""`doorward explain`, `who` and `where` on the demo site, as a person and as a script use them."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import config
from gateway.people.directory import Directory
from rules.model.secret import Secret

Run = Callable[..., Any]
DEMO = Path(config.__file__).parent / "demo"
PEOPLE = list(csv.DictReader((DEMO / "people.csv").read_text().splitlines()))
NAMES = [row["name"] for row in PEOPLE]
NUMBERS = [row["number"] for row in PEOPLE]
PEPPERS = [Secret("a" * 32), Secret("b" * 32)]

# -- explain ---------------------------------------------------------------------------------------------------------


def test_a_denial_names_its_rule_and_when_it_ends(run: Run) -> None:
    said = run("explain", "--person", "p003", "--door", "office-door", "--at", "2026-11-23 06:00")
    assert said.out.splitlines() == [
        "DENIED, outside_schedule: p003 at office-door (in), Mon 2026-11-23 06:00",
        "  outside_schedule: not active now: staff-office-hours (rules.yaml:15) on schedule office-hours",
        "    - staff-office-hours (rules.yaml:15) is active again Mon 2026-11-23 07:00",
        "    - be in the group engineers: engineers (rules.yaml:16)",
        "    - be in the group lab: lab-crew (rules.yaml:18)",
        "    - be in the group security: security-rounds (rules.yaml:21)",
        "    - be in the group cleaners: cleaners (rules.yaml:20), from Mon 2026-11-23 18:00",
        "    - a grant for the group staff at this time",
        "With nothing changed it is granted from Mon 2026-11-23 07:00 on.",
    ]


def test_a_grant_by_card_in_json(run: Run) -> None:
    said = run("explain", "--card", "h10301:17:21322", "--door", "front", "--at", "2026-11-23 09:00", "--json").plain
    assert (said["granted"], said["reason"], said["rule"]) == (
        True,
        "granted",
        {"id": "staff-office-hours", "file": "rules.yaml", "line": 15, "schedule": "office-hours"},
    )
    assert said["person"] == {"ref": "p001", "id": None}
    assert said["card"] == {"format": "h10301", "tail": "22"}
    assert said["turns"]["local"] == "Mon 2026-11-23 19:00"
    assert said["mode"] == "schedule"
    assert said["notes"] == ["front is unlocked for everybody now, on schedule reception"]


def test_a_denial_with_all_that_lies_beneath_it(run: Run) -> None:
    args = ("--door", "dock", "--at", "2026-11-23 06:00", "--lockdown", "workshop", "--armed", "workshop", "--json")
    said = run("explain", "--person", "p047", *args).plain
    assert said["reason"] == "lockdown"
    assert said["reasons"] == ["lockdown", "denied_by_rule", "outside_schedule", "area_armed"]
    denial = said["causes"][1]
    assert denial["rule"] == {"id": "acme-suspended", "file": "rules.yaml", "line": 29}
    assert [change["text"] for change in denial["any_of"]] == [
        "remove deny acme-suspended (rules.yaml:29)",
        "change attribute company, now acme",
    ]
    assert said["turns"] is None


def test_an_unknown_card_is_an_answer_and_a_card_that_cannot_be_is_a_mistake(run: Run) -> None:
    said = run("explain", "--card", "h10301:17:9", "--door", "front", "--json").plain
    assert (said["reason"], said["person"], said["card"]) == ("unknown_credential", None, None)
    said = run("explain", "--card", "h10302:-:98765", "--door", "dock", "--json").plain  # takes h10301 alone
    assert said["reason"] == "bad_format"
    for card in ("h10301:17:98765432", "h10301:17", "h10301:x:98765", "h10302:17:98765", "98765432"):
        wrong = run("explain", "--card", card, "--door", "front")
        assert (wrong.code, wrong.out) == (2, "")
        assert "98765" not in wrong.err


def test_a_free_exit(run: Run) -> None:
    said = run("explain", "--person", "p003", "--door", "lab-door", "--direction", "out", "--json").plain
    assert (said["granted"], said["reason"], said["free_exit"]) == (True, "granted", True)


def test_somebody_without_a_card_is_answered_as_if_with_one(run: Run, demo: Path) -> None:
    (demo / "people.csv").write_text("person,name,groups\nE1,Una Cardless,staff\n")
    said = run("explain", "--person", "E1", "--door", "office-door", "--at", "mon 09:00", "--json").plain
    assert (said["granted"], said["notes"]) == (True, ["E1 holds no card: one is assumed"])
    said = run("who", "--door", "office-door", "--at", "mon 09:00", "--json").plain
    assert (said["rows"], said["notes"][0]) == ([], "1 more would have the right and hold no card that works")


def test_the_best_of_several_cards_is_taken(run: Run, demo: Path) -> None:
    rows = "person,name,groups,format,facility,number\nE1,A B,engineers,h10302,,77701\nE1,,,h10301,17,77702\n"
    (demo / "people.csv").write_text(rows.replace("77702", "7702"))
    said = run("explain", "--person", "E1", "--door", "dock", "--json").plain
    assert (said["granted"], said["card"]["format"]) == (True, "h10301")
    assert said["notes"] == ["this is the best of 2 cards"]


# -- who and where ---------------------------------------------------------------------------------------------------


def test_who_at_a_moment_as_csv(run: Run) -> None:
    rows = run("who", "--door", "lab-door", "--at", "sat 03:00", "--csv").rows
    assert {(row["ref"], row["rule"]) for row in rows} == lab()
    assert {(row["file"], row["pin"], row["pin_by"]) for row in rows} == {("rules.yaml", "always", "lab-door")}
    assert "name" not in rows[0]


def lab() -> set[tuple[str, str]]:
    """By the CSV and the rules as a person reads them."""
    groups = {row["person"]: row["groups"].split(";") for row in PEOPLE if row["company"] != "acme"}
    crew = {(ref, "lab-crew") for ref, own in groups.items() if "lab" in own}
    return crew | {(ref, "security-rounds") for ref, own in groups.items() if "security" in own}


def test_who_ever_says_from_when(run: Run) -> None:
    said = run("who", "--door", "staff-entrance", "--ever", "--json").plain
    rows = {row["ref"]: row for row in said["rows"]}
    assert not {"p047", "p050"} & set(rows)  # suspended with their company
    assert rows["p053"]["rules"][0]["id"] == "cleaners"
    assert rows["p025"]["pin"] == "sometimes"
    assert rows["p053"]["pin"] == "no"  # gone before the night
    assert {"first", "last"} <= set(rows["p053"])
    assert "deny acme-suspended (rules.yaml:29) keeps out whom it means, on schedule always" in said["notes"]


def test_where_and_who_agree(run: Run) -> None:
    for ref in ("p003", "p025", "p047"):
        doors = {row["door"] for row in run("where", "--person", ref, "--ever", "--csv").rows}
        for door in ("front", "dock", "lab-door", "transfer"):
            allowed = {row["ref"] for row in run("who", "--door", door, "--ever", "--csv").rows}
            assert (ref in allowed) == (door in doors)


def test_a_way_that_is_free_and_one_without_a_reader_have_no_rows(run: Run) -> None:
    free = run("who", "--door", "lab-door", "--direction", "out", "--json").plain
    assert (free["everybody"], free["rows"]) == (True, [])
    assert "every read releases it" in free["notes"][0]
    assert "nobody can show a card there" in run("who", "--door", "front", "--direction", "out").out


def test_on_screen_it_is_grouped_by_rule(run: Run) -> None:
    said = run("who", "--door", "lab-door", "--at", "2026-11-23 09:00").out
    assert said.startswith("Who may pass lab-door (in), Mon 2026-11-23 09:00: 13 in all\n")
    assert "lab-crew (rules.yaml:18), schedule always: 9" in said
    assert "security-rounds (rules.yaml:21), schedule always: 4" in said
    said = run("where", "--person", "p053", "--at", "2026-11-23 09:00").out
    assert said.startswith("Where p053 may pass, Mon 2026-11-23 09:00: nowhere\n")


def test_a_formula_does_not_reach_a_spreadsheet(run: Run, demo: Path) -> None:
    (demo / "people.csv").write_text("person,name,groups,format,facility,number\n=1+1,A B,engineers,h10301,17,5\n")
    assert run("who", "--door", "dock", "--csv").rows[0]["ref"] == "'=1+1"


# -- people of a directory -------------------------------------------------------------------------------------------


def test_the_directory_knows_ids_pins_and_blocks(run: Run, state: Path) -> None:
    where = ("--state", state, "--secrets", state)
    rows = {row["ref"]: row for row in run("who", "--door", "lab-door", "--csv", *where).rows}
    assert rows["p037"]["id"].startswith("p-")
    assert (rows["p037"]["pin_on_file"], rows["p039"]["pin_on_file"]) == ("yes", "no")
    assert "p038" not in rows
    blocked = run("explain", "--person", "p038", "--door", "lab-door", "--json", *where).plain
    assert blocked["reasons"] == ["person_blocked", "wrong_pin"]
    by_id = run("explain", "--person", rows["p037"]["id"], "--door", "lab-door", "--json", *where).plain
    assert (by_id["granted"], [d["id"] for d in by_id["pin"]]) == (True, ["lab-door"])
    no_pin = run("explain", "--person", "p039", "--door", "lab-door", *where).out
    assert "wrong_pin: the PIN is wrong, or none is on file: demanded by lab-door (rules.yaml:25)" in no_pin
    assert "this person is blocked" in run("where", "--person", "p038", *where).out


def test_a_card_is_known_by_its_number_under_the_real_pepper_and_by_its_token(run: Run, state: Path) -> None:
    where = ("--state", state, "--secrets", state)
    said = run("explain", "--card", "h10301:17:21322", "--door", "front", "--json", *where).plain
    assert said["person"]["ref"] == "p001"
    with Directory.open(state / "people.db", *PEPPERS) as directory:
        (card,) = directory.record("p001").cards
    said = run("explain", "--card", card.token[:12], "--door", "front", "--json", *where).plain
    assert said["person"]["ref"] == "p001"


def test_a_directory_that_is_not_there(run: Run, tmp_path: Path, state: Path) -> None:
    said = run("who", "--door", "front", "--state", tmp_path / "none", "--secrets", state)
    assert (said.code, said.out) == (2, "")
    assert run("who", "--door", "front", "--state", state).code == 2  # without the peppers


# -- what all share --------------------------------------------------------------------------------------------------

ANSWERS = [
    ("explain", "--person", "p003", "--door", "lab-door"),
    ("explain", "--card", "h10301:17:21322", "--door", "front"),
    ("who", "--door", "lab-door"),
    ("where", "--person", "p003", "--ever"),
]


@pytest.mark.parametrize("args", ANSWERS)
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_names_are_shown_on_demand_alone_and_numbers_never(run: Run, args: tuple[str, ...], form: tuple[str]) -> None:
    quiet, open_ = run(*args, *form), run(*args, *form, "--names")
    assert (quiet.code, open_.code) == (0, 0)
    assert not [name for name in NAMES if name in quiet.out]
    assert [name for name in NAMES if name in open_.out]
    words = (quiet.out + open_.out).replace('"', " ").split()
    assert not {number for number in NUMBERS if len(number) > 4} & set(words)


WRONG = [
    (("who", "--door", "frnt"), "no door 'frnt' (did you mean 'front'?)"),
    (("where", "--person", "p03"), "no person 'p03' (did you mean 'p0"),
    (("explain", "--person", "p003", "--door", "dok"), "no door 'dok' (did you mean 'dock'?)"),
    (("explain", "--person", "p003", "--door", "dock", "--armed", "ofice"), "no area 'ofice' (did you mean 'office'?)"),
    (("explain", "--person", "p003", "--door", "dock", "--armed", "lobby"), "area 'lobby' cannot be armed"),
    (("explain", "--person", "p003", "--door", "dock", "--lockdown", "dok"), "no door or area 'dok'"),
    (("explain", "--card", "h1031:1:2", "--door", "dock"), "no card format 'h1031' (did you mean 'h10301'?)"),
    (("explain", "--door", "dock"), "give --card or --person"),
    (("who", "--door", "dock", "--at", "now", "--ever"), "give --at or --ever, not both"),
    (("who", "--door", "dock", "--json", "--csv"), "give --json or --csv, not both"),
    (("who", "--door", "dock", "--at", "noonish"), "expected a moment such as"),
]


@pytest.mark.parametrize(("args", "message"), WRONG)
def test_what_is_wrong_exits_2_and_says_what_was_meant(run: Run, args: tuple[str, ...], message: str) -> None:
    said = run(*args)
    assert (said.code, said.out) == (2, "")
    assert message in said.err


def test_mistakes_in_the_folder_or_in_its_people_are_all_told(run: Run, demo: Path) -> None:
    (demo / "people.csv").write_text("person,name,groups,format,number\nE1,A,staff,h10301,x\nE2,,staff,,\n")
    said = run("who", "--door", "front")
    assert said.code == 2
    assert [line.removeprefix("doorward: ")[:12] for line in said.err.splitlines()] == ["people.csv:2", "people.csv:3"]
    (demo / "rules.yaml").write_text("access: {a: {who: staff, where: frnt, when: always}}\n...\n")
    assert run("who", "--door", "front").code == 2


def test_two_files_may_not_give_the_same_person_or_card(run: Run, demo: Path) -> None:
    site = demo / "site.yaml"
    site.write_text(site.read_text().replace("[people.csv]", "[people.csv, more.csv]"))
    head = "person,name,groups,format,facility,number\n"
    (demo / "people.csv").write_text(f"{head}E1,A,staff,h10301,17,5\n")
    (demo / "more.csv").write_text(f"{head}E1,A,staff,,,\nE2,B,staff,h10301,17,5\n")
    said = run("where", "--person", "E1")
    assert said.code == 2
    assert "more.csv:2: person: is in people.csv:2 already" in said.err
    assert "more.csv:3: number: is in people.csv:2 already" in said.err


@pytest.mark.parametrize("verb", ["explain", "who", "where"])
def test_help_has_an_example(run: Run, verb: str) -> None:
    assert f"Example: doorward {verb}" in run(verb, "--help").out
