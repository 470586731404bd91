"""Points by name: whether they exist, of what kind they are, and what was said of each before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Literal

from config.scalars import PointName, is_point
from config.shape import Shape
from config.tree import Items, Place
from rules.model.ids import device_of
from rules.model.points import PointKind, Sensed
from rules.policy import DevicePolicy, Input, Source

_INPUTS = (PointKind.CIRCUIT, PointKind.DETECTOR)
_A = {
    PointKind.CIRCUIT: "an input",
    PointKind.DETECTOR: "an input",
    PointKind.OUTPUT: "an output",
    PointKind.READER: "a reader",
    PointKind.KEYPAD: "a keypad",
}
_NUMBERED = re.compile(r"(.*?)(\d*)")


class InputShape(Shape):
    """An input and, for a circuit, which of its states is the active one."""

    input: PointName
    active: Literal["open", "closed"] | None = None


class Points:
    """The points of all devices. A device that is wrong is None: what names it is not complained about again."""

    def __init__(self, devices: Mapping[str, DevicePolicy | None]) -> None:
        self._devices = devices
        self._polarity: dict[str, tuple[Sensed | None, Source]] = {}

    def input(self, shape: InputShape, place: Place) -> Input | None:
        """The input with its polarity, or None after reporting."""
        kind = self._kind(shape.input, place / "input", _INPUTS)
        if kind is None or not _polarity_fits(kind, shape, place):
            return None
        active = None if shape.active is None else Sensed(shape.active)
        first, where = self._polarity.setdefault(shape.input, (active, (place / "input").source))
        if first is not active:
            (place / "active").wrong(f"{shape.input!r} is active when {first} at {where}")
            return None
        return Input(shape.input, active)

    def output(self, name: str, place: Place) -> bool:
        """True if `name` is an output; else reported."""
        return self._kind(name, place, (PointKind.OUTPUT,)) is not None

    def glance(self, place: Place) -> None:
        """Report points that do not exist anywhere under `place`, whose own form is wrong already."""
        for key in place.names():
            for name, at in (place / key).texts():
                if key in ("input", "output") and is_point(name):
                    self._kind(name, at, _INPUTS if key == "input" else (PointKind.OUTPUT,))
            self.glance(place / key)
        if isinstance(place.node, Items):
            for n in range(len(place.node.items)):
                self.glance(place / n)

    def _kind(self, name: str, place: Place, wanted: tuple[PointKind, ...]) -> PointKind | None:
        device = device_of(name)
        if not place.known(device, "device", tuple(self._devices)):
            return None
        policy = self._devices[device]
        if policy is None:
            return None
        point = name[len(device) + 1 :]
        kind = policy.points.get(point)
        if kind is None:
            place.wrong(f"no point {point!r} on {device} (has {listing(policy.points)})")
        elif kind not in wanted:
            place.wrong(f"{name!r} is {_A[kind]}, not {_A[wanted[0]]}")
            return None
        return kind


def _polarity_fits(kind: PointKind, shape: InputShape, place: Place) -> bool:
    if kind is PointKind.CIRCUIT and shape.active is None:
        place.wrong(f"key 'active' is missing: {shape.input!r} is a circuit, open or closed when active")
        return False
    if kind is PointKind.DETECTOR and shape.active is not None:
        (place / "active").misnamed(f"{shape.input!r} says itself when it is active: leave 'active' out")
        return False
    return True


def listing(names: Iterable[str]) -> str:
    """`in1..in8, out1..out4, tamper`: runs of numbered names by their ends."""
    parts = []
    for prefix, group in groupby((_split(name) for name in names), key=lambda part: part[0]):
        parts += [f"{prefix}{a}" if a == b else f"{prefix}{a}..{prefix}{b}" for a, b in _runs(n for _, n in group)]
    return ", ".join(parts) or "none"


def _split(name: str) -> tuple[str, str]:
    match = _NUMBERED.fullmatch(name)
    assert match is not None
    return match[1], match[2]


def _runs(numbers: Iterable[str]) -> list[tuple[str, str]]:
    """First and last of each run of consecutive numbers."""
    runs: list[tuple[str, str]] = []
    for number in numbers:
        if runs and number and runs[-1][1] and int(number) == int(runs[-1][1]) + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
