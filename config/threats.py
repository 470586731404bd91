"""`threat_levels` and `lockdown`: what is shut to whom when things get serious, and who passes a lockdown."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import RootModel

from config.access import DenyShape, Names, denial
from config.scalars import Id
from config.shape import Shape, shaped
from config.tree import Items, Place
from config.who import AnyWho, check_who, read_who
from rules.policy import Source, ThreatPolicy, Who
from rules.threat import NONE


class ThreatShape(Shape):
    """A threat level, with what it denies besides what the lower ones do."""

    level: Id
    deny: tuple[DenyShape, ...] = ()


class ThreatsShape(RootModel[tuple[ThreatShape, ...]]):
    """From the lowest to the highest."""


class LockdownShape(Shape):
    """exempt: who may still enter."""

    exempt: AnyWho


def read_threats(place: Place, names: Names) -> tuple[ThreatPolicy, ...]:
    """The levels in order; the first has rank 1."""
    if place.node is None:
        return ()
    for at in _denials(place):
        names.check(at)
    shape = shaped(ThreatsShape, place)
    if shape is None:
        return ()
    written: dict[str, Source] = {}
    for n, level in enumerate(shape.root):
        at = place / n / "level"
        first = written.setdefault(level.level, at.source)
        if first != at.source:
            at.wrong(f"level {level.level!r} is written twice, first at {first}")
        if level.level == NONE:
            at.wrong(f"{NONE!r} is what ends a threat level: name it differently")
    return tuple(_level(n, level, place / n, names) for n, level in enumerate(shape.root))


def _level(n: int, shape: ThreatShape, place: Place, names: Names) -> ThreatPolicy:
    restrictions = tuple(
        denial(f"{shape.level}[{k}]", (place / "deny" / k).source, place / "deny" / k, each, names)
        for k, each in enumerate(shape.deny)
    )
    return ThreatPolicy(shape.level, place.source, n + 1, restrictions)


def _denials(place: Place) -> Iterator[Place]:
    for n in range(_count(place)):
        denials = place / n / "deny"
        yield from (denials / k for k in range(_count(denials)))


def _count(place: Place) -> int:
    return len(place.node.items) if isinstance(place.node, Items) else 0


def read_lockdown(place: Place) -> Who | None:
    """Whom a lockdown lets pass, or None."""
    check_who(place / "exempt")
    shape = shaped(LockdownShape, place) if place.node is not None else None
    return read_who(shape.exempt) if shape else None
