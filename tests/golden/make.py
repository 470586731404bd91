"""`python -m tests.golden.make`: a golden file for every event type and version that has none. None is rewritten.

A golden file holds the stored bytes of one event as some version of Doorward wrote them. The journal keeps such bytes
for years: a change that cannot read them any more, or reads them as something else, is a new `v` with an upcaster.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from pathlib import Path
from typing import Any

from rules.model.signals import DeadlineReached
from rules.model.stamp import ClockState, Stamp
from rules.record import EVENT_TYPES, envelope

FOLDER = Path(__file__).parent
STAMP = Stamp(1_234_567_890, 1_795_420_800_000_000, ClockState.OK, "00112233445566778899aabbccddeeff")


def path(name: str, version: int) -> Path:
    return FOLDER / f"{name}.v{version}.json"


def sample(name: str) -> Any:
    """One event of a type, every field filled, and no two alike where that can be."""
    cls = EVENT_TYPES[name]
    hints = typing.get_type_hints(cls)
    fields = [field for field in dataclasses.fields(cls) if field.init]
    return cls(**{f.name: _value(f.name, hints[f.name], number) for number, f in enumerate(fields, 1)})


def _value(name: str, hint: Any, number: int) -> Any:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _value(name, next(a for a in args if a is not type(None)), number)
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return (_value(name, args[0], number), _value(f"{name}-b", args[0], number + 1))
    if origin is tuple:
        return tuple(_value(f"{name}-{n}", arg, number + n) for n, arg in enumerate(args))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[number % len(hint)]
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        parts = typing.get_type_hints(hint)
        named = enumerate(dataclasses.fields(hint), number)
        return hint(**{f.name: _value(f"{name}-{f.name}", parts[f.name], n) for n, f in named})
    values: dict[Any, Any] = {str: f"{name}-é", int: number * 1_000_001, bool: number % 2 == 1}
    return values[hint]


def golden(name: str) -> bytes:
    """The stored bytes of the sample, as the first event of its signal's group."""
    return envelope(sample(name), STAMP, DeadlineReached("held:front"))


def main() -> None:
    for name in sorted(EVENT_TYPES):
        file = path(name, EVENT_TYPES[name].V)
        if not file.exists():
            file.write_bytes(golden(name))
            print(f"new: {file.name}")  # noqa: T201


if __name__ == "__main__":
    main()
