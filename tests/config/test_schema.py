"""The JSON Schema an editor checks with: what loads passes it, slips do not, and the demo's copy is up to date."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

import config
from config.schema import json_schema
from gateway.cli.schema import schema_text
from gateway.discover import drivers as discovered
from rules.model.driver import DriverSpec
from tests.config.blocks import BLOCKS, PAGE, SITE, Block, merged
from tests.config.conftest import GOOD

DEMO = Path(config.__file__).parent / "demo"
COPY = DEMO / "doorward.schema.json"


class _Editor(yaml.SafeLoader):
    """Scalars as an editor takes them, by YAML's core schema: `no` and `07:00` are text, `12` is a number."""


_Editor.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"^(true|false)$", "tf"),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
    ("tag:yaml.org,2002:null", r"^(~|null|)$", ["~", "n", ""]),
):
    _Editor.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))


def as_seen(text: str) -> Any:
    return yaml.load(text, _Editor)


def complaints(schema: Mapping[str, Any], text: str, site: str = "{}") -> list[str]:
    """What an editor marks in a file. site: what else its sections hold."""
    found = Draft202012Validator(schema).iter_errors(merged(as_seen(site), as_seen(text)))
    return [f"{error.json_path}: {error.message}" for error in found]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema(discovered())


def test_it_is_a_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("path", sorted(DEMO.glob("*.yaml")), ids=lambda path: path.name)
def test_the_demo_passes_and_names_its_schema(schema: dict[str, Any], path: Path) -> None:
    text = path.read_text()
    assert complaints(schema, text) == []
    assert text.splitlines()[0] == f"# yaml-language-server: $schema={COPY.name}"


def test_the_demo_has_the_schema_of_this_code() -> None:
    assert json.loads(COPY.read_text()) == json.loads(schema_text()), f"doorward schema config --out {COPY}"


@pytest.mark.parametrize("block", BLOCKS, ids=[f"line {block.line}" for block in BLOCKS])
def test_every_example_of_the_manual_passes(drivers: Mapping[str, DriverSpec], block: Block) -> None:
    assert complaints(json_schema(drivers), block.text, SITE) == [], f"{PAGE.name}:{block.line}"


def test_the_good_site_passes(drivers: Mapping[str, DriverSpec]) -> None:
    for text in GOOD.values():
        assert complaints(json_schema(drivers), text) == []


@pytest.mark.parametrize(
    "text",
    [
        "acess: {}",
        "access: {a: {who: staff, where: lab}}",
        "access: {a: {who: staff, where: lab, when: always, whn: never}}",
        "access: {A: {who: staff, where: lab, when: always}}",
        "access: {a: {who: {groups: staff}, where: lab, when: always}}",
        "access: {a: {who: {}, where: lab, when: always}}",
        "access: {a: {who: {group: staff, except: {name: x}}, where: lab, when: always}}",
        "access: {a: {who: staff, where: {tag: a, area: b}, when: always}}",
        "access: {a: {who: staff, where: lab, when: always, two_person: sometimes}}",
        "access: {a: {who: staff, where: lab, when: always, escort: {window: 30s}}}",
        "minimum: {lab: {require: card}}",
        "minimum: {lab: [{require: iris, when: always}]}",
        "limits: {a: {who: staff, max_uses: many}}",
        "limits: {a: {who: staff, inactive_after: 90}}",
        "areas: {a: {passback: firm}}",
        "areas: {a: {passback: {mode: hard, forgive: [4]}}}",
        "inspections: {a: {who: staff, where: lab, rate: 5}}",
        "threat_levels: {guarded: {}}",
        "threat_levels: [{deny: []}]",
        "overlays: {a: {from: '2026-12-05 08:00'}}",
        "overlays: {a: {from: '2026-12-05', until: '2026-12-06 08:00'}}",
        "expect: [{nobody: staff}]",
        "expect: [{nobody: staff, only: staff, opens: lab}]",
        "expect: [{nobody: staff, opens: lab, at: 'mon 09:00', when: always}]",
        "expect: [{every: egress, releases_on: smoke}]",
        "schedules: {a: {until: 2026-12-01}}",
        "groups: {a: {}}",
        "interlocks: {a: {doors: [a, b]}}",
    ],
)
def test_a_slip_is_marked(schema: dict[str, Any], text: str) -> None:
    assert complaints(schema, text) != []


def test_what_passes_here_is_typed_as_the_loader_wants_it(make: Callable[..., object], schema: dict[str, Any]) -> None:
    """Numbers, flags and text, each in the forms that an editor tells apart."""
    text = """
access:
  a: {who: {floor: 3, parking: true, role: [chemist, "7"]}, where: all, when: always, two_person: true}
limits: {a: {who: staff, max_uses: 10, inactive_after: 90d}}
inspections: {a: {who: everyone, where: all, rate: 0.5%}}
"""
    make({"x.yaml": text})
    assert complaints(schema, text) == []


def test_the_schema_is_json() -> None:
    assert json.loads(schema_text())["type"] == "object"
