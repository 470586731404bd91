"""`two_person` and `escort`: who else has to ask before somebody passes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from config.scalars import SECOND, Group, Groups, lasting
from config.shape import Shape, Shorthand
from rules.policy import Escort, TwoPerson

_Window = Annotated[int, lasting("1s", "10m")]
_USUAL = 30 * SECOND


class TwoPersonShape(Shape):
    """Two ask within the window. second: one of them is of this group; without it one grant means both."""

    window: _Window = _USUAL
    second: Group | None = None


class EscortShape(Shape):
    """Somebody of these groups asks within the window, and comes along."""

    group: Groups
    window: _Window = _USUAL


@dataclass(frozen=True)
class _Plainly:
    """`true` stands for a mapping without keys, `false` for none at all."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_spelt_out, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "boolean"}, handler(schema)]}


def _spelt_out(value: object) -> object:
    if isinstance(value, str) and value not in ("true", "false"):
        raise ValueError("expected true, or a mapping of window and second")
    return {"true": {}, "false": None}[value] if isinstance(value, str) else value


AnyTwoPerson = Annotated[TwoPersonShape | None, _Plainly()]
AnyEscort = Annotated[EscortShape, Shorthand("group", Groups)]


def two_person(shape: TwoPersonShape | None) -> TwoPerson | None:
    return TwoPerson(shape.window, shape.second) if shape else None


def escort(shape: EscortShape | None) -> Escort | None:
    return Escort(frozenset(shape.group), shape.window) if shape else None
