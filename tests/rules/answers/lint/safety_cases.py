"""What the cases of life safety are made of."""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.answers.lint.life_safety import Check
from rules.policy import (
    Arming,
    ControllerPolicy,
    DenyPolicy,
    Escort,
    FirePolicy,
    InspectionPolicy,
    Lock,
    Passback,
    PassbackMode,
    Policy,
    Source,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from tests.rules.answers.lint.clean import (
    STAFF,
    WEEK_US,
    area,
    areas,
    clean,
    lab,
    on,
    weekly,
)
from tests.rules.builder import MONDAY, S, circuit, interval

HERE = Source("rules.yaml", 7, 3)
TWO = TwoPerson(30 * S)
GUARDS = Escort(frozenset({"guards"}), 30 * S)
EVERYONE = Who(frozenset())
SECURE = Lock("io.out2", True, "secure")
HARD = Passback(PassbackMode.HARD)


@dataclass(frozen=True)
class Case:
    """bad: refused by this check alone; good: as near to it as can be, and in order. loss: `on_comms_loss`."""

    name: str
    check: Check
    code: str
    bad: Policy
    good: Policy
    loss: dict[str, str] = field(default_factory=dict)


def denial(way: tuple[str, object], when: str = "always") -> DenyPolicy:
    return DenyPolicy("suspended", HERE, Who(frozenset({"staff"})), (way,), when)  # type: ignore[arg-type]


def threat(way: tuple[str, object]) -> ThreatPolicy:
    return ThreatPolicy("high", HERE, 1, (denial(way),))


def inspection(way: tuple[str, object], when: str = "always") -> InspectionPolicy:
    return InspectionPolicy("bags", HERE, EVERYONE, (way,), 1, when, S)  # type: ignore[arg-type]


def lab_grants(*grants: object) -> Policy:
    return on(clean(), access=(STAFF, *grants))


def armed(*groups: str) -> Policy:
    return clean(areas=areas(area("lobby", arming=Arming(S, S, frozenset(groups)))))


def controlled(**changes: object) -> Policy:
    """The lab's lock is worked by a controller."""
    door = lab(lock=None, controller="ctl", readers_in=("ctl",), readers_out=("ctl",), contacts=(), **changes)
    return on(clean(door), controllers={"ctl": ControllerPolicy("ctl", HERE, bytes(32), "deny")})


def released(*doors: str) -> dict[str, FirePolicy]:
    return {"panel": FirePolicy("panel", HERE, circuit("io.in11"), doors, False)}


def no_exit(**changes: object) -> Policy:
    """The lab's door is no exit, and a fire releases it."""
    return clean(lab(egress=frozenset(), egress_by=None, **changes))


PAST = weekly("past", interval(range(7), 0, 1440), within=(MONDAY - 2 * WEEK_US, MONDAY - WEEK_US))
HALVES = (weekly("early", interval(range(7), 0, 720, ["holiday", "half_day"])),)
LATE = weekly("late", interval(range(7), 720, 1440, ["holiday", "half_day"]))
