"""What single values may look like: durations, times of day, ids, flags, keys. Text in, value out."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from rules.model.ids import ID, is_id

SECOND = 1_000_000
DAY = 86_400 * SECOND

_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h)", re.ASCII)
_UNIT = {"ms": 1_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND}
_KEY = "ed25519:"


@dataclass(frozen=True, eq=False)
class Typed:
    """A scalar of the language, for use in `Annotated`: parse raises ValueError with the whole complaint."""

    what: str
    parse: Callable[[str], Any]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)

    def _read(self, value: object) -> Any:
        if not isinstance(value, str):
            raise ValueError(f"expected {self.what}")
        return self.parse(value)


@dataclass(frozen=True)
class OneOrMore:
    """A list, or one item in its place; never an empty one."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        many = handler(schema)
        return {"anyOf": [many["items"], many]}


def _listed(value: object) -> object:
    if value == []:
        raise ValueError("the list is empty")
    return value if isinstance(value, list) else [value]


def duration(text: str) -> int:
    """`500ms`, `5s`, `2m`, `8h` as us, a day at most."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError("expected a duration such as 500ms, 5s, 2m or 8h")
    value = int(match[1]) * _UNIT[match[2]]
    if value > DAY:
        raise ValueError("must be at most 24h")
    return value


def lasting(least: str = "1ms", most: str = "24h") -> Typed:
    """A duration within bounds."""
    low, high = duration(least), duration(most)

    def parse(text: str) -> int:
        value = duration(text)
        if value < low:
            raise ValueError(f"must be at least {least}")
        if value > high:
            raise ValueError(f"must be at most {most}")
        return value

    return Typed("a duration such as 5s", parse, {"type": "string", "pattern": r"^\d{1,9}(ms|s|m|h)$"})


def _id(text: str) -> str:
    if not is_id(text):
        raise ValueError("expected an id: a-z first, then a-z, 0-9 and -, at most 63")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text


def is_point(text: str) -> bool:
    """True for the form `device.point`."""
    device, _, name = text.partition(".")
    return is_id(device) and bool(name)


def _point(text: str) -> str:
    if not is_point(text):
        raise ValueError("expected a point: device.point, such as lobby-io.in1")
    return text


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("expected true or false")
    return text == "true"


def _public_key(text: str) -> bytes:
    try:
        key = base64.b64decode(text.removeprefix(_KEY), validate=True)
    except binascii.Error:
        key = b""
    if not text.startswith(_KEY) or len(key) != 32:
        raise ValueError("expected an Ed25519 public key: ed25519:<base64 of 32 bytes>")
    if not any(key):
        raise ValueError("a key of zeros is nobody's key")
    return key


_STRING = {"type": "string"}

Id = Annotated[str, Typed("an id", _id, _STRING | {"pattern": f"^{ID.pattern}$"})]
Words = Annotated[str, Typed("text", _text, _STRING | {"minLength": 1})]
PointName = Annotated[str, Typed("a point: device.point", _point, _STRING | {"pattern": r"^[^.]+\..+$"})]
Flag = Annotated[bool, Typed("true or false", _flag, {"type": "boolean"})]
PublicKey = Annotated[bytes, Typed("a public key", _public_key, _STRING | {"pattern": r"^ed25519:[A-Za-z0-9+/]{43}=$"})]
Ids = Annotated[tuple[Id, ...], OneOrMore()]
