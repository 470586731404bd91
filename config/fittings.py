"""Locks, requests to exit and readers of doors: what they are made of, and who has them already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Protocol

from config.points import InputShape, Points
from config.scalars import SECOND, Flag, PointName, lasting
from config.shape import Shape
from config.tree import Place
from rules.model.ids import device_of
from rules.model.points import PointKind
from rules.policy import DevicePolicy, Lock, Rex, Source


class LockShape(Shape):
    """The output that works a lock. energise: what current does; on_power_loss: what its absence does."""

    output: PointName
    energise: Literal["to_unlock", "to_lock"]
    on_power_loss: Literal["safe", "secure"]


class RexShape(InputShape):
    """A request to exit."""

    kind: Literal["button", "pir", "handle"]
    unlocks: Flag
    max_active: Annotated[int, lasting("1s", "1h")] = 60 * SECOND


class Fitted(Protocol):
    """The parts of a door's shape that are wired to modules."""

    @property
    def lock(self) -> LockShape | None: ...
    @property
    def rex(self) -> tuple[RexShape, ...]: ...


class Fittings:
    """What doors may be fitted with; each output locks one door, each reader serves one way through one door."""

    def __init__(
        self, points: Points, devices: Mapping[str, DevicePolicy | None], controllers: tuple[str, ...]
    ) -> None:
        self.points = points
        self._devices = devices
        self._controllers = controllers
        self._locks: dict[str, tuple[str, Source]] = {}
        self._readers: dict[str, tuple[str, Source]] = {}

    def lock(self, door: str, shape: LockShape, place: Place) -> Lock | None:
        if shape.energise == "to_lock" and shape.on_power_loss == "secure":
            (place / "on_power_loss").wrong("a lock that current holds shut (to_lock) is open without it: safe")
        at = place / "output"
        if not self.points.output(shape.output, at):
            return None
        other, where = self._locks.setdefault(shape.output, (door, at.source))
        if other != door:
            at.wrong(f"{shape.output!r} already locks door {other!r}, at {where}")
        return Lock(shape.output, shape.energise == "to_unlock", shape.on_power_loss)

    def rex(self, shape: RexShape, place: Place) -> Rex | None:
        sensed = self.points.input(shape, place)
        return Rex(sensed, shape.kind, shape.unlocks, shape.max_active) if sensed else None

    def reader(self, door: str, name: str, place: Place) -> None:
        """Report a name that is no reader, or a reader that is taken."""
        if name in self._readers:
            other, where = self._readers[name]
            place.wrong(f"reader {name!r} already serves door {other!r}, at {where}")
        self._readers.setdefault(name, (door, place.source))
        if name in self._controllers:
            return
        device = self._devices.get(name)
        if device is not None and PointKind.READER not in device.points.values():
            place.wrong(f"device {name!r} has no reader")
        elif name not in self._devices:
            place.known(name, "reader", self._names())

    def _names(self) -> tuple[str, ...]:
        readers = (n for n, d in self._devices.items() if d and PointKind.READER in d.points.values())
        return (*readers, *self._controllers)

    def check_outside(self, readers: tuple[str, ...], door: Fitted, place: Place) -> None:
        """Who opens a reader on the outside must not find the wires of the lock or of the exit button in it."""
        wires = [(door.lock.output, place / "lock" / "output", "lock")] if door.lock else []
        wires += [(r.input, place / "rex" / n / "input", "rex") for n, r in enumerate(door.rex)]
        for point, at, what in wires:
            if device_of(point) in readers:
                at.wrong(f"the {what} is wired to {device_of(point)!r}, the reader outside this door")
