"""`limits`: how often, on how many days and after how long a pause the cards of some people work."""

from __future__ import annotations

from typing import Annotated

from config.scalars import counting, lasting
from config.shape import Shape, shaped
from config.tree import Place
from config.who import AnyWho, check_who, read_who
from rules.policy import LimitPolicy

_Count = Annotated[int, counting(1, 1_000_000)]


class LimitShape(Shape):
    """What bounds each card of these people. inactive_after: since its last grant."""

    who: AnyWho
    max_uses: _Count | None = None
    max_days: _Count | None = None
    inactive_after: Annotated[int, lasting("1h", "3650d")] | None = None


def read_limits(place: Place) -> tuple[LimitPolicy, ...]:
    found = []
    for name, at in place.entries():
        check_who(at / "who")
        shape = shaped(LimitShape, at)
        if shape is None:
            continue
        bounds = shape.max_uses, shape.max_days, shape.inactive_after
        if bounds == (None, None, None):
            at.wrong("bounds nothing: give max_uses, max_days or inactive_after")
        found.append(LimitPolicy(name, at.key, read_who(shape.who), *bounds))
    return tuple(found)
