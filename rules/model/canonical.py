"""The canonical form of values: frozen dataclasses to plain JSON values and back, driven by their type hints.

Canonical bytes: UTF-8 JSON, sorted keys, no spaces, no floats. Secrets become null; raw card bits are refused.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any

from rules.model.secret import CardBits, Secret

Plain = None | bool | int | str | list["Plain"] | dict[str, "Plain"]


def canonical_bytes(value: Any) -> bytes:
    """The one byte form of a plain value; raises TypeError on floats and anything not plain."""
    _refuse_floats(value)
    return plain_bytes(value)


def plain_bytes(value: Any) -> bytes:
    """The same for a value that `to_plain` gave, and which therefore holds no float."""
    return _ENCODER.encode(value).encode()


def _refuse_floats(value: Any) -> None:
    if type(value) is dict:
        for inner in value.values():
            _refuse_floats(inner)
    elif type(value) in (list, tuple):
        for inner in value:
            _refuse_floats(inner)
    elif isinstance(value, float):
        _refuse(value)


def _refuse(value: object) -> Plain:
    raise TypeError(f"not a plain value: {type(value).__name__}")


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_refuse)


@cache
def _field_names(cls: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(cls))


def to_plain(value: Any) -> Any:
    """A value made of frozen dataclasses, enums, tuples, frozensets, mappings and scalars, as plain JSON values."""
    cls: Any = type(value)
    if cls is str or cls is int or cls is bool or value is None:
        return value
    if isinstance(value, Enum):
        return value.value
    if cls is Secret:
        return None
    if is_dataclass(value) and cls is not CardBits:
        return {name: to_plain(getattr(value, name)) for name in _field_names(cls)}
    if cls is tuple:
        return [to_plain(v) for v in value]
    if cls is frozenset:
        return sorted(to_plain(v) for v in value)
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    raise TypeError(f"has no canonical form: {cls.__name__}")


def from_plain(cls: Any, plain: Any) -> Any:
    """The inverse of `to_plain` for a type; raises TypeError, KeyError or ValueError on anything else."""
    return _reader(cls)(plain)


@cache
def _reader(hint: Any) -> Callable[[Any], Any]:
    origin = typing.get_origin(hint)
    args = typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _optional_reader(args)
    if origin is tuple:
        return _tuple_reader(args)
    if origin is frozenset:
        inner = _reader(args[0])
        return lambda plain: frozenset(inner(v) for v in plain)
    return _plain_reader(hint)


def _optional_reader(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    (inner,) = (a for a in args if a is not type(None))
    read = _reader(inner)
    return lambda plain: None if plain is None else read(plain)


def _tuple_reader(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    if len(args) == 2 and args[1] is Ellipsis:
        inner = _reader(args[0])
        return lambda plain: tuple(inner(v) for v in plain)
    each = tuple(_reader(a) for a in args)
    return lambda plain: tuple(r(v) for r, v in zip(each, plain, strict=True))


def _plain_reader(cls: Any) -> Callable[[Any], Any]:
    if cls is Secret:
        return lambda plain: Secret("")
    if is_dataclass(cls) and isinstance(cls, type):
        return _record_reader(cls)
    if isinstance(cls, type) and issubclass(cls, Enum):
        return cls
    return _scalar_reader(cls)


def _scalar_reader(cls: type[Any]) -> Callable[[Any], Any]:
    def read(plain: Any) -> Any:
        if type(plain) is not cls:
            raise TypeError(f"expected {cls.__name__}, got {type(plain).__name__}")
        return plain

    return read


def _record_reader(cls: Any) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    readers = {name: _reader(hints[name]) for name in _field_names(cls)}

    def read(plain: Any) -> Any:
        return cls(**{name: readers[name](value) for name, value in plain.items()})

    return read
