"""`doorward lint` and what `doorward check` takes over from it, on a folder of ours."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from config.loader import load
from config.problem import ConfigErrors
from config.secrets import Placeholders
from gateway.cli.check import check
from gateway.cli.lint import lint
from gateway.discover import drivers
from gateway.safety import on_comms_loss, refuse_unsafe, unsafe
from rules.answers.lint.finding import SEVERITIES

NOW = 1_800_000_000_000_000
SITE = """\
site: hq
timezone: Europe/London
people: [people.csv]
bus: {url: mqtts://broker.example}
lines: {north: {serial: /dev/ttyUSB0, baud: 9600}, south: {serial: /dev/ttyUSB1, baud: 9600}}
devices:
  front-in: {driver: ascii, line: north, format: wiegand-hex}
  front-out: {driver: ascii, line: south, format: wiegand-hex}
  io: {driver: modbus, url: tcp://192.0.2.8, model: moxa-e1212, on_comms_loss: hold}
areas: {outside: {}, lobby: {}}
doors:
  front:
    between: [outside, lobby]
    reader_in: front-in
    reader_out: front-out
    lock: {output: io.out1, energise: to_unlock, on_power_loss: secure}
    egress: out
    egress_by: mechanical
fire: {panel: {input: io.in1, active: open, doors: all-egress, on_fault: trouble}}
schedules:
  office: [{days: mon-fri, from: "07:00", to: "19:00"}]
...
"""
GOOD = """\
access:
  staff: {who: staff, where: front, direction: both, when: always}
...
"""
DENIED = """\
deny:
  acme:
    who: {company: acme}
    where: front
    direction: both
...
"""
PEOPLE = """person,name,groups,company,format,facility,number
E1,Ann,staff,acme,h10301,1,1
E2,Bob,staff,acme,h10301,1,2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOORWARD_STATE", "DOORWARD_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "config"
    path.mkdir()
    for name, text in {"site.yaml": SITE, "rules.yaml": GOOD, "people.csv": PEOPLE}.items():
        (path / name).write_text(text)
    return path


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    path = tmp_path / "secrets"
    path.mkdir()
    for name in ("card-pepper", "pin-pepper"):
        (path / name).write_text("x" * 40)
        (path / name).chmod(0o400)
    return path


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(lint, [str(folder), *arguments], catch_exceptions=False)


def plain(folder: Path, *arguments: str) -> Any:
    return json.loads(run(folder, *arguments, "--json").output)


def test_a_good_folder_gets_notes_at_most(folder: Path) -> None:
    result = run(folder)
    assert result.exit_code == 0
    assert result.output == "site.yaml:21:3: note schedule-unused: schedule 'office' is used nowhere\n1 note\n"
    assert run(folder, "--severity", "warning", "--strict").exit_code == 0


def test_what_keeps_people_in_is_an_error_with_its_place(folder: Path) -> None:
    (folder / "deny.yaml").write_text(DENIED)
    result = run(folder, "--severity", "error", "--fixes")
    assert result.exit_code == 2
    line, fix, _ = result.output.splitlines()
    assert line == (
        "deny.yaml:2:3: error egress-denied: denial 'acme' would hold people back on the way out of 'lobby' by 'front'"
    )
    assert fix.startswith("    leave 'front' (out) out of it")


def test_warnings_fail_when_strict(folder: Path) -> None:
    (folder / "rules.yaml").write_text(GOOD.replace("who: staff", "who: [staff, stafff]"))
    result = run(folder, "--severity", "warning")
    assert "rules.yaml:2:3: warning group-unknown: grant 'staff' names group 'stafff'" in result.output
    assert "(did you mean 'staff'?)" in result.output
    assert (result.exit_code, run(folder, "--strict").exit_code) == (0, 1)


def test_json_counts_all_and_lists_what_is_wanted(folder: Path) -> None:
    (folder / "deny.yaml").write_text(DENIED)
    found = plain(folder, "--code", "egress-denied")
    assert not found["ok"]
    assert found["counts"] == {"errors": 1, "warnings": 0, "notes": 1}
    (only,) = found["findings"]
    assert (only["code"], only["severity"], only["subject"]) == ("egress-denied", "error", "acme")
    assert only["place"] == {"file": "deny.yaml", "line": 2, "column": 3}
    assert [each["code"] for each in plain(folder)["findings"]] == ["egress-denied", "schedule-unused"]


def test_what_ends_soon_is_asked_for_by_days(folder: Path) -> None:
    header, *rows = PEOPLE.splitlines()
    text = "\n".join([f"{header},until", f"{rows[0]},2026-12-31", f"{rows[1]},", ""])
    (folder / "people.csv").write_text(text)
    at = ("--at", "2026-12-01 09:00", "--code", "expires-soon")
    assert (
        "directory: warning expires-soon: the access of E1 ends on 2026-12-31"
        in run(folder, *at, "--days", "31").output
    )
    assert "expires-soon" not in run(folder, *at, "--days", "20").output
    assert plain(folder, *at, "--days", "31")["findings"][0]["place"] is None


def test_a_module_that_lets_go_is_told(folder: Path) -> None:
    (folder / "site.yaml").write_text(SITE.replace("on_comms_loss: hold", "on_comms_loss: lock"))
    assert "fire-lost-contact: a fire releases front" in run(folder).output
    assert on_comms_loss(load(folder, drivers(), Placeholders())) == {"io": "lock"}


def test_check_refuses_what_keeps_people_in(folder: Path, secrets: Path) -> None:
    arguments = [str(folder), "--secrets", str(secrets)]
    assert CliRunner().invoke(check, arguments).exit_code == 0
    (folder / "deny.yaml").write_text(DENIED)
    result = CliRunner().invoke(check, arguments)
    assert result.exit_code == 2
    assert result.stdout.startswith("deny.yaml:2:3: egress-denied: denial 'acme' would hold people back")
    assert result.stderr == "1 mistake; nothing was started\n"
    (problem,) = json.loads(CliRunner().invoke(check, [*arguments, "--json"]).output)["problems"]
    assert (problem["path"], problem["file"], problem["line"]) == ("egress-denied", "deny.yaml", 2)


def test_what_is_refused_before_a_start(folder: Path) -> None:
    refuse_unsafe(load(folder, drivers(), Placeholders()), NOW)
    (folder / "deny.yaml").write_text(DENIED)
    found = load(folder, drivers(), Placeholders())
    with pytest.raises(ConfigErrors) as refused:
        refuse_unsafe(found, NOW)
    assert [p.path for p in refused.value.problems] == [each.code for each in unsafe(found, NOW)] == ["egress-denied"]


def test_every_code_is_explained() -> None:
    """In docs/lint.md, each once, under how grave it is."""
    text = (Path(__file__).parents[4] / "docs" / "lint.md").read_text()
    parts = re.split(r"^## (Errors|Warnings|Notes)$", text, flags=re.MULTILINE)
    told = {
        code: title.lower().removesuffix("s")
        for title, body in zip(parts[1::2], parts[2::2], strict=True)
        for code in re.findall(r"^\| `([a-z-]+)` \|", body, flags=re.MULTILINE)
    }
    assert told == {code: severity.value for code, severity in SEVERITIES.items()}
    assert len(re.findall(r"^\| `", text, flags=re.MULTILINE)) == len(SEVERITIES)
