"""`doorward replay` on a journal that a real core wrote, about people of a real directory."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from gateway.cli import main as entry
from gateway.people.persons import NewPerson
from gateway.recovery import save
from rules.compile import compile_site
from rules.model.signals import CardPresented
from tests.gateway.reload.conftest import DOORS, OPEN, SITE, Folder
from tests.gateway.room import room

NIGHT = """\
schedules: {night: [{days: mon-sun, from: "20:00", to: "06:00"}]}
access: {staff: {who: staff, where: store, when: night}}
...
"""
BOTH = "access: {staff: {who: [staff, crew], where: store, when: always}}\n...\n"
DENIED = "access: {staff: {who: staff, where: store, when: always}}\ndeny: {ann-out: {who: staff, where: store}}\n...\n"
NAMES = ("Ann", "Ben", "Cy")
SINCE = ("--since", "2026-11-23")


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
async def folder(tmp_path: Path) -> Folder:
    """Ann of the staff badged at 10:00 and 10:10, Ben of the crew at 10:01; an unknown card at 10:02; Cy at 10:03."""
    (tmp_path / "site").mkdir()
    made = Folder(tmp_path / "site").make()
    with made.directory() as people:
        ann = next(iter(people.people().credentials))
        ben, cy = (people.add("test", NewPerson(name, ref=f"E-{name}")) for name in ("Ben", "Cy"))
        people.set_groups("test", ben, {"crew"}) if hasattr(people, "set_groups") else None
        cards = [people.assign("test", who, "h10301", 17, number) for who, number in ((ben, 51), (cy, 52))]
        tokens = [ann, cards[0], "f" * 64, cards[1], ann]
        found = people.people()
    configuration = made.configuration()
    site = compile_site(configuration.policy, found, configuration.rules_hash)
    async with room(made.state, site) as core:
        core.begin()
        for n, token in enumerate(tokens):
            core.say(CardPresented("store-reader", str(token), "h10301", "17"), link="south")
            core.wait(60 if n < 3 else 420)
        await core.durable()
    return made
