"""What an admin writes about a sensor on the broker."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from drivers.mqtt.presets import PRESETS, Preset
from rules.model.points import PointKind

_DURATION = re.compile(r"([1-9]\d{0,8})(ms|s|m|h)")
_UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


def _duration(value: object) -> object:
    """`500ms`, `5s`, `2m`, `8h` as microseconds; anything else is left for pydantic to refuse."""
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if match is None:
        raise ValueError("expected a duration such as 500ms, 5s, 2m or 8h")
    return int(match[1]) * _UNITS[match[2]]


def _topic(value: str) -> str:
    """A name inside a topic: no wildcards, no NUL, no empty level at its ends."""
    if not 1 <= len(value) <= 128 or value.strip("/") != value or re.search(r"[+#\x00]", value):
        raise ValueError("expected 1 to 128 characters without + and #, no / at the ends")
    return value


Topic = Annotated[str, AfterValidator(_topic)]


class Config(BaseModel):
    """One sensor. name, base: as in its topics; max_silence: us without a message after which it is lost.

    availability: `required`, or `none` where the bridge does not publish it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    preset: Literal["zigbee2mqtt"]
    name: Topic
    kind: Literal["contact", "motion"]
    max_silence: Annotated[int, BeforeValidator(_duration)] = 90 * 60_000_000
    base: Topic = "zigbee2mqtt"
    availability: Literal["required", "none"] = "required"

    @model_validator(mode="after")
    def _kind_of_preset(self) -> Config:
        if self.kind not in self.details.kinds:
            raise ValueError(f"preset {self.preset} has no kind {self.kind}")
        return self

    @property
    def details(self) -> Preset:
        return PRESETS[self.preset]


def points(config: Config) -> dict[str, PointKind]:
    """The points of a sensor by its kind."""
    return {name: point.kind for name, point in config.details.kinds[config.kind].items()}
