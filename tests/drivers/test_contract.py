"""The driver contract, of every driver that is found: a new file in `drivers/` is tested by being there."""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

import drivers as folder
from config.loader import build
from config.secrets import Secrets
from gateway.discover import drivers
from rules.model.commands import Command, PulseOutput, SetOutput, ShowOutcome
from rules.model.driver import ByteStream, Device, DriverSpec, MessagePort
from rules.model.errors import CommandError, LinkError
from rules.model.ids import is_id
from rules.model.points import Outcome, PointKind
from rules.model.secret import Secret

FOUND = drivers()
NAMES = sorted(FOUND)
CANARY = "6361616e6172796361616e6172792121"
HOME = Path(next(iter(folder.__path__)))

CONFIGS: dict[str, dict[str, Any]] = {
    "ascii": {"format": "wiegand-hex", "keypad": True, "tamper": True, "feedback": "led-lines"},
    "elk": {"areas": [1], "zones": [1, 2]},
    "modbus": {"model": "moxa-e1212"},
    "mqtt": {"preset": "zigbee2mqtt", "name": "hall-pir", "kind": "motion"},
    "osdp": {"address": 1, "key": {"secret": "scbk"}},
}
"""One device of each. A driver that is not named here must do without keys."""

POINT = re.compile(r"(in|out|relay|ai|zone)[1-9]\d{0,2}|reader|keypad|tamper|power|battery|[a-z][a-z0-9_-]*")


class Unreachable:
    """A transport whose endpoint is not there; counts how often somebody tried."""

    def __init__(self) -> None:
        self.url, self.baud, self.opened = "tcp://127.0.0.1:1", 9600, 0

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ByteStream]:
        self.opened += 1
        raise LinkError("refused", code="refused", where=self.url)
        yield

    @asynccontextmanager
    async def messages(self) -> AsyncIterator[MessagePort]:
        self.opened += 1
        raise LinkError("refused", code="refused", where=self.url)
        yield


def config(name: str) -> Any:
    return FOUND[name].config.model_validate(CONFIGS.get(name, {}))


def driver(name: str, transport: Any) -> Any:
    device = Device(f"{name}-1", config(name), {"scbk": Secret(CANARY), "code": Secret(CANARY)})
    return FOUND[name].driver("north", (device,), transport)


def commands(name: str) -> list[Command]:
    """One for each of its points that takes any, and one for a point it has not."""
    found: list[Command] = [SetOutput(f"{name}-1.out99", True)]
    for point, kind in FOUND[name].points(config(name)).items():
        if kind is PointKind.OUTPUT:
            found += [SetOutput(f"{name}-1.{point}", True), PulseOutput(f"{name}-1.{point}", True, 1_000_000)]
        if kind is PointKind.READER:
            found.append(ShowOutcome(f"{name}-1", Outcome.DENIED))
    return found


def sources(name: str) -> list[Path]:
    package = HOME / name
    return sorted(package.rglob("*.py")) if package.is_dir() else [HOME / f"{name}.py"]


def test_drivers_are_found() -> None:
    assert {"ascii", "elk", "modbus", "mqtt", "osdp"} <= set(FOUND)


@pytest.mark.parametrize("name", NAMES)
def test_its_config_is_strict_and_frozen(name: str) -> None:
    spec = FOUND[name]
    assert issubclass(spec.config, BaseModel)
    good = config(name)
    with pytest.raises(ValidationError):
        spec.config.model_validate({**CONFIGS.get(name, {}), "nonsense": 1})
    field = next(iter(spec.config.model_fields))
    with pytest.raises(ValidationError):
        setattr(good, field, getattr(good, field))


@pytest.mark.parametrize("name", NAMES)
def test_its_config_leaves_the_common_keys_alone(name: str) -> None:
    assert not {"driver", "line", "url", "formats"} & set(FOUND[name].config.model_fields)


@pytest.mark.parametrize("name", NAMES)
def test_its_points_are_legal(name: str) -> None:
    points = FOUND[name].points(config(name))
    assert points
    for point, kind in points.items():
        assert isinstance(kind, PointKind)
        assert POINT.fullmatch(point), point
        assert (kind is PointKind.READER) == (point == "reader")
        assert (kind is PointKind.KEYPAD) == (point == "keypad")
    numbered = [p for p in points if re.fullmatch(r"[a-z]+0\d*", p)]
    assert numbered == [], "points are counted from 1"


@pytest.mark.parametrize("name", NAMES)
def test_its_driver_has_the_contracts_form(name: str) -> None:
    found = FOUND[name].driver
    assert list(inspect.signature(found).parameters) == ["link", "devices", "transport"]
    assert inspect.iscoroutinefunction(found.run)
    assert inspect.iscoroutinefunction(found.execute)
    assert list(inspect.signature(found.run).parameters) == ["self", "emit"]
    assert list(inspect.signature(found.execute).parameters) == ["self", "command"]
    assert not inspect.iscoroutinefunction(found.health)


@pytest.mark.parametrize("name", NAMES)
def test_its_name_and_traits_are_plain(name: str) -> None:
    spec: DriverSpec = FOUND[name]
    assert is_id(name)
    assert type(spec.shared_line) is bool
    assert type(spec.broker) is bool


@pytest.mark.parametrize("name", NAMES)
async def test_it_is_built_without_touching_anything(name: str) -> None:
    transport = Unreachable()
    tasks = asyncio.all_tasks()
    driver(name, transport)
    assert transport.opened == 0
    assert asyncio.all_tasks() == tasks


@pytest.mark.parametrize("name", NAMES)
async def test_what_it_is_told_before_it_runs_it_refuses(name: str) -> None:
    subject = driver(name, Unreachable())
    for command in commands(name):
        with pytest.raises((CommandError, LinkError)):
            async with asyncio.timeout(5):
                await subject.execute(command)


@pytest.mark.parametrize("name", NAMES)
async def test_without_its_endpoint_it_raises_and_never_returns(name: str) -> None:
    said: list[Any] = []
    subject = driver(name, Unreachable())
    for _ in range(2):  # and may be run again
        with pytest.raises(LinkError):
            async with asyncio.timeout(5):
                await subject.run(said.append)
    with pytest.raises((CommandError, LinkError)):
        async with asyncio.timeout(5):
            await subject.execute(commands(name)[0])


@pytest.mark.parametrize("name", NAMES)
async def test_its_health_is_plain(name: str) -> None:
    subject = driver(name, Unreachable())
    for _ in range(2):
        for device, counters in subject.health().items():
            assert device == f"{name}-1"
            assert all(type(key) is str and type(value) in (int, str) for key, value in counters.items())
        with pytest.raises(LinkError):
            await subject.run(lambda signal: None)


@pytest.mark.parametrize("name", NAMES)
async def test_it_shows_no_secret(name: str) -> None:
    subject = driver(name, Unreachable())
    shown = [repr(subject), str(subject), repr(subject.health()), repr(config(name))]
    shown += [repr(value) for value in vars(subject).values()] if hasattr(subject, "__dict__") else []
    with pytest.raises(LinkError) as lost:
        await subject.run(lambda signal: None)
    shown.append(repr(lost.value) + str(lost.value))
    for text in shown:
        assert CANARY not in text
        assert str(bytes.fromhex(CANARY)) not in text


@pytest.mark.parametrize("name", NAMES)
def test_it_knows_nothing_of_ours_but_the_model(name: str) -> None:
    ours = {"rules", "drivers", "config", "gateway", "simulators", "tests"}
    wrong = []
    for path in sources(name):
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: relative import"
                modules = [str(node.module)]
            wrong += [m for m in modules if m.split(".")[0] in ours and not _allowed(m, name)]
    assert wrong == []


def _allowed(module: str, driver_name: str) -> bool:
    own = f"drivers.{driver_name}"
    return module.startswith(("rules.model.", f"{own}.")) or module in ("rules.model", own)


@pytest.mark.parametrize("name", NAMES)
def test_its_module_says_what_it_speaks(name: str) -> None:
    module: ModuleType = sys.modules[f"drivers.{name}"]
    assert module.__doc__


def test_the_configuration_knows_every_driver(tmp_path: Path) -> None:
    """An unknown key of any of them is found with its place."""
    for name in NAMES:
        text = f"site: hq\ntimezone: UTC\ndevices: {{x: {{driver: {name}, nonsense: 1}}}}\n...\n"
        with pytest.raises(Exception, match="nonsense"):
            build({"site.yaml": text.encode()}, tmp_path, FOUND, Secrets(tmp_path))
