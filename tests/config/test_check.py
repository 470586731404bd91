"""`doorward check`, driver discovery and the JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from config.schema import json_schema
from gateway.cli.check import check
from gateway.discover import drivers as discovered
from rules.model.driver import DriverSpec

SITE = """\
site: hq
timezone: Europe/London
bus: {url: mqtts://broker.example}
devices: {io: {driver: modbus, url: tcp://192.0.2.8, model: moxa-e1212}}
areas: {outside: {}, lobby: {}}
doors:
  front: {between: [outside, lobby], lock: {output: io.out1, energise: to_unlock, on_power_loss: secure}}
...
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.mkdir()
    (path / "site.yaml").write_text(SITE)
    return path


def test_a_good_folder(folder: Path, secret_files: Path) -> None:
    result = CliRunner().invoke(check, [str(folder), "--secrets", str(secret_files), "--json"])
    found = json.loads(result.output)
    assert result.exit_code == 0
    assert found["ok"]
    assert found["links"] == {"io": "modbus tcp://192.0.2.8"}
    assert (found["counts"]["doors"], found["counts"]["links"]) == (1, 1)


def test_mistakes_exit_2(folder: Path, secret_files: Path) -> None:
    (folder / "rules.yaml").write_text("access: {a: {who: staff, where: frnt, when: always}}\n...\n")
    arguments = [str(folder), "--secrets", str(secret_files)]
    result = CliRunner().invoke(check, arguments)
    assert result.exit_code == 2
    assert result.stdout == "rules.yaml:1:33: access.a.where: no door or area 'frnt' (did you mean 'front'?)\n"
    assert result.stderr == "1 mistake; nothing was started\n"
    listed = json.loads(CliRunner().invoke(check, [*arguments, "--json"]).output)
    assert listed["problems"] == [
        {
            "file": "rules.yaml",
            "line": 1,
            "column": 33,
            "path": "access.a.where",
            "message": "no door or area 'frnt' (did you mean 'front'?)",
            "got": "",
        }
    ]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(check, [str(tmp_path / "gone")])
    assert result.exit_code == 2
    assert "cannot read the folder: No such file or directory" in result.stdout


def test_help_has_an_example() -> None:
    assert "Example: doorward check" in CliRunner().invoke(check, ["--help"]).output


def test_discovery_finds_every_driver() -> None:
    found = discovered()
    assert {"ascii", "elk", "modbus", "mqtt", "osdp"} <= set(found)
    assert found["mqtt"].broker
    assert found["osdp"].shared_line
    assert not found["ascii"].shared_line


def test_schema_of_the_language(drivers: Mapping[str, DriverSpec]) -> None:
    schema = json_schema(drivers)
    sections = schema["properties"]
    assert set(sections) >= {"site", "bus", "devices", "doors", "access", "minimum", "deny", "schedules", "fire"}
    door = sections["doors"]["additionalProperties"]
    assert door["required"] == ["between"]
    assert door["properties"]["relock"]["enum"] == ["on_open", "on_close", "timer"]
    assert door["additionalProperties"] is False
    titles = [device["title"] for device in sections["devices"]["additionalProperties"]["oneOf"]]
    assert titles == ["card", "solo", "io", "air"]
    text = json.dumps(schema)
    assert set(schema["$defs"]) == {"WhoShape"}, "a `who` may hold others; all else is written out where it stands"
    assert set(re.findall(r'"\$ref": "([^"]+)"', text)) == {"#/$defs/WhoShape"}
    assert '"null"' not in text


def test_check_prints_the_schema() -> None:
    result = CliRunner().invoke(check, ["--schema"])
    assert result.exit_code == 0
    assert json.loads(result.output)["type"] == "object"
