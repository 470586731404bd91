"""`doorward explain` on more than a site at rest: what is assumed, and what a record tells."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.loader import load
from config.secrets import Placeholders
from gateway.discover import drivers
from gateway.people.directory import Directory
from rules.compile import compile_site
from rules.model.points import Sensed
from rules.model.secret import Secret
from rules.model.signals import CardPresented, InputChanged
from rules.site import Site
from tests.gateway.cli.answers.conftest import PEPPERS, Run
from tests.gateway.room import Hands, room

MONDAY = int(datetime(2026, 11, 23, 9, 0, tzinfo=UTC).timestamp()) * 1_000_000

_LEVELS = """\
threat_levels:
  - {level: calm, deny: [{who: contractors, where: workshop}]}
  - {level: severe, deny: [{who: engineers, where: workshop}]}
"""


def add(folder: Path, name: str, text: str) -> None:
    """More of a file of the configuration, before its last line."""
    path = folder / name
    path.write_text(path.read_text().removesuffix("...\n") + text + "...\n")


def tracked(folder: Path) -> None:
    path = folder / "areas.yaml"
    path.write_text(path.read_text().replace("  workshop:\n", "  workshop:\n    passback: {mode: hard}\n"))


def token_of(state: Path, who: str) -> str:
    peppers = [Secret(text) for text in PEPPERS.values()]
    with Directory.open(state / "people.db", *peppers) as directory:
        return directory.record(who).cards[0].token


def site_of(folder: Path, state: Path) -> Site:
    found = load(folder, drivers(), Placeholders())
    with Directory.open(state / "people.db", *[Secret(text) for text in PEPPERS.values()]) as directory:
        return compile_site(found.policy, directory.people(), found.rules_hash)


@pytest.fixture
async def journal(demo: Path, state: Path) -> Path:
    """A record: at 09:00 p031 goes through the dock, at 09:30 again is denied."""
    tracked(demo)
    folder, token = state / "record", token_of(state, "p031")
    async with room(folder, site_of(demo, state), hands=Hands(wall=MONDAY)) as found:
        found.begin()
        found.say(CardPresented("dock-reader", token, "h10301", "52"))
        found.wait(1)
        found.say(InputChanged("west-io.in2", Sensed.OPEN))
        found.wait(1)
        found.say(InputChanged("west-io.in2", Sensed.CLOSED))
        found.wait(30 * 60)
        found.say(CardPresented("dock-reader", token, "h10301", "52"))
        await found.durable()
    return folder / "journal.db"


async def test_the_state_is_that_of_the_record_at_that_moment(run: Run, state: Path, journal: Path) -> None:
    where = ("--state", state, "--secrets", state, "--journal", journal, "--person", "p031", "--door", "dock")
    said = run("explain", *where, "--at", "2026-11-23 09:10")
    assert said.code == 0, said.err
    lines = said.out.splitlines()
    assert lines[0].startswith("DENIED, passback: p031")
    assert lines[1].startswith(
        "  passback: they are in workshop, as far as is known, since Mon 2026-11-23 09:00:01: passback of workshop"
    )
    assert lines[-1].startswith(f"Note: the state is that of {journal}, up to Mon 2026-11-23 09:0")
    before = run("explain", *where, "--at", "2026-11-23 08:59", "--json").plain
    assert (before["granted"], before["rule"]["id"]) == (True, "engineers")
    assert run("explain", *where[:4], *where[6:], "--at", "2026-11-23 09:10", "--json").plain["granted"]


def test_a_record_wants_the_directory_whose_people_it_names(run: Run, tmp_path: Path) -> None:
    said = run("explain", "--person", "p031", "--door", "dock", "--journal", tmp_path)
    assert (said.code, "holds no journal" in said.err) == (2, True)
    (tmp_path / "journal.db").write_text("")
    said = run("explain", "--person", "p031", "--door", "dock", "--journal", tmp_path)
    assert (said.code, "--journal needs --state" in said.err) == (2, True)


def test_a_damaged_record_is_said_to_be_one(run: Run, state: Path) -> None:
    (state / "journal.db").write_text("this is no database, however long it may be" * 100)
    where = ("--state", state, "--secrets", state, "--journal", state, "--person", "p031", "--door", "dock")
    said = run("explain", *where)
    assert (said.code, said.out) == (1, "")
    assert "cannot be read" in said.err


def test_interlocked_doors_of_a_quiet_site_are_closed(run: Run, demo: Path) -> None:
    add(demo, "rules.yaml", "interlocks:\n  sluice: [dock, workshop-door]\n")
    assert run("explain", "--person", "p031", "--door", "dock", "--json").plain["granted"]


def test_who_waits_is_told_apart_from_who_is_denied(run: Run, demo: Path) -> None:
    path, where = demo / "rules.yaml", "where: [lobby, office, workshop], when: always"
    path.write_text(path.read_text().replace(where, f"{where}, escort: security"))
    said = run("explain", "--person", "p031", "--door", "dock")
    lines = said.out.splitlines()
    assert lines[0].startswith("WAITS, escort_required: p031 at dock (in)")
    assert lines[1] == "  escort_required: they come with an escort of security: demanded by engineers (rules.yaml:16)"
    plain = run("explain", "--person", "p031", "--door", "dock", "--json").plain
    assert (plain["granted"], plain["waits"], plain["reason"]) == (False, True, "escort_required")


def test_what_may_be_drawn_by_lot_is_a_note(run: Run, demo: Path) -> None:
    add(demo, "rules.yaml", "inspections:\n  bags: {who: engineers, where: dock, rate: 5%}\n")
    said = run("explain", "--person", "p031", "--door", "dock", "--json").plain
    assert said["granted"]
    assert [found["percent"] for found in said["inspections"]] == ["5"]
    assert any(note.startswith("inspection bags (rules.yaml:") for note in said["notes"])


def test_a_threat_level_can_be_assumed(run: Run, demo: Path) -> None:
    add(demo, "rules.yaml", _LEVELS)
    said = run("explain", "--person", "p031", "--door", "dock", "--threat", "severe", "--json").plain
    assert (said["reason"], said["causes"][0]["reason"]) == ("threat_level", "threat_level")
    assert run("explain", "--person", "p031", "--door", "dock", "--threat", "calm", "--json").plain["granted"]
    wrong = run("explain", "--person", "p031", "--door", "dock", "--threat", "sever")
    assert (wrong.code, "no threat level 'sever' (did you mean 'severe'?)" in wrong.err) == (2, True)
