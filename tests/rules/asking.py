"""Questions of the tests to explain(), on a plain site, and the answers in short."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rules.answers.explain import Explanation, explain
from rules.answers.quiet import quiet
from rules.asked import Request
from rules.policy import (
    AreaPolicy,
    Direction,
    Who,
)
from rules.site import Site
from rules.state import State
from tests.rules.builder import MONDAY, S, policy, site
from tests.rules.wording import access, who

DAY, HOUR = 86_400 * S, 3600 * S
T = 1_000_000 * S
STAFF = who("staff")


def ask(
    place: Site, state: State | None = None, token: str = "c-bob", way: str = "front:in", **parts: Any
) -> Explanation:
    door, _, direction = way.partition(":")
    asked = Request(door, Direction(direction), token, f"{door}-{direction}", T, MONDAY, **parts)
    return explain(place, state or at_rest(place), asked, MONDAY + 30 * DAY)


def at_rest(place: Site) -> State:
    """Every door closed."""
    state = quiet(place, MONDAY)
    for door in place.doors:
        state.doors.put(door, replace(state.door(door), position="closed"))
    return state


def told(found: Explanation) -> dict[str, list[str]]:
    return {f"{c.reason.value}: {c.text}": [change.text for change in c.changes] for c in found.causes}


def areas(**found: AreaPolicy) -> dict[str, AreaPolicy]:
    return {**policy().areas, **found}


def open_to(whom: Who = STAFF, **parts: Any) -> tuple[Any, ...]:
    return (access("rule", whom, "front:in", "front:out", **parts),)


def plain(**changes: Any) -> Site:
    return site(**{"access": open_to(), "deny": (), "minimum": (), **changes})
