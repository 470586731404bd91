"""Payloads to values: JSON objects, `online`, time stamps. Pure; anything unreadable is None or UNKNOWN."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drivers.mqtt.presets import Point
from rules.model.points import Sensed

SIZE_LIMIT = 64 * 1024
_MISSING = object()


def read_object(payload: bytes) -> dict[str, Any] | None:
    """The JSON object in a payload, or None."""
    value = _json(payload)
    return value if isinstance(value, dict) else None


def read_word(payload: bytes) -> str | None:
    """`online` of `{"state": "online"}` or of plain text."""
    value = _json(payload)
    if isinstance(value, dict):
        value = value.get("state")
    if value is None and len(payload) <= 64:
        value = payload.decode(errors="replace").strip()
    return value if isinstance(value, str) else None


def read_point(point: Point, payload: Mapping[str, Any]) -> Sensed | None:
    """What a payload says of a point; None where it says nothing, UNKNOWN where it makes no sense."""
    for field in point.fields:
        value = _at(payload, field.path)
        if value is _MISSING:
            continue
        if field.low is None:
            return field.states.get(json.dumps(value), Sensed.UNKNOWN)
        if type(value) not in (int, float):
            return Sensed.UNKNOWN
        return Sensed.ACTIVE if value <= field.low else Sensed.NORMAL
    return None


def read_time(payload: Mapping[str, Any], path: tuple[str, ...]) -> float | None:
    """A time stamp, s since 1970: ISO 8601 with its zone, or milliseconds as a number; else None."""
    value = _at(payload, path)
    if type(value) in (int, float):
        return float(value) / 1000
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment.timestamp() if moment.tzinfo is not None else None


def _at(payload: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        if not isinstance(payload, dict) or key not in payload:
            return _MISSING
        payload = payload[key]
    return payload


def _json(payload: bytes) -> Any:
    if len(payload) > SIZE_LIMIT:
        return None
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None
