"""The language as JSON Schema, for editors: generated from what the loader checks with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from config.access import DenyShape, MinimumShape, RuleShape
from config.areas import AreaShape, ZoneShape
from config.bus import BusShape
from config.calendar import HolidaysShape, IntervalShape
from config.devices import ReaderShape
from config.doors import DoorShape
from config.fire import FireShape
from config.lines import EndpointShape, LineShape
from config.operators import ControllerShape, OperatorShape
from config.site import SiteShape
from rules.model.driver import DriverSpec
from rules.model.ids import ID

_BY_ID: Mapping[str, type[BaseModel]] = {
    "operators": OperatorShape,
    "controllers": ControllerShape,
    "lines": LineShape,
    "areas": AreaShape,
    "zones": ZoneShape,
    "doors": DoorShape,
    "fire": FireShape,
    "access": RuleShape,
    "minimum": MinimumShape,
    "deny": DenyShape,
}

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def json_schema(drivers: Mapping[str, DriverSpec]) -> dict[str, Any]:
    """The schema of one file: every section optional, since a folder may split them. Names are not resolved."""
    single = _schema(SiteShape)["properties"]
    sections = {name: _by_id(_schema(shape)) for name, shape in _BY_ID.items()}
    sections |= {"bus": _schema(BusShape), "holidays": _schema(HolidaysShape)}
    sections["schedules"] = _by_id({"type": "array", "items": _schema(IntervalShape)})
    sections["devices"] = _by_id({"oneOf": [_device(spec) for spec in drivers.values()]})
    return {"$schema": DIALECT, "type": "object", "additionalProperties": False, "properties": single | sections}


def _by_id(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": f"^{ID.pattern}$"},
        "additionalProperties": entry,
    }


def _schema(shape: type[BaseModel]) -> dict[str, Any]:
    """One model's schema with its definitions put in their places."""
    schema = shape.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs", {})
    inlined: dict[str, Any] = _inline(schema, definitions)
    return inlined


def _inline(part: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(part, list):
        return [_inline(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        named = definitions[part["$ref"].rpartition("/")[2]]
        return _inline(named, definitions) | {k: v for k, v in part.items() if k != "$ref"}
    inlined = {key: _inline(value, definitions) for key, value in part.items() if key != "default"}
    return _without_null(inlined) if "anyOf" in inlined else inlined


def _without_null(part: dict[str, Any]) -> dict[str, Any]:
    """A key that may be left out is left out, never null."""
    choices = [choice for choice in part["anyOf"] if choice != {"type": "null"}]
    rest = {key: value for key, value in part.items() if key != "anyOf"}
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}


def _as_typed(part: Any) -> Any:
    """A driver gets every scalar as it was typed: where it wants a number it may read one from `5s`."""
    if isinstance(part, list):
        return [_as_typed(item) for item in part]
    if not isinstance(part, dict):
        return part
    loose = {key: _as_typed(value) for key, value in part.items()}
    if loose.get("type") in ("integer", "number"):
        loose["type"] = [loose["type"], "string"]
    return loose


def _device(spec: DriverSpec) -> dict[str, Any]:
    """A device of one driver: the driver's own keys, and those that every device may have."""
    own = _schema(spec.config)
    place = {} if spec.broker else _schema(EndpointShape)["properties"]
    common = _schema(ReaderShape)["properties"] | place | {"driver": {"const": spec.name}}
    return {
        "type": "object",
        "title": spec.name,
        "properties": _as_typed(own.get("properties", {})) | common,
        "required": ["driver", *own.get("required", [])],
        "additionalProperties": False,
    }
