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

_DURATION = re.compile(r"(\d{1,9})(ms|s|m|h|d)", re.ASCII)
_UNIT = {"ms": 1_000, "s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY}
_COUNT = re.compile(r"\d{1,9}", re.ASCII)
_RATE = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?%", re.ASCII)
_KEY = "ed25519:"

EVERYONE = "everyone"
"""Stands for everybody whom the directory knows, where a rule says whom it means."""


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


def duration(text: str, such: str = "500ms, 5s, 2m or 8h") -> int:
    """`500ms`, `5s`, `2m`, `8h`, `90d` as us. such: examples for the complaint."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"expected a duration such as {such}")
    return int(match[1]) * _UNIT[match[2]]


def lasting(least: str = "1ms", most: str = "24h") -> Typed:
    """A duration within bounds."""
    low, high = duration(least), duration(most)

    def parse(text: str) -> int:
        value = duration(text) if high <= DAY else duration(text, "8h or 90d")
        if value < low:
            raise ValueError(f"must be at least {least}")
        if value > high:
            raise ValueError(f"must be at most {most}")
        return value

    return Typed("a duration such as 5s", parse, {"type": "string", "pattern": r"^\d{1,9}(ms|s|m|h|d)$"})


def counting(least: int, most: int) -> Typed:
    """A whole number within bounds."""

    def parse(text: str) -> int:
        if _COUNT.fullmatch(text) is None:
            raise ValueError("expected a whole number")
        if not least <= int(text) <= most:
            raise ValueError(f"must be at {f'least {least}' if int(text) < least else f'most {most}'}")
        return int(text)

    return Typed("a whole number", parse, {"type": "integer", "minimum": least, "maximum": most})


def _rate(text: str) -> int:
    """`5%` or `0.25%` in millionths."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise ValueError("expected a share such as 5% or 0.5%")
    value = int(match[1]) * 10_000 + int((match[2] or "0").ljust(4, "0"))
    if not 0 < value <= 1_000_000:
        raise ValueError("must be more than 0% and at most 100%")
    return value


def _group(text: str) -> str:
    if text == EVERYONE:
        raise ValueError(f"{EVERYONE!r} is no group: name one")
    return _id(text)


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
Group = Annotated[str, Typed("the id of a group", _group, _STRING | {"pattern": f"^{ID.pattern}$"})]
Groups = Annotated[tuple[Group, ...], OneOrMore()]
Rate = Annotated[int, Typed("a share such as 5%", _rate, _STRING | {"pattern": r"^\d{1,3}(\.\d{1,4})?%$"})]
# Free text which an editor may take for a number or a flag; the language keeps it as typed.
Values = Annotated[
    tuple[Annotated[str, Typed("text", _text, {"type": ["string", "number", "boolean"]})], ...], OneOrMore()
]
