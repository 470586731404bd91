"""What a passage asks, and what doors and areas are set to, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from rules.answers.ask import Ask, Option
from rules.answers.diff.names import NOBODY
from rules.members import EVERYBODY
from rules.model.points import Sensed
from rules.policy import Source

SECOND = 1_000_000


def ask_words(ask: Ask | None, called: Mapping[str, str]) -> str:
    """`card+pin with a second person of guards within 30 s`; called: what classes are called."""
    if ask is None:
        return "nothing"
    options = [_option(option, called) for option in ask.by_card]
    alone = f", or {_option(ask.by_pin[-1], called)} alone" if ask.by_pin and ask.by_pin != ask.by_card else ""
    return ", else ".join(options) + alone


def _option(option: Option, called: Mapping[str, str]) -> str:
    parts = ["+".join(sorted(option.factors)) or "card"]
    for second in sorted(option.seconds, key=repr):
        of = f" of {name(second.of, called)}" if second.of else ""
        parts.append(f"with a second person{of} within {duration(second.window)}")
    for company in sorted(option.escorts, key=repr):
        parts.append(f"with an escort of {_any_of(company.groups, called)} within {duration(company.window)}")
    if option.firsts:
        groups = {group for first in option.firsts for group in first.groups}
        parts.append(f"once somebody of {_any_of(groups, called)} is in")
    return " ".join(parts)


def _any_of(groups: Iterable[str], called: Mapping[str, str]) -> str:
    return " or ".join(sorted(name(group, called) for group in groups)) or "nobody"


def name(group: str, called: Mapping[str, str]) -> str:
    """What a class is called."""
    return "everybody" if group == EVERYBODY else called.get(group, group).removeprefix(NOBODY)


def duration(us: int) -> str:
    """`90 s`, `5 min`, `8 h`, `3 days`."""
    for size, unit in ((86_400 * SECOND, "day"), (3600 * SECOND, "h"), (60 * SECOND, "min"), (SECOND, "s")):
        if (us >= 2 * size and us % size == 0) or us == size:
            return f"{us // size} {unit}{'s' if unit == 'day' and us != size else ''}"
    return f"{us / SECOND:g} s"


_TIMES = frozenset({"entry_delay", "exit_delay", "inactive_after", "max_active", "window"})


def value_words(field: str, value: Any) -> str:
    """A setting as a person reads it."""
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case int():
            return duration(value) if field.endswith("_time") or field in _TIMES else str(value)
        case Sensed() | Enum():
            return str(value.value)
        case frozenset():
            return ", ".join(sorted(value_words(field, each) for each in value)) or "none"
        case tuple() if not is_dataclass(value):
            return ", ".join(value_words(field, each) for each in value) or "none"
        case bytes():
            return f"{value.hex()[:12]}..."
    return _record(value) if is_dataclass(value) else str(value)


def _record(value: Any) -> str:
    said = ((each.name, getattr(value, each.name)) for each in fields(value))
    return " ".join(f"{name} {value_words(name, part)}" for name, part in said if not isinstance(part, Source))
