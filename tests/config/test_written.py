"""A random policy that is written out in YAML is read as what it was, however it is put."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from config.loader import build
from config.secrets import Secrets
from rules.answers.diff import diff
from rules.model.driver import DriverSpec
from rules.policy import AccessPolicy, DenyPolicy, Interval, MinimumPolicy, Policy, SchedulePolicy, Source
from tests.config.spoken import spoken
from tests.config.written import DOORS, Writer
from tests.rules.builder import HERE
from tests.rules.dice import Dice, rolled
from tests.rules.instants import around
from tests.rules.profiles import examples
from tests.rules.random_sites import built, case
from tests.rules.reference.case import Case

READERS = "".join(
    f"  {door}-{way}: {{driver: card, line: north, address: {2 * n + k}, keypad: true}}\n"
    for n, door in enumerate(DOORS)
    for k, way in enumerate(("in", "out"))
)
REST = f"""\
site: hq
bus: {{url: mqtts://broker.example:8883}}
lines:
  north: {{serial: /dev/ttyUSB0, baud: 115200}}
  east: {{url: tcp://192.0.2.8:502}}
devices:
{READERS}  io: {{driver: io, line: east}}
...
"""
SECTIONS = (
    *("timezone", "holidays", "areas", "schedules", "access", "minimum", "deny", "groups", "limits", "threats"),
    *("lockdown_exempt", "interlocks", "inspections"),
)
"""All but the doors, which have other fittings here."""

Written = tuple[Case, dict[str, bytes]]


def written(dice: Dice) -> Written:
    found = case(dice)
    policy = spoken(found.policy)
    return replace(found, policy=policy), Writer(dice).files(policy)


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    for name in ("card-pepper", "pin-pepper"):
        path = folder / name
        path.write_text(f"{name}-0123456789abcdef0123456789abcdef\n")
        path.chmod(0o400)
    return folder


@examples(40)
@given(rolled(written, 900))
def test_what_is_written_is_what_is_meant(drivers: Mapping[str, DriverSpec], secrets: Path, written: Written) -> None:
    found, files = written
    policy = build({"site.yaml": REST.encode(), **files}, secrets, drivers, Secrets(secrets)).policy
    for section in SECTIONS:
        assert plain(getattr(policy, section)) == plain(kept(found.policy, section)), section
    for id, door in found.policy.doors.items():
        read = policy.doors[id]
        assert (read.unlock, read.unlock_after, read.blocked) == (door.unlock, door.unlock_after, door.blocked)
    same = replace(policy, doors=found.policy.doors)
    assert diff(built(found.policy, found), built(same, found), *around(found)).text() == ""


def kept(policy: Policy, section: str) -> Any:
    """Of a policy, what is used of it: a schedule that no rule of an overlay names is not written."""
    if section != "schedules":
        return getattr(policy, section)
    rules: tuple[AccessPolicy | MinimumPolicy | DenyPolicy, ...] = (*policy.access, *policy.minimum, *policy.deny)
    used = {*(rule.when for rule in rules), *(door.unlock for door in policy.doors.values())}
    return {id: found for id, found in policy.schedules.items() if "@" not in id or id in used}


def plain(value: Any) -> Any:
    """A value without the places it was written at, and without the order of what has none."""
    if isinstance(value, SchedulePolicy):
        return value.id, frozenset() if value.id == "always" else frozenset(value.intervals), value.within
    if isinstance(value, Interval | Source | str | int) or value is None:
        return HERE if isinstance(value, Source) else value
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple | frozenset):
        return sorted(map(plain, value), key=repr)
    return value
