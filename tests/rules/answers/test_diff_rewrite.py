"""A rewrite that means the same has no difference, however much of the text is another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given

from rules.answers.diff import diff
from rules.policy import AccessPolicy, GroupPolicy, Interval, Policy, SchedulePolicy, Who
from rules.wall import DAY
from tests.rules.builder import HERE, MONDAY, S, front, interval, lab, schedule, site
from tests.rules.dice import Dice, rolled
from tests.rules.instants import around
from tests.rules.profiles import examples
from tests.rules.random_sites import built, case
from tests.rules.reference.case import Case
from tests.rules.wording import access, inspection, who

KEPT = ("always", "never")


def rewritten(dice: Dice) -> tuple[Case, Policy]:
    """A random site, and its policy in other words: names, order, rules split, a group by a detour."""
    found = case(dice)
    policy = found.policy
    groups = () if _pairs(policy) else (_split_groups, _nested)
    for step in (_doubled, _renamed, _split_doors, _split_schedules, _reordered, *groups):
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
    doors = {
        id: replace(door, unlock=names.get(door.unlock or ""), blocked=names.get(door.blocked or ""))
        for id, door in policy.doors.items()
    }
    return replace(policy, doors=doors, schedules=schedules, threats=threats, **rules)


def _doubled(policy: Policy) -> Policy:
    """The first grant once more, under an id that comes later; an inspection that never picks anybody."""
    again = tuple(replace(rule, id=f"{rule.id}-again") for rule in policy.access[:1])
    idle = tuple(replace(rule, id=f"{rule.id}-idle", rate=0) for rule in policy.inspections)
    return replace(policy, access=(*policy.access, *again), inspections=(*policy.inspections, *idle))


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


# -- by what a schedule means, not by how it is written --------------------------------------------------------------

DAYS = 86_400 * S
WHOLE = schedule("whole", interval(range(7), 0, 1440, ["holiday", "half_day"]))


def lines(old: dict[str, Any], new: dict[str, Any], days: int = 30) -> list[str]:
    before, after = (site(**{"access": (), "schedules": (WHOLE,), **parts}) for parts in (old, new))
    return diff(before, after, MONDAY, MONDAY + days * DAYS).text().splitlines()


def lot(id: str, when: str = "always", rate: int = 50_000) -> dict[str, Any]:
    return {"inspections": (inspection(id, who("staff"), "front:in", rate=rate, when=when),)}


def test_an_inspection_on_a_schedule_that_is_written_otherwise() -> None:
    assert lines(lot("bags"), lot("bags", "whole")) == []
    assert lines(lot("bags"), lot("samples")) == []


@pytest.mark.parametrize("idle", [lot("idle", rate=0), lot("idle", "never")])
def test_an_inspection_that_picks_nobody_is_none(idle: dict[str, Any]) -> None:
    assert lines({}, idle) == []


def test_two_inspections_that_are_alike_draw_two_lots() -> None:
    twice = {"inspections": (*lot("a")["inspections"], *lot("b")["inspections"])}
    assert lines(lot("a"), twice) == [
        "~ staff (5 people): front (in): inspection 2 times 5 %, kept for 10 min, always"
        " instead of 5 %, kept for 10 min, always"
    ]


# -- first persons, since when --------------------------------------------------------------------------------------


def led(*early: Interval, **parts: Any) -> dict[str, Any]:
    """A grant that waits for somebody of `crew`, of whom bob is none."""
    grant = access("a", who("staff"), "front:in", when="early", first_person=frozenset({"crew"}), **parts)
    return {"access": (grant,), "schedules": (schedule("early", *early),)}


def test_what_waits_for_a_first_person_each_day_is_one_line() -> None:
    seven, six = (led(interval(range(7), hour * 60, 19 * 60, ["holiday", "half_day"])) for hour in (7, 6))
    bob, once = "1 person (p-bob): front (in): every day", "with card once somebody of crew is in"
    assert lines(seven, six, 366) == [
        "+ crew (3 people): front (in): every day 06:00-07:00, by a (site.yaml:1)",
        f"+ {bob} 06:00-07:00, {once}, by a (site.yaml:1)",
        f"~ {bob} 07:00-19:00, {once}, counted from an earlier time instead of {once[5:]} [weaker]",
    ]
    assert lines(six, seven)[-1] == f"~ {bob} 07:00-19:00, {once}, counted from a later time instead of {once[5:]}"


def test_a_period_that_began_earlier_counts_whoever_came_then() -> None:
    """What is looked at begins within it: its end is the same, and so are all that follow."""
    today, days = date(2026, 11, 23), range(7)
    nine = replace(interval(days, 9 * 60, 19 * 60), ends=today)
    told = lines(led(interval(days, 420, 1140)), led(nine, replace(interval(days, 420, 1140), starts=today + DAY)))
    assert told == [
        "~ 1 person (p-bob): front (in): Mon 23 Nov 10:00-19:00, with card once somebody of crew is in, counted from"
        " a later time instead of card once somebody of crew is in"
    ]


def test_a_second_grant_that_begins_later_adds_nothing() -> None:
    early = led(interval(range(7), 7 * 60, 19 * 60))
    late = schedule("late", interval(range(7), 9 * 60, 17 * 60))
    both = {
        "access": (replace(early["access"][0], id="0", when="late"), *early["access"]),
        "schedules": (late, *early["schedules"]),
    }
    assert lines(early, both) == []


# -- where nobody passes ---------------------------------------------------------------------------------------------


def test_a_reader_that_is_taken_away_is_missed_only_while_its_door_is_not_blocked() -> None:
    everywhen = access("a", who("staff"), "front:out")
    old, new = (
        {"access": (everywhen,), "doors": (front(egress=frozenset(), blocked="office", readers_out=readers),)}
        for readers in (("front-out",), ())
    )
    told = [line for line in lines(old, new, 5) if line.startswith("-")]
    but = "all times but (Tue-Fri 07:00-19:00, also Mon 23 Nov 10:00-19:00)"
    assert told == [f"- staff (5 people): front (out): {but}"]


def test_a_door_that_is_gone_is_missed_only_while_it_was_not_blocked() -> None:
    grant = access("a", who("staff"), "lab:in")
    old, new = ({"doors": (front(), lab(blocked="always"))}, {"doors": (front(),)})
    assert lines({**old, "access": (grant,)}, {**new, "access": ()}) == ["~ door lab is gone"]
