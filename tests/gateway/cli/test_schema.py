"""`doorward schema config`: to the terminal, to a file, and what it says where it cannot write."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.check import check
from gateway.cli.schema import schema
from rules.model.errors import ConfigError


def test_it_prints_what_check_prints() -> None:
    printed = CliRunner().invoke(schema, ["config"])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == json.loads(CliRunner().invoke(check, ["--schema"]).stdout)
    assert {"access", "groups", "overlays", "expect", "reload"} <= json.loads(printed.stdout)["properties"].keys()


def test_it_writes_a_file_and_says_how_to_name_it(tmp_path: Path) -> None:
    path = tmp_path / "doorward.schema.json"
    path.write_text("old")
    written = CliRunner().invoke(schema, ["config", "--out", str(path)])
    assert written.exit_code == 0
    assert path.read_text() == CliRunner().invoke(schema, ["config"]).stdout
    assert "# yaml-language-server: $schema=doorward.schema.json" in written.stdout
    assert list(tmp_path.iterdir()) == [path], "nothing is left beside it"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    result = CliRunner().invoke(schema, ["config", "--out", str(tmp_path / "gone" / "x.json")])
    assert isinstance(result.exception, ConfigError)
    assert (result.exception.code, result.exception.exit_code) == ("schema_unwritable", 2)
    assert "No such file or directory" in str(result.exception)


@pytest.mark.parametrize("arguments", [[], ["config"]])
def test_help(arguments: list[str]) -> None:
    result = CliRunner().invoke(schema, [*arguments, "--help"])
    assert result.exit_code == 0
    assert ("Example: doorward schema config" in result.output) == bool(arguments)
