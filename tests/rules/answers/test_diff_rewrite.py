"""A rewrite that means the same has no difference, however much of the text is another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given

from rules.answers.diff import diff
from rules.policy import AccessPolicy, GroupPolicy, Interval, Policy, SchedulePolicy, Who
from tests.rules.builder import HERE
from tests.rules.dice import Dice, rolled
from tests.rules.instants import around
from tests.rules.profiles import examples
from tests.rules.random_sites import built, case
from tests.rules.reference.case import Case

KEPT = ("always", "never")


def rewritten(dice: Dice) -> tuple[Case, Policy]:
    """A random site, and its policy in other words: names, order, rules split, a group by a detour."""
    found = case(dice)
    policy = found.policy
    groups = () if _pairs(policy) else (_split_groups, _nested)
    for step in (_renamed, _split_doors, _split_schedules, _reordered, *groups):
        if dice.below(3):
            policy = step(policy)
    return found, policy


def _pairs(policy: Policy) -> bool:
    """Where two pass by one grant, it matters which grant that is."""
    twos = (*(rule.two_person for rule in policy.access), *(rule.two_person for rule in policy.minimum))
    return any(two is not None and two.second is None for two in twos)


def _renamed(policy: Policy) -> Policy:
    """Rules and schedules; the order of ids stays, which settles what nothing else does."""
    names = {id: id if id in KEPT else f"other-{id}" for id in policy.schedules}
    rules: dict[str, Any] = {
        section: tuple(replace(r, id=f"other-{r.id}", when=names[r.when]) for r in getattr(policy, section))
        for section in ("access", "minimum", "deny", "inspections")
    }
    threats = tuple(
        replace(t, restrictions=tuple(replace(r, when=names[r.when]) for r in t.restrictions)) for t in policy.threats
    )
    schedules = {names[id]: replace(found, id=names[id]) for id, found in policy.schedules.items()}
    return replace(policy, schedules=schedules, threats=threats, **rules)


def _split_doors(policy: Policy) -> Policy:
    parts = (replace(r, id=f"{r.id}-{n}", doors=(way,)) for r in policy.access for n, way in enumerate(r.doors))
    return replace(policy, access=tuple(parts))


def _split_groups(policy: Policy) -> Policy:
    return replace(policy, access=tuple(part for rule in policy.access for part in _by_group(rule)))


def _by_group(rule: AccessPolicy) -> Iterator[AccessPolicy]:
    if len(rule.who.groups) < 2:
        yield rule
        return
    for group in sorted(rule.who.groups):
        yield replace(rule, id=f"{rule.id}-{group}", who=replace(rule.who, groups=frozenset({group})))


def _split_schedules(policy: Policy) -> Policy:
    """Each interval in two that meet."""
    schedules = {id: replace(found, intervals=tuple(_halves(found))) for id, found in policy.schedules.items()}
    return replace(policy, schedules=schedules)


def _halves(schedule: SchedulePolicy) -> Iterator[Interval]:
    for found in schedule.intervals:
        if found.end > 1440 or found.end - found.start < 2:
            yield found
        else:
            middle = (found.start + found.end) // 2
            yield from (replace(found, start=middle), replace(found, end=middle))


def _reordered(policy: Policy) -> Policy:
    turned: dict[str, Any] = {
        name: getattr(policy, name)[::-1] for name in ("access", "minimum", "deny", "limits", "inspections")
    }
    sections = ("doors", "areas", "schedules", "groups")
    mappings: dict[str, Any] = {name: dict(reversed(getattr(policy, name).items())) for name in sections}
    return replace(policy, **turned, **mappings)


def _nested(policy: Policy) -> Policy:
    """`staff` under another name, which those in `staff` are members of."""
    team = GroupPolicy("team", HERE, (Who(frozenset({"staff"})),))
    access = tuple(replace(rule, who=_called(rule.who)) for rule in policy.access)
    deny = tuple(replace(rule, who=_called(rule.who)) for rule in policy.deny)
    return replace(policy, groups={**policy.groups, "team": team}, access=access, deny=deny)


def _called(who: Who) -> Who:
    return replace(who, groups=frozenset("team" if group == "staff" else group for group in who.groups))


@examples(60)
@given(rolled(rewritten, 700))
def test_a_rewrite_has_no_difference(pair: tuple[Case, Policy]) -> None:
    found, policy = pair
    lo, hi = around(found, 3)
    told = diff(built(found.policy, found), built(policy, found), lo, hi)
    assert told.text() == ""
    assert told.empty
