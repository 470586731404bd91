"""What is asked of a comparison of rule sets, at large: an ordinary edit, a rewrite that changes nothing, a holiday."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from time import process_time

from rules.policy import Policy
from tests.bench.engine.timetable import WORKDAY

Compare = Callable[[Policy, Policy], int]
"""(old, new) -> rows of the difference; both over the same people."""

HOLIDAY = WORKDAY + timedelta(days=79)
"""A working day that becomes a holiday."""


def edited(policy: Policy) -> Policy:
    """An ordinary edit: two levels at other hours, one with a group less, one with doors more, one that is gone."""
    levels = {level.id: level for level in policy.access}
    ids = sorted(levels)[len(levels) // 2 :: len(levels) // 12][:5]
    for id in ids[:2]:
        levels[id] = replace(levels[id], when="office" if levels[id].when != "office" else "always")
    third = levels[ids[2]]
    levels[ids[2]] = replace(third, who=replace(third.who, groups=frozenset(sorted(third.who.groups)[1:] or ["staff"])))
    fourth, fifth = levels[ids[3]], levels.pop(ids[4])
    levels[ids[3]] = replace(fourth, doors=tuple(dict.fromkeys((*fourth.doors, *fifth.doors))))
    return replace(policy, access=tuple(levels.values()))


def rewritten(policy: Policy) -> Policy:
    """The same meaning written otherwise: one level for each group, other names, other order."""
    levels = [
        replace(level, id=f"{group}-{level.id}", who=replace(level.who, groups=frozenset({group})))
        for level in policy.access
        for group in sorted(level.who.groups)
    ]
    return replace(policy, access=tuple(reversed(levels)))


def with_holiday(policy: Policy) -> Policy:
    """One more day on which most schedules are closed."""
    return replace(policy, holidays={**policy.holidays, HOLIDAY: "holiday"})


def figures(policy: Policy, compare: Compare) -> dict[str, float]:
    """Seconds of processor time for each, and how many rows it has."""
    found: dict[str, float] = {}
    for what, change in (
        ("an ordinary edit", edited),
        ("an equivalent rewrite", rewritten),
        ("one added holiday", with_holiday),
    ):
        new = change(policy)
        begin = process_time()
        rows = compare(policy, new)
        found[f"diff of {what}, s"] = process_time() - begin
        found[f"  rows of {what}"] = rows
    return found
