"""`doorward calendar`: what a schedule means, for a person and a script, on the demo's folder and on one of ours."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner, Result

import config
from config.problem import ConfigErrors
from gateway.cli.calendar import calendar
from gateway.cli.main import main, root

DEMO = Path(config.__path__[0]) / "demo"
SITE = """\
site: hq
timezone: Europe/London
bus: {url: mqtts://broker.example, ca: {secret: bus-ca}}
holidays:
  country: GB
  subdivision: ENG
  dates: {2026-12-29..2026-12-30: shutdown}
  ics: {file: works.ics, type: works}
schedules:
  office:
    - {days: mon-fri, from: 07:00, to: 19:00}
    - {days: works, from: 07:00, to: 12:00}
  night:
    - {days: mon-sun, from: 22:00, to: 06:00}
  early:
    - {days: sun, from: 01:30, to: 02:30}
...
"""
WORKS = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Boiler works\nDTSTART:20261126\nEND:VEVENT\nEND:VCALENDAR\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.mkdir()
    (path / "site.yaml").write_text(SITE)
    (path / "works.ics").write_text(WORKS)
    return path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "140"}).invoke(calendar, [str(folder), *arguments], catch_exceptions=False)


def days(folder: Path, *arguments: str) -> dict[str, dict[str, Any]]:
    result = run(folder, *arguments, "--json")
    assert result.exit_code == 0
    return {day["date"]: day for day in json.loads(result.output)["days"]}


def row(output: str, start: str) -> list[str]:
    (line,) = (line for line in output.splitlines() if line.startswith(f"│ {start}"))
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_weeks_that_are_alike_are_shown_once(folder: Path) -> None:
    output = run(folder, "--schedule", "office", "--from", "2026-11-18", "--days", "50").output
    assert row(output, "2026-11-18") == ["2026-11-18", "Wed", "", "07:00-19:00", "12 h", ""]
    assert row(output, "2026-11-26") == ["2026-11-26", "Thu", "works: Boiler works", "07:00-12:00", "5 h", ""]
    assert row(output, "2026-11-30") == ["2026-11-30", "", "", "to 2026-12-20, 3 weeks:", "", ""]
    assert row(output, "2026-12-25") == ["2026-12-25", "Fri", "holiday: Christmas Day", "closed", "", ""]
    assert row(output, "2026-12-30") == ["2026-12-30", "Wed", "shutdown", "closed", "", ""]
    assert "2026-12-02" not in output
    assert "closed on every holiday, shutdown: no entry names it" in output


def test_all_shows_every_day(folder: Path) -> None:
    output = run(folder, "--schedule", "office", "--from", "2026-11-18", "--days", "50", "--all").output
    assert sum(line.startswith("│ 202") for line in output.splitlines()) == 50
    assert "weeks:" not in output


def test_days_of_changing_clocks_are_never_folded_away(folder: Path) -> None:
    output = run(folder, "--schedule", "night", "--from", "2026-10-05", "--days", "42").output
    night = row(output, "2026-10-24")
    assert night[3:5] == ["22:00 BST-06:00 GMT (+1)", "9 h"]
    assert "clocks go back 1 h at 02:00" in night[5]
    assert row(output, "2026-10-05")[3] == "to 2026-10-18, 2 weeks:"


def test_json(folder: Path) -> None:
    found = days(folder, "--schedule", "early", "--from", "2027-03-27", "--days", "2")
    assert found["2027-03-27"] == {
        "date": "2027-03-27",
        "weekday": "sat",
        "holiday": None,
        "intervals": [],
        "seconds": 0,
        "remarks": [],
    }
    assert found["2027-03-28"]["intervals"] == [
        {"from": "2027-03-28T02:00+01:00", "to": "2027-03-28T02:30+01:00", "seconds": 1800}
    ]
    assert found["2027-03-28"]["remarks"] == [
        "clocks go forward 1 h at 01:00: 01:30-02:00 does not occur, 01:30-02:30 lasts 30 min"
    ]


def test_json_of_holidays_and_sums(folder: Path) -> None:
    arguments = ("--schedule", "office", "--from", "2026-11-23", "--days", "7", "--json")
    whole = json.loads(run(folder, *arguments).output)
    assert (whole["schedule"], whole["timezone"], whole["seconds"]) == ("office", "Europe/London", (4 * 12 + 5) * 3600)
    assert whole["closed_on"] == ["holiday", "shutdown"]
    assert whole["days"][3]["holiday"] == {"type": "works", "name": "Boiler works"}


def test_what_overlaps_counts_once(folder: Path) -> None:
    both = SITE.replace("to: 06:00}", "to: 06:00}\n    - {days: mon-sun, from: 05:00, to: 07:00}")
    (folder / "site.yaml").write_text(both)
    arguments = ("--schedule", "night", "--from", "2026-11-23", "--days", "2", "--json")
    assert json.loads(run(folder, *arguments).output)["seconds"] == (2 + 8 + 1 + 8) * 3600


@pytest.mark.parametrize(("name", "active"), [("always", "00:00-24:00"), ("never", "closed")])
def test_the_built_in_ones(folder: Path, name: str, active: str) -> None:
    output = run(folder, "--schedule", name, "--from", "2026-12-25", "--days", "1").output
    assert row(output, "2026-12-25")[3] == active
    assert "no entry names" not in output


def test_it_begins_today_where_the_site_is(folder: Path) -> None:
    before, found, after = today(), days(folder, "--schedule", "office"), today()
    assert next(iter(found)) in (before, after)
    assert len(found) == 60


def today() -> str:
    return datetime.now(ZoneInfo("Europe/London")).date().isoformat()


def test_unknown_schedules_and_days(folder: Path) -> None:
    wrong = CliRunner().invoke(calendar, [str(folder), "--schedule", "offise"])
    assert wrong.exit_code == 2
    assert "no schedule 'offise' (did you mean 'office'?)" in wrong.stderr
    assert CliRunner().invoke(calendar, [str(folder), "--schedule", "office", "--days", "0"]).exit_code == 2
    assert CliRunner().invoke(calendar, [str(folder), "--schedule", "office", "--from", "9999-12-01"]).exit_code == 2


def test_years_without_public_holidays_are_said(folder: Path) -> None:
    output = run(folder, "--schedule", "office", "--from", "2046-01-01", "--days", "3").output
    assert "public holidays are known for 2020 to 2045 only" in output


def test_mistakes_are_those_of_check(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "site.yaml").write_text(SITE.replace("to: 19:00", "to: 24:30"))
    with pytest.raises(SystemExit) as caught:
        main(["calendar", str(folder), "--schedule", "office"])
    assert caught.value.code == 2
    assert "site.yaml:11:40: schedules.office[0].to: there is no such time of day" in capsys.readouterr().err


def test_secrets_are_checked_only_where_they_are_given(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors, match="secret 'bus-ca' was not found"):
        run(folder, "--schedule", "office", "--secrets", str(tmp_path))


def test_the_demo_has_schedules_that_mean_something() -> None:
    found = days(DEMO, "--schedule", "office-hours", "--from", "2026-12-21", "--days", "7")
    assert [day["seconds"] // 3600 for day in found.values()] == [12, 12, 12, 5, 0, 0, 0]
    assert "calendar" in root.list_commands(root.make_context("doorward", [], resilient_parsing=True))
