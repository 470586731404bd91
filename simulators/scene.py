"""The parts a simulated day is written in: steps with what must follow, strands of them side by side, scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.expect import Seen, seen
from simulators.site import READERS


@dataclass(frozen=True, slots=True)
class Step:
    """One act of `simulators.acts`, and the events that must follow it."""

    act: str
    args: tuple[Any, ...] = ()
    then: tuple[Seen, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join(str(part) for part in (self.act, *self.args))


@dataclass(frozen=True, slots=True)
class Scene:
    """at: local time `HH:MM` it begins; strands run side by side, the steps of each one after the other.

    seconds: about how long it takes.
    """

    at: str
    title: str
    seconds: float
    strands: tuple[tuple[Step, ...], ...]


def do(act: str, *args: Any, then: tuple[Seen, ...] | Seen = (), **options: Any) -> Step:
    return Step(act, args, (then,) if isinstance(then, Seen) else then, options)


def enters(person: str, reader: str, *also: Seen, **options: Any) -> Step:
    """A badge that is granted, and the way through the door. also: what else follows."""
    door = READERS[reader]
    then = (
        seen("access_granted", person=person, reader=reader),
        seen("door_opened", door=door, authorised=True),
        seen("access_taken", person=person, door=door),
        seen("door_closed", door=door),
        *also,
    )
    return Step("badge", (person, reader), then, options)


def refused(person: str, reader: str, reason: str, **options: Any) -> Step:
    """A badge that is denied for this reason."""
    who = None if person == "unknown" else person
    denial = seen("access_denied", person=who, reader=reader, reason=reason)
    return Step("turned_away", (person, reader), (denial,), options)


def asks(verb: str, target: str, *then: Seen, refusal: str = "", **args: Any) -> Step:
    """A signed request of the demo's operator."""
    recorded = () if refusal else (seen("request_accepted", verb=verb, target=target, who="amira"),)
    return Step("ask", (verb, target), (*recorded, *then), {"refusal": refusal, "args": args})


def raised(alarm: str, **options: Any) -> Seen:
    return seen("alarm_raised", alarm=alarm, **options)


def returned(alarm: str, **options: Any) -> Seen:
    return seen("alarm_returned", alarm=alarm, **options)


def attended(alarm: str, *, latching: bool = True) -> tuple[Step, ...]:
    """Acknowledged, and reset where it latches."""
    taken = asks("acknowledge", alarm, seen("alarm_acknowledged", alarm=alarm))
    return (taken, asks("reset", alarm, seen("alarm_reset", alarm=alarm))) if latching else (taken,)
