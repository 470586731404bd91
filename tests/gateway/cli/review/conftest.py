"""Runs `doorward ...` as a shell would, with no secrets and no directory in the environment."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.cli import main as entry
from gateway.people.persons import NewPerson
from rules.compile import compile_site
from rules.model.signals import CardPresented
from tests.gateway.reload.conftest import Folder
from tests.gateway.room import room


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def plain(self) -> Any:
        return json.loads(self.out)

    @property
    def rows(self) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.out)))


Run = Callable[..., Said]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("DOORWARD_STATE", "DOORWARD_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*args: str | Path) -> Said:
        with pytest.raises(SystemExit) as ended:
            entry.main([*map(str, args)])
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Said(ended.value.code, said.out, said.err)

    return run


@pytest.fixture
async def folder(tmp_path: Path) -> Folder:
    """Ann of the staff badges at 10:00 and 10:04, Ben of the crew at 10:01, an unknown card at 10:02, Cy at 10:03."""
    (tmp_path / "site").mkdir()
    made = Folder(tmp_path / "site").make()
    with made.directory() as people:
        (ann,) = people.people().credentials
        others = [("Ben", 51, frozenset({"crew"})), ("Cy", 52, frozenset[str]())]
        for name, number, groups in others:
            people.assign(
                "test", people.add("test", NewPerson(name, ref=f"E-{name}", groups=groups)), "h10301", 17, number
            )
        ben, cy = (people.record(f"E-{name}").cards[0].token for name, _, _ in others)
        found = people.people()
    configuration = made.configuration()
    site = compile_site(configuration.policy, found, configuration.rules_hash)
    async with room(made.state, site) as core:
        core.begin()
        for token in (ann, ben, "f" * 64, cy, ann):
            core.say(CardPresented("store-reader", token, "h10301", "17"), link="south")
            core.wait(60)
        await core.durable()
    return made
