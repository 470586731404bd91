"""Which named things of a policy are new, gone or other: what an admin wrote, before what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from rules.policy import Policy, Source

NOWHERE = Source("", 0, 0)
MOST_NAMES = 20


def outline(old: Policy, new: Policy) -> Iterator[str]:
    """A line for each section that changed, such as `access: new night; gone staff`. A rule that only moved is none."""
    for field in fields(Policy):
        before, after = _named(getattr(old, field.name)), _named(getattr(new, field.name))
        parts = (
            ("new", [name for name in after if name not in before]),
            ("gone", [name for name in before if name not in after]),
            ("changed", [name for name in after if name in before and after[name] != before[name]]),
        )
        said = [f"{word} {_list(names)}".strip() for word, names in parts if names]
        if said:
            yield f"{field.name}: {'; '.join(said)}"


def _named(value: Any) -> dict[str, Any]:
    """A section as its things by name; a single value has none."""
    if isinstance(value, Mapping):
        return {str(name): _placeless(item) for name, item in value.items()}
    if isinstance(value, tuple) and all(hasattr(item, "id") for item in value):
        return {item.id: _placeless(item) for item in value}
    return {"": _placeless(value)}


def _placeless(value: Any) -> Any:
    """Without the places it was written at: an edit above it moves them all."""
    if isinstance(value, tuple):
        return tuple(map(_placeless, value))
    if not is_dataclass(value) or isinstance(value, type):
        return value
    if isinstance(value, Source):
        return NOWHERE
    return replace(value, **{f.name: _placeless(getattr(value, f.name)) for f in fields(value)})


def _list(names: list[str]) -> str:
    names = sorted(names)
    more = len(names) - MOST_NAMES
    return ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
