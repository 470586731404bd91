"""The language as JSON Schema, for editors: generated from what the loader checks with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, BeforeValidator

from config.access import AccessShape, DenyShape
from config.areas import AreaShape, ZoneShape
from config.bus import BusShape
from config.calendar import HolidaysShape, IntervalShape, TermShape
from config.devices import ReaderShape
from config.doors import DoorShape
from config.expect import SHAPES as EXPECTATIONS
from config.fire import FireShape
from config.groups import GroupShape
from config.interlocks import InspectionShape, InterlockShape
from config.limits import LimitShape
from config.lines import EndpointShape, LineShape
from config.minimum import MinimumsShape
from config.operators import ControllerShape, OperatorShape
from config.overlays import OverlayShape
from config.site import SiteShape
from config.threats import LockdownShape, ThreatsShape
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
    "groups": GroupShape,
    "access": AccessShape,
    "minimum": MinimumsShape,
    "deny": DenyShape,
    "limits": LimitShape,
    "interlocks": InterlockShape,
    "inspections": InspectionShape,
    "overlays": OverlayShape,
}
_WHOLE: Mapping[str, type[BaseModel]] = {
    "bus": BusShape,
    "holidays": HolidaysShape,
    "threat_levels": ThreatsShape,
    "lockdown": LockdownShape,
}

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SELF_MADE = "WhoShape"
"""The one shape that may hold itself, and so has a name in the schema."""


def json_schema(drivers: Mapping[str, DriverSpec]) -> dict[str, Any]:
    """The schema of one file: every section optional, since a folder may split them. Names are not resolved."""
    single = _schema(SiteShape)["properties"]
    sections = {name: _by_id(_schema(shape)) for name, shape in _BY_ID.items()}
    sections |= {name: _schema(shape) for name, shape in _WHOLE.items()}
    intervals = {"type": "array", "items": _schema(IntervalShape)}
    sections["schedules"] = _by_id({"anyOf": [intervals, _schema(TermShape)]})
    sections["expect"] = {"type": "array", "items": {"anyOf": [_schema(shape) for shape in EXPECTATIONS]}}
    sections["devices"] = _by_id({"oneOf": [_device(spec) for spec in drivers.values()]})
    return {
        "$schema": DIALECT,
        "type": "object",
        "additionalProperties": False,
        "properties": single | sections,
        "$defs": {_SELF_MADE: _who()},
    }


def _who() -> dict[str, Any]:
    definitions = GroupShape.model_json_schema(by_alias=True)["$defs"]
    found: dict[str, Any] = _inline(definitions[_SELF_MADE], definitions)
    return found


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
        name = part["$ref"].rpartition("/")[2]
        if name == _SELF_MADE:
            return {"$ref": f"#/$defs/{_SELF_MADE}"}
        return _inline(definitions[name], definitions) | _inline(_less(part, "$ref"), definitions)
    kept = {key: _inline(value, definitions) for key, value in _less(part, "properties").items()}
    if "properties" in part:
        kept["properties"] = {key: _inline(value, definitions) for key, value in part["properties"].items()}
    return _flat(kept) if "anyOf" in kept else kept


def _less(part: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Without a key, the titles that only repeat names, and defaults, which are not as one would type them."""
    return {name: value for name, value in part.items() if name not in (key, "default", "title")}


def _flat(part: dict[str, Any]) -> dict[str, Any]:
    """Choices within choices made one list of them; a key that may be left out is left out, never null."""
    rest = {key: value for key, value in part.items() if key != "anyOf"}
    choices: list[dict[str, Any]] = []
    for choice in part["anyOf"]:
        choices += choice["anyOf"] if tuple(choice) == ("anyOf",) else [choice]
    kept = [choice for n, choice in enumerate(choices) if choice != {"type": "null"} and choice not in choices[:n]]
    return {**rest, **kept[0]} if len(kept) == 1 else {**rest, "anyOf": kept}


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


def _loosen(properties: dict[str, Any], name: str) -> None:
    """What a driver reads by itself first may be written as one value, too, whatever it becomes."""
    properties[name] = {"anyOf": [properties[name], {"type": ["string", "integer"]}]}


def _device(spec: DriverSpec) -> dict[str, Any]:
    """A device of one driver: the driver's own keys, and those that every device may have."""
    own = _schema(spec.config)
    for name, field in spec.config.model_fields.items():
        if any(isinstance(each, BeforeValidator) for each in field.metadata):
            _loosen(own["properties"], field.alias or name)
    place = {} if spec.broker else _schema(EndpointShape)["properties"]
    common = _schema(ReaderShape)["properties"] | place | {"driver": {"const": spec.name}}
    return {
        "type": "object",
        "title": spec.name,
        "properties": _as_typed(own.get("properties", {})) | common,
        "required": ["driver", *own.get("required", [])],
        "additionalProperties": False,
    }
