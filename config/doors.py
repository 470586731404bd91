"""`doors`: everything about each door that one entry says; life safety is judged in `config.egress`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from config.egress import check_egress
from config.fittings import Fittings, LockShape, RexShape
from config.points import InputShape
from config.scalars import SECOND, Groups, Id, Ids, OneOrMore, Words, lasting
from config.shape import Shape, Shorthand, shaped
from config.tree import Place
from rules.policy import Direction, DoorPolicy, EgressBy, Input, Lock, Relock, Rex

_WAYS = {
    "none": frozenset[Direction](),
    "in": frozenset({Direction.IN}),
    "out": frozenset({Direction.OUT}),
    "both": frozenset({Direction.IN, Direction.OUT}),
}
_Time = Annotated[int, lasting()]


class UnlockShape(Shape):
    """The schedule that holds a door open for everybody. after: once somebody of these groups came in by it."""

    when: Id
    after: Groups = ()


class DoorShape(Shape):
    """A door as written. Times left out follow from the others."""

    between: Annotated[tuple[Id, ...], Field(min_length=2, max_length=2)]
    reader_in: Ids = ()
    reader_out: Ids = ()
    lock: LockShape | None = None
    controller: Id | None = None
    contact: Annotated[tuple[InputShape, ...], OneOrMore()] = ()
    rex: Annotated[tuple[RexShape, ...], OneOrMore()] = ()
    tamper: Annotated[tuple[InputShape, ...], OneOrMore()] = ()
    egress: Literal["none", "in", "out", "both"] = "none"
    egress_by: EgressBy | None = None
    accepted: Words | None = None
    emergency_release: InputShape | None = None
    release_time: Annotated[int, lasting("3s", "1h")] = 5 * SECOND
    extended_release_time: Annotated[int, lasting("3s", "1h")] | None = None
    open_time: _Time = 20 * SECOND
    extended_open_time: _Time | None = None
    pre_alarm_time: Annotated[int, lasting("0s")] | None = None
    relock: Relock = Relock.ON_CLOSE
    unlock: Annotated[UnlockShape, Shorthand("when", Id)] | None = None
    blocked: Id | None = None
    tags: Ids = ()
    journal: Literal["best_effort", "required"] = "best_effort"


@dataclass(frozen=True, slots=True)
class _Parts:
    """What a door is fitted with, resolved."""

    lock: Lock | None
    contacts: tuple[Input, ...]
    rex: tuple[Rex, ...]
    tamper: tuple[Input, ...]
    emergency_release: Input | None


def read_doors(top: Place, fittings: Fittings, schedules: Mapping[str, object]) -> dict[str, DoorPolicy]:
    """Every door that could be read; what is wrong with the others is reported."""
    found: dict[str, DoorPolicy] = {}
    for name, place in (top / "doors").entries():
        _check_names(name, place, top, fittings, schedules)
        shape = shaped(DoorShape, place)
        if shape is None:
            fittings.points.glance(place)
            continue
        parts = _parts(name, shape, place, fittings)
        _check_readers(shape, place, fittings)
        _check_work(shape, place)
        _check_times(shape, place)
        check_egress(shape, place)
        found[name] = _door(name, shape, place, parts)
    return found


def _door(name: str, shape: DoorShape, place: Place, parts: _Parts) -> DoorPolicy:
    quarter = shape.open_time // 4
    return DoorPolicy(
        id=name,
        source=place.key,
        between=(shape.between[0], shape.between[1]),
        readers_in=shape.reader_in,
        readers_out=shape.reader_out,
        lock=parts.lock,
        contacts=parts.contacts,
        rex=parts.rex,
        egress=_WAYS[shape.egress],
        egress_by=shape.egress_by,
        emergency_release=parts.emergency_release,
        tamper=parts.tamper,
        release_time=shape.release_time,
        extended_release_time=shape.extended_release_time or 2 * shape.release_time,
        open_time=shape.open_time,
        extended_open_time=shape.extended_open_time or 2 * shape.open_time,
        pre_alarm_time=quarter if shape.pre_alarm_time is None else shape.pre_alarm_time,
        relock=shape.relock,
        unlock=shape.unlock.when if shape.unlock else None,
        journal_required=shape.journal == "required",
        controller=shape.controller,
        unlock_after=frozenset(shape.unlock.after) if shape.unlock else frozenset(),
        blocked=shape.blocked,
        tags=frozenset(shape.tags),
    )


def _parts(name: str, shape: DoorShape, place: Place, fittings: Fittings) -> _Parts:
    return _Parts(
        lock=fittings.lock(name, shape.lock, place / "lock") if shape.lock else None,
        contacts=_inputs(shape.contact, place / "contact", fittings),
        rex=tuple(
            rex for n, each in enumerate(shape.rex) if (rex := fittings.rex(each, place / "rex" / n)) is not None
        ),
        tamper=_inputs(shape.tamper, place / "tamper", fittings),
        emergency_release=fittings.points.input(shape.emergency_release, place / "emergency_release")
        if shape.emergency_release
        else None,
    )


def _inputs(shapes: Iterable[InputShape], place: Place, fittings: Fittings) -> tuple[Input, ...]:
    found = (fittings.points.input(shape, place / n) for n, shape in enumerate(shapes))
    return tuple(each for each in found if each is not None)


def _check_names(door: str, place: Place, top: Place, fittings: Fittings, schedules: Mapping[str, object]) -> None:
    """What the door at `place` names must exist, whatever else is wrong with it."""
    known: tuple[tuple[Place, str, tuple[str, ...]], ...] = (
        (place / "between", "area", (top / "areas").names()),
        (place / "unlock", "schedule", tuple(schedules)),
        (place / "unlock" / "when", "schedule", tuple(schedules)),
        (place / "blocked", "schedule", tuple(schedules)),
        (place / "controller", "controller", (top / "controllers").names()),
    )
    for said, kind, names in known:
        for name, at in said.texts():
            at.known(name, kind, names)
    for key in ("reader_in", "reader_out"):
        for name, at in (place / key).texts():
            fittings.reader(door, name, at)


def _check_readers(shape: DoorShape, place: Place, fittings: Fittings) -> None:
    for key, readers in (("reader_in", shape.reader_in), ("reader_out", shape.reader_out)):
        for n, reader in enumerate(readers):
            if shape.controller is not None and reader != shape.controller:
                (place / key / n).wrong(f"the lock is worked by controller {shape.controller!r}: only it can read here")
    if shape.between[0] == shape.between[1]:
        (place / "between").wrong("a door is between two different areas")
    fittings.check_outside(shape.reader_in, shape, place)


def _check_work(shape: DoorShape, place: Place) -> None:
    """Somebody works the lock: one of our outputs, or a controller of its own."""
    if shape.lock is None and shape.controller is None:
        place.wrong("key 'lock' is missing")
    if shape.controller is None:
        return
    if shape.lock is not None:
        (place / "lock").misnamed("the lock is worked by the controller: leave one of the two out")
    if shape.unlock is not None:
        (place / "unlock").misnamed("the lock is worked by the controller: it cannot be held open from here")
    for n, rex in enumerate(shape.rex):
        if rex.unlocks:
            (place / "rex" / n / "unlocks").wrong("the lock is worked by the controller: it cannot unlock")


def _check_times(shape: DoorShape, place: Place) -> None:
    if shape.pre_alarm_time is not None and shape.pre_alarm_time >= shape.open_time:
        (place / "pre_alarm_time").wrong("must be less than open_time")
    if shape.extended_release_time is not None and shape.extended_release_time < shape.release_time:
        (place / "extended_release_time").wrong("must be at least release_time")
    if shape.extended_open_time is not None and shape.extended_open_time < shape.open_time:
        (place / "extended_open_time").wrong("must be at least open_time")
