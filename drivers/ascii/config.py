"""What an admin writes about an ASCII reader."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict

from rules.model.points import PointKind

_DURATION = re.compile(r"([1-9]\d{0,8})(ms|s|m|h)")
_UNITS = {"ms": 1_000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}


def duration(value: object) -> object:
    """`500ms`, `5s`, `2m`, `8h` as microseconds; anything else is left for pydantic to refuse."""
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value)
    if match is None:
        raise ValueError("expected a duration such as 500ms, 5s, 2m or 8h")
    return int(match[1]) * _UNITS[match[2]]


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


Duration = Annotated[int, BeforeValidator(duration)]


class CardFormat(StrEnum):
    """How the reader writes a card; docs/drivers/ascii.md has the bytes."""

    WIEGAND_HEX = "wiegand-hex"
    DECIMAL_26 = "decimal-26"
    STX_ETX_HEX = "stx-etx-hex"


class Config(BaseModel):
    """One reader. heartbeat: it says `H` at least this often; without one it lives as long as its line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: CardFormat
    em_bits: Annotated[Literal[32, 40], BeforeValidator(_number)] = (
        40  # stx-etx-hex: the printed number alone, or all five bytes
    )
    heartbeat: Duration | None = None
    repeat_gap: Duration | None = None  # the same card again within this is one read; None: the format's own
    keypad: bool = False
    tamper: bool = False
    feedback: Literal["none", "led-lines"] = "none"


def points(config: Config) -> dict[str, PointKind]:
    """The points of a reader: always `reader`, and what else is fitted."""
    found = {"reader": PointKind.READER}
    if config.keypad:
        found["keypad"] = PointKind.KEYPAD
    if config.tamper:
        found["tamper"] = PointKind.DETECTOR
    return found
