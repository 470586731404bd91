"""Rules and modes that stand in the way of an exit.

A read on an egress way always releases, whatever is written here: what is written there holds nobody, and would hold
people in wherever it did. So it never goes live. Where no reader stands nobody is asked, and rules of that way pass.
"""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.finding import Finding, finding, named
from rules.answers.lint.ground import Ground, by_way, on_exits
from rules.answers.spans import union, without
from rules.policy import AreaPolicy, DenyPolicy, Direction, PassbackMode, Who


def schedule(ground: Ground) -> Iterator[Finding]:
    """Grants that let somebody out, and at some time nobody. No grant at all says nothing of any time."""
    grants = by_way(ground.policy.access)
    for exit in ground.asked:
        found = [grant for grant in grants.get(exit.way, ()) if ground.ever(grant.when)]
        together = union(span for grant in found for span in ground.spans(grant.when))
        if found and without(((ground.now, ground.hi),), together):
            first = min(found, key=lambda grant: grant.id)
            yield finding(
                "egress-schedule",
                first.source,
                first.id,
                f"grants hold on {exit.name} on schedule {named(g.when for g in found)} only:"
                " people must be able to leave at any time",
                f"grant {exit.door.id!r}, direction: {exit.direction.value}, to everyone, when: always",
            )


def blocked(ground: Ground) -> Iterator[Finding]:
    for door in ground.policy.doors.values():
        if door.egress and door.blocked is not None and ground.ever(door.blocked):
            yield finding(
                "egress-blocked",
                door.source,
                door.id,
                f"egress door {door.id!r} is blocked on schedule {door.blocked!r}, which shuts both ways through it",
                "leave 'blocked' away; to keep people out at that time, deny them the way in",
            )


def interlock(ground: Ground) -> Iterator[Finding]:
    for group in ground.policy.interlocks:
        for id in group.doors:
            if ground.policy.doors[id].egress:
                yield finding(
                    "egress-interlock",
                    group.source,
                    group.id,
                    f"egress door {id!r} is in interlock {group.id!r}: another door left open would shut people in",
                    f"leave {id!r} out of the interlock",
                )


def lockdown(ground: Ground) -> Iterator[Finding]:
    """A lockdown shuts ways in. Where such a way is an exit, it would shut people in."""
    for exit in ground.asked:
        if exit.direction is Direction.IN:
            yield finding(
                "egress-lockdown",
                exit.door.source,
                exit.door.id,
                f"{exit.name} is its way in, which a lockdown shuts",
                "turn 'between' and the readers round, so that people leave by the way out,"
                " or stand no reader where people leave",
            )


def inspection(ground: Ground) -> Iterator[Finding]:
    for rule, exit in on_exits(ground, ground.policy.inspections):
        if ground.ever(rule.when):
            yield finding(
                "egress-inspection",
                rule.source,
                rule.id,
                f"inspection {rule.id!r} would hold people on {exit.name}",
                f"leave {exit.door.id!r} ({exit.direction.value}) out of it, and inspect where people enter",
            )


def denied(ground: Ground) -> Iterator[Finding]:
    yield from _denied(ground, "egress-denied", "denial", ground.policy.deny)


def threat(ground: Ground) -> Iterator[Finding]:
    for level in ground.policy.threats:
        yield from _denied(ground, "egress-threat", f"threat level {level.id!r}: restriction", level.restrictions)


def _denied(ground: Ground, code: str, kind: str, rules: tuple[DenyPolicy, ...]) -> Iterator[Finding]:
    for rule, exit in on_exits(ground, rules):
        if ground.ever(rule.when):
            yield finding(
                code,
                rule.source,
                rule.id,
                f"{kind} {rule.id!r} would hold people back on {exit.name}",
                f"leave {exit.door.id!r} ({exit.direction.value}) out of it: where it names an area, name the doors"
                " by which people enter that",
            )


# -- areas ----------------------------------------------------------------------------------------------------------


def passback(ground: Ground) -> Iterator[Finding]:
    for exit in ground.asked:
        rule = exit.far.passback
        if rule is not None and rule.mode is not PassbackMode.SOFT:
            yield _of_area(
                "egress-passback",
                exit.far,
                f"{rule.mode.value} anti-passback of {exit.far.id!r} would stop people on {exit.name}, which leads"
                " into it",
                f"make it soft, or stand no reader on {exit.name}",
            )


def occupancy_max(ground: Ground) -> Iterator[Finding]:
    for exit in ground.asked:
        if exit.far.occupancy_max is not None:
            yield _of_area(
                "egress-occupancy-max",
                exit.far,
                f"once {exit.far.id!r} is full, occupancy_max would stop people on {exit.name}, which leads into it",
                f"leave occupancy_max away, or stand no reader on {exit.name}",
            )


def occupancy_min(ground: Ground) -> Iterator[Finding]:
    for exit in ground.asked:
        for area in (exit.near, exit.far):
            if area.occupancy_min is not None:
                yield _of_area(
                    "egress-occupancy-min",
                    area,
                    f"occupancy_min of {area.id!r} would stop people on {exit.name}",
                    f"leave occupancy_min away and demand two persons where people enter {area.id!r}",
                )


def area_armed(ground: Ground) -> Iterator[Finding]:
    """Unless all who may come into the area that is left disarm the one they leave it for."""
    for exit in ground.asked:
        arming = exit.far.arming
        if arming is None:
            continue
        strangers = [rule for rule, who in _entrants(ground, exit.near) if not _disarms(ground, who, exit.far)]
        if strangers:
            yield _of_area(
                "egress-area-armed",
                exit.far,
                f"once {exit.far.id!r} is armed, {exit.name} leads into it, and those whom {named(strangers)} let"
                f" into {exit.near.id!r} do not disarm it",
                f"add their groups to 'disarmed_by' of {exit.far.id!r}, or stand no reader on {exit.name}",
            )


def _entrants(ground: Ground, area: AreaPolicy) -> Iterator[tuple[str, Who]]:
    """(grant, whom it means) of each grant that leads into an area."""
    doors = ground.policy.doors
    ways = {(d.id, way) for d in doors.values() for way in Direction if _into(d.between, way) == area.id}
    for grant in ground.policy.access:
        if not ways.isdisjoint(grant.doors) and ground.ever(grant.when):
            yield grant.id, grant.who


def _into(between: tuple[str, str], way: Direction) -> str:
    return between[way is Direction.IN]


def _disarms(ground: Ground, who: Who, area: AreaPolicy) -> bool:
    return (
        area.arming is not None
        and bool(area.arming.disarmed_by)
        and ground.meaning.within(who, Who(area.arming.disarmed_by))
    )


def _of_area(code: str, area: AreaPolicy, text: str, fix: str) -> Finding:
    return finding(code, area.source, area.id, text, fix)
