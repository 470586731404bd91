"""What an admin writes of one Modbus module, and the points it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from drivers.modbus.models import MODELS, Model, OnCommsLoss
from rules.model.points import PointKind

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s)?")
_UNIT_OF = {"ms": 0.001, "s": 1.0, None: 1.0}


def seconds(value: object) -> object:
    """Seconds of `50ms`, `0.2s` or `0.2`; anything else is left for pydantic to refuse."""
    if not isinstance(value, str):
        return value
    found = _DURATION.fullmatch(value.strip())
    return float(found[1]) * _UNIT_OF[found[2]] if found else value


Duration = Annotated[float, BeforeValidator(seconds)]


class Config(BaseModel):
    """One module. poll: seconds between two reads; default 0.05 on TCP, 0.1 on a serial line.

    inputs, outputs: how many of each, for the `generic` model only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    unit: int = Field(default=1, ge=1, le=255)
    on_comms_loss: OnCommsLoss = "lock"
    poll: Duration | None = Field(default=None, ge=0.01, le=10)
    inputs: int | None = Field(default=None, ge=0, le=256)
    outputs: int | None = Field(default=None, ge=0, le=256)

    @field_validator("model")
    @classmethod
    def _known(cls, model: str) -> str:
        if model not in MODELS:
            raise ValueError(f"no model {model!r} (there are: {', '.join(sorted(MODELS))})")
        return model

    @model_validator(mode="after")
    def _counts(self) -> Self:
        if self.model != "generic" and (self.inputs is not None or self.outputs is not None):
            raise ValueError("inputs and outputs are given for the generic model only")
        return self


def model_of(config: Config) -> Model:
    """The map of the configured module, with the generic model's own counts."""
    model = MODELS[config.model]
    return replace(
        model,
        inputs=model.inputs if config.inputs is None else config.inputs,
        outputs=model.outputs if config.outputs is None else config.outputs,
    )


def points(config: Config) -> Mapping[str, PointKind]:
    """`in1`..`inN` are circuits, `out1`..`outN` outputs."""
    model = model_of(config)
    inputs = {f"in{n}": PointKind.CIRCUIT for n in range(1, model.inputs + 1)}
    outputs = {f"out{n}": PointKind.OUTPUT for n in range(1, model.outputs + 1)}
    return inputs | outputs
