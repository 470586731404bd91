"""What an admin writes about an Elk M1."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from drivers.elk.messages import AREAS, OUTPUTS, ZONES
from rules.model.points import PointKind


def _expand(value: object) -> object:
    """A number means 1 to it; a list means what it holds."""
    if isinstance(value, str) and value.isdecimal():
        value = int(value)
    return list(range(1, value + 1)) if isinstance(value, int) and 0 <= value <= ZONES else value


def _within(most: int) -> Callable[[list[int]], list[int]]:
    def check(numbers: list[int]) -> list[int]:
        if any(not 1 <= number <= most for number in numbers):
            raise ValueError(f"expected numbers from 1 to {most}")
        if len(set(numbers)) != len(numbers):
            raise ValueError("a number is there twice")
        return sorted(numbers)

    return check


Zones = Annotated[list[int], BeforeValidator(_expand), AfterValidator(_within(ZONES))]
Outputs = Annotated[list[int], BeforeValidator(_expand), AfterValidator(_within(OUTPUTS))]
Areas = Annotated[list[int], AfterValidator(_within(AREAS))]


class Config(BaseModel):
    """One panel. zones, outputs: how many, or which; areas: which are reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    zones: Zones
    areas: Areas = [1]
    outputs: Outputs = []


def points(config: Config) -> dict[str, PointKind]:
    """`zone1`.. as detectors (the panel itself says normal or violated) and `out1`.. as outputs."""
    zones = {f"zone{n}": PointKind.DETECTOR for n in config.zones}
    return zones | {f"out{n}": PointKind.OUTPUT for n in config.outputs}
