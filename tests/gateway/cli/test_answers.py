"""`doorward explain`, `who` and `where` on the demo site, as a person and as a script use them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import config
from gateway.cli import main as entry
from gateway.cli.moment import parse, year_after
from gateway.people.directory import Directory
from rules.model.errors import ConfigError
from rules.model.secret import Secret

DEMO = Path(config.__file__).parent / "demo"
RULES = """\
schedules:
  office-hours:
    - {days: mon-fri, from: "07:00", to: "19:00"}
    - {days: half_day, from: "07:00", to: "12:00"}
  reception:
    - {days: mon-fri, from: "08:30", to: "17:30"}
  cleaning:
    - {days: mon-fri, from: "18:00", to: "22:00"}
    - {days: sat, from: "08:00", to: "12:00"}
  night:
    - {days: mon-sun, from: "22:00", to: "06:00"} # until the next morning
    - {days: "holiday,half_day", from: "22:00", to: "06:00"}

access:
  staff-office-hours: {who: staff, where: [lobby, office], when: office-hours}
  engineers: {who: engineers, where: [lobby, office, workshop], when: always}
  engineers-transfer: {who: engineers, where: transfer, when: office-hours}
  lab-crew: {who: lab, where: [lobby, office, lab], when: always}
  contractors: {who: {group: contractors, role: fitter}, where: [lobby, workshop], when: office-hours}
  cleaners: {who: cleaners, where: [lobby, office], when: cleaning}
  security-rounds: {who: security, where: all, direction: both, when: always}
  drivers: {who: [staff, engineers, contractors], where: gate, when: office-hours}

minimum:
  lab-door: {require: card+pin, when: always}
  staff-entrance: {require: card+pin, when: night}

deny:
  acme-suspended: {who: {company: acme}, where: all}
  lab-closed-to-cleaners: {who: cleaners, where: lab}
...
"""
PEOPLE = list(csv.DictReader((DEMO / "people.csv").read_text().splitlines()))
NAMES = [row["name"] for row in PEOPLE]
NUMBERS = [row["number"] for row in PEOPLE]
LONDON = ZoneInfo("Europe/London")
PEPPERS = {"card-pepper": "a" * 32, "pin-pepper": "b" * 32}
US = 1_000_000


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def plain(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        assert self.code == 0, self.err
        return list(csv.DictReader(io.StringIO(self.out)))


Run = Callable[..., Said]


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """The demo site with the rules above, to be changed at will."""
    folder = tmp_path / "config"
    folder.mkdir()
    for path in DEMO.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "rules.yaml").write_text(RULES)
    return folder


@pytest.fixture
def run(demo: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `doorward VERB DEMO ...` with no secrets at hand."""
    for name in ("DOORWARD_STATE", "DOORWARD_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "160")

    def run(verb: str, *args: str | Path) -> Said:
        with pytest.raises(SystemExit) as ended:
            entry.main([verb, str(demo), *map(str, args)])
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, said.out, said.err)

    return run


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the demo's people in a directory; p037 alone has a PIN, p038 is blocked."""
    for name, text in PEPPERS.items():
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o400)
    peppers = [Secret(text) for text in PEPPERS.values()]
    with Directory.open(tmp_path / "people.db", peppers[0], peppers[1]) as directory:
        directory.import_csv(DEMO / "people.csv", actor="test", zone="Europe/London")
        directory.set_pin("test", "p037", Secret("482913"))
        directory.block("test", "p038")
    return tmp_path


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
    with Directory.open(state / "people.db", *(Secret(text) for text in PEPPERS.values())) as directory:
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


# -- moments ---------------------------------------------------------------------------------------------------------

NOW = 1_795_269_600 * US  # Sat 2026-11-21 14:00 UTC
HOLIDAYS = {date(2026, 11, 23): "holiday"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("now", 0),
        ("2026-11-21 15:30", 5400),
        ("2026-11-21T15:30", 5400),
        ("2026-11-21T15:30+01:00", 1800),
        ("sat 14:00", 0),
        ("Sat 13:59", 7 * 86_400 - 60),
        ("sun 09:00", 19 * 3600),
        ("mon 09:00", 9 * 86_400 - 5 * 3600),  # the first Monday is a holiday
        ("2026-10-25 01:30", -(27 * 86_400 + 13.5 * 3600)),  # comes twice: the first is meant
        ("2026-10-25T01:30+00:00", -(27 * 86_400 + 12.5 * 3600)),
    ],
)
def test_moments(text: str, seconds: float) -> None:
    assert parse(text, LONDON, HOLIDAYS, NOW) - NOW == seconds * US


NO_MOMENTS = ["", "noon", "mon", "mon 9:00", "mon 24:00", "2026-02-30 09:00", "2026-11-21 09:60", "0001-01-01 00:00"]


@pytest.mark.parametrize("text", [*NO_MOMENTS, "2027-03-28 01:30"])  # the last is left out by the clocks
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse(text, LONDON, {}, NOW)
    assert caught.value.code == "bad_moment"


def test_a_year_has_twelve_months() -> None:
    leap = parse("2028-02-29 00:00", LONDON, {}, NOW)
    assert year_after(leap, LONDON) - leap == 366 * 86_400 * US
    assert year_after(NOW, LONDON) - NOW == 365 * 86_400 * US
