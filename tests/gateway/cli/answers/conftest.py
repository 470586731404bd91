"""The demo site with rules of its own, and a way to ask about it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import config
from gateway.cli import main as entry
from gateway.people.directory import Directory
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
PEPPERS = {"card-pepper": "a" * 32, "pin-pepper": "b" * 32}


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
