"""What the cases of warnings and notes are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from rules.answers.lint.finding import Finding
from rules.people import People, Person
from rules.policy import (
    Claim,
    ControllerPolicy,
    DenyPolicy,
    ExpectPolicy,
    FirePolicy,
    GroupPolicy,
    InterlockPolicy,
    Lock,
    Policy,
    Source,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from tests.rules.answers.lint.clean import (
    clean,
    front,
    lab,
    on,
    people,
    said,
    weekly,
)
from tests.rules.builder import IN, S, circuit, interval

HERE = Source("rules.yaml", 7, 3)
LATER = Source("rules.yaml", 70, 3)
DAY = 86_400 * S
TWO = TwoPerson(30 * S)
IN_LAB = [("lab", IN)]
SHUT_ALL_DAY = ["holiday", "half_day"]
NOBODY = People.of(1, (), ())


@dataclass(frozen=True)
class Case:
    """people: of the bad site, and of the good one where `else_people` says nothing."""

    name: str
    code: str
    bad: Policy
    good: Policy
    people: People | None = None
    else_people: People | None = None
    loss: dict[str, str] = field(default_factory=dict)

    def of_bad(self) -> list[Finding]:
        return said(self.bad, self.people, loss=self.loss)

    def of_good(self) -> list[Finding]:
        return said(self.good, self.else_people or self.people, loss=self.loss)


def deny(id: str, who: Who, when: str = "always", source: Source = HERE) -> DenyPolicy:
    return DenyPolicy(id, source, who, (("lab", IN),), when)


def groups(*names: str, **more: object) -> Who:
    return Who(frozenset(names), **more)  # type: ignore[arg-type]


def made(*members: Who) -> dict[str, GroupPolicy]:
    return {"leads": GroupPolicy("leads", HERE, members)}


def interlocked(*doors: object) -> Policy:
    """Two doors without an exit in one interlock."""
    plain: dict[str, Any] = {"egress": frozenset(), "egress_by": None, "lock": Lock("io.out1", False, "safe")}
    return clean(
        front(**plain),
        *doors,  # type: ignore[arg-type]
        interlocks=(InterlockPolicy("airlock", HERE, ("front", "lab")),),
    )


def inner(**changes: object) -> object:
    """The lab's door as none that people must be able to leave by."""
    return lab(**{"egress": frozenset(), "egress_by": None, "lock": Lock("io.out2", False, "safe"), **changes})


def threat(*restrictions: DenyPolicy) -> Policy:
    return clean(threats=(ThreatPolicy("high", HERE, 1, restrictions),))


def expect(who: Who, **more: object) -> Policy:
    doors = more.pop("doors", (("lab", IN),))
    return clean(expect=(ExpectPolicy("e1", HERE, Claim.NOBODY, who, doors, **more),))  # type: ignore[arg-type]


def controlled(**changes: object) -> Policy:
    door = lab(lock=None, controller="ctl", readers_in=("ctl",), readers_out=("ctl",), contacts=(), **changes)
    return on(clean(door), controllers={"ctl": ControllerPolicy("ctl", HERE, bytes(32), "deny")})


def released(*doors: str) -> dict[str, FirePolicy]:
    return {"panel": FirePolicy("panel", HERE, circuit("io.in11"), doors, False)}


def ending(**more: object) -> People:
    return people(Person("p-dan", frozenset({"staff"}), **more))  # type: ignore[arg-type]


NIGHTS = weekly("nights", interval(range(7), 1020, 1920, SHUT_ALL_DAY))
GOING = weekly("going", interval(range(7), 480, 1020, SHUT_ALL_DAY))
UNTIL = {"at": date(2026, 12, 1), "far": date(2027, 12, 1)}
