"""A site that the linter has nothing to say of, to be spoilt in one point at a time.

Doors `front` (outside-lobby) and `lab` (lobby-lab) have a handle, and readers on both sides; `store` has no reader on
the way out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rules.answers.lint.finding import Finding
from rules.answers.lint.life_safety import life_safety
from rules.answers.lint.linter import lint
from rules.compile import compile_site
from rules.people import Credential, People, Person
from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    DoorPolicy,
    EgressBy,
    FirePolicy,
    Interval,
    Lock,
    MinimumPolicy,
    Policy,
    Rex,
    SchedulePolicy,
    Source,
    Who,
)
from tests.rules import builder
from tests.rules.builder import IN, MONDAY, OUT, S, circuit, interval

DAILY = SchedulePolicy("daily", Source("s.yaml", 1, 1), (interval(range(7), 480, 1020, ["holiday", "half_day"]),))
NOONS = SchedulePolicy("noons", Source("s.yaml", 2, 1), (interval(range(7), 700, 800, ["holiday", "half_day"]),))
WEEK_US = 7 * 86_400 * S

PERSONS = (
    Person("p-ann", frozenset({"staff", "crew"}), (("company", "acme"), ("training", "valid"))),
    Person("p-bob", frozenset({"staff", "guards"}), (("company", "doorco"),)),
    Person("p-cat", frozenset({"staff", "crew"}), (("company", "doorco"),)),
)


def door(id: str, between: tuple[str, str], output: str, **changes: Any) -> DoorPolicy:
    return builder.door(
        id,
        **{
            "source": Source("doors.yaml", 1 + sum(map(ord, id)), 3),
            "between": between,
            "readers_in": (f"{id}-in",),
            "readers_out": (f"{id}-out",),
            "lock": Lock(output, True, "secure"),
            "contacts": (circuit(f"{output[:-4]}in{output[-1]}"),),
            "egress": frozenset({OUT}),
            "egress_by": EgressBy.MECHANICAL,
            **changes,
        },
    )


def front(**changes: Any) -> DoorPolicy:
    return door("front", ("outside", "lobby"), "io.out1", **changes)


def lab(**changes: Any) -> DoorPolicy:
    return door("lab", ("lobby", "lab"), "io.out2", **changes)


def store(**changes: Any) -> DoorPolicy:
    return door("store", ("lobby", "stores"), "io2.out1", **{"readers_out": (), **changes})


def software(id: str = "lab", **changes: Any) -> DoorPolicy:
    """The lab's door as one that people leave by through this gateway."""
    plain: dict[str, Any] = {
        "egress_by": EgressBy.SOFTWARE,
        "lock": Lock("io.out2", False, "safe"),
        "rex": (Rex(circuit("io2.in2"), "button", True, 30 * S),),
        "emergency_release": circuit("io2.in3"),
    }
    return lab(**(plain | changes))


def grant(id: str, doors: Iterable[tuple[str, Any]], groups: Iterable[str] = (), **more: Any) -> AccessPolicy:
    """line: of its source; what is not of `AccessPolicy` itself is of its `Who`."""
    line, when = more.pop("line", 1), more.pop("when", "always")
    whose = {key: more.pop(key) for key in ("attributes", "persons", "valid", "but") if key in more}
    who = Who(frozenset(groups), **whose)
    return AccessPolicy(id, Source("rules.yaml", line, 3), who, tuple(doors), when, **more)


def minimum(id: str, doors: Iterable[tuple[str, Any]], when: str = "always", **more: Any) -> MinimumPolicy:
    return MinimumPolicy(id, Source("minimum.yaml", 1, 3), tuple(doors), more.pop("require", None), when, **more)


def area(id: str, **more: Any) -> AreaPolicy:
    return AreaPolicy(id, Source("areas.yaml", 1 + sum(map(ord, id)), 3), more.pop("arming", None), **more)


def areas(*changed: AreaPolicy) -> dict[str, AreaPolicy]:
    plain = {id: area(id) for id in ("outside", "lobby", "stores", "lab")}
    return plain | {each.id: each for each in changed}


STAFF = grant("staff", [(d, w) for d in ("front", "store") for w in (IN, OUT)], ["staff"], line=1)
CREW = grant("crew", [("lab", IN), ("lab", OUT)], ["crew"], line=2)


def clean(
    *doors: DoorPolicy, schedules: Iterable[SchedulePolicy] = (), access: Iterable[AccessPolicy] = (), **changes: Any
) -> Policy:
    """The site with these doors in place of its own, and these schedules and grants besides."""
    mine = {d.id: d for d in (front(), lab(), store(), *doors)}
    more = {s.id: s for s in (DAILY, NOONS, *schedules)}
    found = builder.policy(doors=tuple(mine.values()), zones=())
    plain: dict[str, Any] = {
        "areas": areas(),
        "fire": {"panel": FirePolicy("panel", Source("doors.yaml", 99, 3), circuit("io.in11"), tuple(mine), False)},
        "schedules": {id: s for id, s in found.schedules.items() if id in ("always", "never")} | more,
        "access": (STAFF, CREW, *access),
        "minimum": (),
        "deny": (),
    }
    return replace(found, **(plain | changes))


def on(policy: Policy, **changes: Any) -> Policy:
    return replace(policy, **changes)


def people(*persons: Person, but: Iterable[str] = ()) -> People:
    """Everybody, less those of these ids; each with a card `c-<name>`."""
    found = [p for p in (*PERSONS, *persons) if p.id not in set(but)]
    return People.of(1, found, [Credential(f"c-{p.id[2:]}", p.id) for p in found])


def safety(policy: Policy) -> list[Finding]:
    return life_safety(policy, MONDAY)


def said(
    policy: Policy, found: People | None = None, *, days: int = 30, loss: Mapping[str, str] | None = None
) -> list[Finding]:
    """loss: `on_comms_loss`."""
    site = compile_site(policy, people() if found is None else found, "hash")
    return lint(site, MONDAY, expires_within_days=days, on_comms_loss=loss)


def codes(findings: Iterable[Finding]) -> set[str]:
    return {found.code for found in findings}


def weekly(id: str, *intervals: Interval, **more: Any) -> SchedulePolicy:
    return SchedulePolicy(id, Source("schedules.yaml", 1, 3), intervals, **more)
