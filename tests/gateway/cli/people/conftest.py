"""`doorward people` run with folders of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from gateway.cli.operator import operator
from gateway.cli.people import people
from rules.model.errors import DoorwardError

PEPPER, PIN_PEPPER = "a" * 32, "b" * 32
ROOT = click.Group("doorward", {"people": people, "operator": operator})
CSV = "person,name,groups,format,facility,number\nE1,Amira Haddad,staff,h10301,12,4567\nE2,Ben Okoro,lab,,,\n"

Run = Callable[..., Result]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What names the folders of state and secrets."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for name, text in (("card-pepper", PEPPER), ("pin-pepper", PIN_PEPPER)):
        (secrets / name).write_text(f"{text}\n")
        (secrets / name).chmod(0o400)
    return {"DOORWARD_STATE": str(tmp_path), "DOORWARD_SECRETS": str(secrets)}


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    """Run `doorward ...` with the folders in the environment."""
    whole = {**environment, "CREDENTIALS_DIRECTORY": None, "DOORWARD_TIMEZONE": None, "COLUMNS": "200"}

    def run(*args: str | Path, input: str | None = None) -> Result:
        return CliRunner().invoke(ROOT, [str(arg) for arg in args], input=input, env=whole)

    return run


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "people.csv"
    path.write_text(CSV)
    return path


def good(result: Result) -> str:
    assert result.exit_code == 0, result.output
    assert result.exception is None
    return result.stdout


def plain(result: Result) -> Any:
    return json.loads(good(result))


def refused(result: Result) -> DoorwardError:
    assert isinstance(result.exception, DoorwardError)
    return result.exception
