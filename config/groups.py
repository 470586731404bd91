"""`groups`: groups made of other groups and of whoever has some attributes; none of them of itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from pydantic import RootModel

from config.scalars import EVERYONE
from config.shape import shaped
from config.tree import Place
from config.who import AnyWhos, check_members, read_who
from rules.members import named_groups
from rules.policy import GroupPolicy

MOST_TOLD = 20  # circles; the others are met once these are broken


class GroupShape(RootModel[AnyWhos]):
    """Who is in a group besides those whom the directory puts there: any of these."""


def read_groups(place: Place) -> dict[str, GroupPolicy]:
    found = {}
    for name, at in place.entries():
        check_members(at)
        if name == EVERYONE:
            at.misnamed(f"{EVERYONE!r} means everybody whom the directory knows: choose another id")
        elif shape := shaped(GroupShape, at):
            members = tuple(map(read_who, shape.root))
            found[name] = GroupPolicy(name, at.key, members)
    for circle in islice(_circles(found), MOST_TOLD):
        _tell(circle, found, place)
    return found


def _tell(circle: list[str], groups: Mapping[str, GroupPolicy], place: Place) -> None:
    """One mistake for the whole circle, from where it is written first."""
    written = {
        name: (groups[name].source.file, groups[name].source.line, groups[name].source.column) for name in circle
    }
    start = circle.index(min(circle, key=written.__getitem__))
    steps = [*circle[start:], *circle[:start]]
    named = " -> ".join(f"{name!r} ({groups[name].source})" for name in steps)
    (place / steps[0]).misnamed(f"a group cannot be made of itself: {named} -> {steps[0]!r}")


def _circles(groups: Mapping[str, GroupPolicy]) -> Iterator[list[str]]:
    """A circle for each way back that is met while going from each group to those it names."""
    done: set[str] = set()
    for start in groups:
        path: dict[str, None] = {}
        left = [iter([start])]
        while left:
            name = next(left[-1], None)
            if name is None:
                left.pop()
                done.update(path.popitem()[:1] if path else ())
            elif name in path:
                steps = list(path)
                yield steps[steps.index(name) :]
            elif name in groups and name not in done:
                path[name] = None
                left.append(iter(sorted({n for who in groups[name].members for n in named_groups(who)})))
