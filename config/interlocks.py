"""`interlocks` and `inspections`: doors that wait for each other, and people who are picked out at random."""

from __future__ import annotations

from typing import Annotated

from pydantic import RootModel

from config.access import Names, ScopeShape
from config.scalars import SECOND, Id, Ids, Rate, lasting
from config.shape import shaped
from config.tree import Place
from config.who import read_who
from rules.policy import InspectionPolicy, InterlockPolicy


class InterlockShape(RootModel[Ids]):
    """Doors of which no more than one may be open at a time."""


class InspectionShape(ScopeShape):
    """rate: how many of those who pass; window: how long one stays picked who was."""

    when: Id = "always"
    rate: Rate
    window: Annotated[int, lasting("1s", "24h")] = 600 * SECOND


def read_interlocks(place: Place, doors: tuple[str, ...]) -> tuple[InterlockPolicy, ...]:
    found = []
    for name, at in place.entries():
        for door, named in at.texts():
            named.known(door, "door", doors)
        shape = shaped(InterlockShape, at)
        if shape is None:
            continue
        for n, door in enumerate(shape.root):
            if door in shape.root[:n]:
                (at / n).wrong(f"door {door!r} is named twice")
        if len(set(shape.root)) < 2:
            at.wrong("expected at least two doors")
        found.append(InterlockPolicy(name, at.key, shape.root))
    return tuple(found)


def read_inspections(place: Place, names: Names) -> tuple[InspectionPolicy, ...]:
    found = []
    for name, at in place.entries():
        names.check(at)
        shape = shaped(InspectionShape, at)
        if shape is not None:
            who, ways = read_who(shape.who), names.ways(shape, at)
            found.append(InspectionPolicy(name, at.key, who, ways, shape.rate, shape.when, shape.window))
    return tuple(found)
