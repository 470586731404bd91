"""A small site of the tests' own, with drivers of its own, and what is wrong with variations of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field

from config.configuration import Configuration
from config.loader import build
from config.problem import ConfigErrors
from config.secrets import Secrets
from rules.model.driver import DriverSpec
from rules.model.points import PointKind
from rules.policy import Policy
from tests.config.at_door import Load
from tests.config.blocks import with_site

SITE = """\
site: hq
timezone: Europe/London
bus: {url: mqtts://broker.example:8883}
...
"""
DEVICES = """\
lines:
  north: {serial: /dev/ttyUSB0, baud: 115200}
  east: {url: tcp://192.0.2.8:502}
devices:
  lobby-reader: {driver: card, line: north, address: 1}
  lab-reader: {driver: card, line: north, address: 2, keypad: true}
  lobby-io: {driver: io, line: east}
  hall: {driver: air, kind: motion}
...
"""
DOORS = """\
areas: {outside: {}, lobby: {}, lab: {}}
doors:
  front:
    between: [outside, lobby]
    reader_in: lobby-reader
    lock: {output: lobby-io.out1, energise: to_unlock, on_power_loss: secure}
    contact: {input: lobby-io.in1, active: open}
  lab-door:
    between: [lobby, lab]
    reader_in: lab-reader
    lock: {output: lobby-io.out2, energise: to_unlock, on_power_loss: secure}
...
"""
GOOD = {"site.yaml": SITE, "devices.yaml": DEVICES, "doors.yaml": DOORS}

Build = Callable[..., Configuration]
Wrong = Callable[..., list[str]]


class _SecretName(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    secret: str


class _Card(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    address: Annotated[int, Field(ge=0, le=126)]
    key: _SecretName | None = None
    keypad: bool = False


class _Io(BaseModel):
    inputs: int = 8
    outputs: int = 4
    unit: int = 1


class _Air(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
    kind: str


def _card_points(config: _Card) -> Mapping[str, PointKind]:
    found = {
        "reader": PointKind.READER,
        "tamper": PointKind.DETECTOR,
        "in1": PointKind.CIRCUIT,
        "out1": PointKind.OUTPUT,
    }
    return found | ({"keypad": PointKind.KEYPAD} if config.keypad else {})


def _io_points(config: _Io) -> Mapping[str, PointKind]:
    inputs = {f"in{n}": PointKind.CIRCUIT for n in range(1, config.inputs + 1)}
    return inputs | {f"out{n}": PointKind.OUTPUT for n in range(1, config.outputs + 1)}


def _air_points(config: _Air) -> Mapping[str, PointKind]:
    return {"motion": PointKind.DETECTOR} if config.kind == "motion" else {"contact": PointKind.CIRCUIT}


class _NoDriver:
    """Stands for a driver that the configuration never builds."""


@pytest.fixture(scope="session")
def drivers() -> Mapping[str, DriverSpec]:
    unbuilt: Any = _NoDriver
    specs = (
        DriverSpec("card", _Card, _card_points, unbuilt, shared_line=True),
        DriverSpec("solo", _Card, _card_points, unbuilt),
        DriverSpec("io", _Io, _io_points, unbuilt, shared_line=True),
        DriverSpec("air", _Air, _air_points, unbuilt, broker=True),
    )
    return {spec.name: spec for spec in specs}


@pytest.fixture
def secret_files(tmp_path: Path) -> Path:
    """A folder with the two peppers and some keys."""
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name in ("card-pepper", "pin-pepper", "key-a", "key-b", "bus-ca"):
        path = folder / name
        path.write_text(f"{name}-0123456789abcdef0123456789abcdef\n")
        path.chmod(0o400)
    return folder


@pytest.fixture
def make(drivers: Mapping[str, DriverSpec], secret_files: Path, tmp_path: Path) -> Build:
    """Builds the good site with files replaced or added: `make({"rules.yaml": text})`; `...` is appended."""

    def build_site(changes: Mapping[str, str | bytes] = {}, **known: Any) -> Configuration:
        texts = {**GOOD, **changes}
        files = {name: _ended(text) for name, text in texts.items()}
        return build(files, tmp_path, known.get("drivers", drivers), Secrets(secret_files))

    return build_site


def _ended(text: str | bytes) -> bytes:
    if isinstance(text, bytes):
        return text
    return (text if text.endswith("...\n") else f"{text.rstrip()}\n...\n").encode()


@pytest.fixture
def wrong(make: Build) -> Wrong:
    """The mistakes of a variation, as they are printed."""

    def mistakes(changes: Mapping[str, str | bytes]) -> list[str]:
        with pytest.raises(ConfigErrors) as caught:
            make(changes)
        return str(caught.value).splitlines()

    return mistakes


@pytest.fixture
def load(drivers: Mapping[str, DriverSpec], secret_files: Path, tmp_path: Path) -> Load:
    """The policy of the site of the manual's examples with what a text says."""

    def load_text(text: str) -> Policy:
        return build({"site.yaml": with_site(text).encode()}, tmp_path, drivers, Secrets(secret_files)).policy

    return load_text
