"""What an admin may write of a module, and the points it then has."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from drivers.modbus import SHARED_LINE, Config, Driver, points
from drivers.modbus.config import model_of
from drivers.modbus.models import MODELS
from rules.model.errors import ConfigError
from rules.model.points import PointKind
from simulators.modbus_board import MAPS
from tests.drivers.modbus.support import Endpoint, device


def test_points_are_named_from_one() -> None:
    named = points(Config(model="moxa-e1214"))
    assert list(named) == [f"in{n}" for n in range(1, 7)] + [f"out{n}" for n in range(1, 7)]
    assert named["in1"] is PointKind.CIRCUIT
    assert named["out6"] is PointKind.OUTPUT


@pytest.mark.parametrize("model", MODELS)
def test_the_driver_and_the_simulator_agree_on_each_model(model: str) -> None:
    """Two tables written apart from the same manuals."""
    ours, theirs = MODELS[model], MAPS[model]
    assert (ours.inputs, ours.outputs) == (theirs.inputs, theirs.outputs)
    assert (ours.input_function == 1) is theirs.inputs_as_coils
    assert ours.output_address == theirs.outputs_at
    assert ((ours.timed.on, ours.timed.off) if ours.timed else None) == theirs.timed
    assert (ours.safety is not None) is theirs.safety


@pytest.mark.parametrize(("text", "seconds"), [("50ms", 0.05), ("0.2s", 0.2), ("1", 1.0), ("0.5", 0.5), (0.05, 0.05)])
def test_a_poll_interval_may_be_written_in_several_ways(text: object, seconds: float) -> None:
    assert Config.model_validate({"model": "generic", "poll": text}).poll == pytest.approx(seconds)


@pytest.mark.parametrize(
    "keys",
    [
        {"model": "moxa-e9999"},
        {},
        {"model": "generic", "unit": "0"},
        {"model": "generic", "unit": 256},
        {"model": "generic", "on_comms_loss": "open"},
        {"model": "generic", "poll": "soon"},
        {"model": "generic", "poll": "1ms"},
        {"model": "generic", "poll": "1m"},
        {"model": "moxa-e1212", "inputs": 4},
        {"model": "generic", "adress": 1},
    ],
)
def test_mistakes_are_refused(keys: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Config.model_validate(keys)


def test_scalars_may_be_text_as_the_admin_typed_them() -> None:
    config = Config.model_validate({"model": "generic", "unit": "7", "inputs": "12", "outputs": "0"})
    assert config.unit == 7
    assert (model_of(config).inputs, model_of(config).outputs) == (12, 0)
    assert "out1" not in points(config)


def test_two_devices_cannot_be_one_unit() -> None:
    with pytest.raises(ConfigError, match="unit 3 is both a and b"):
        Driver("north", (device("a", unit=3), device("b", unit=3)), Endpoint("/dev/null"))


def test_modules_may_share_a_serial_line() -> None:
    assert SHARED_LINE is True
