"""Every life-safety rule: what it refuses, what it lets pass, and that nothing else would refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from rules.lint import demands, egress, fire, hardware
from rules.lint.finding import LIFE_SAFETY, Severity
from rules.lint.ground import Ground
from rules.lint.life_safety import CHECKS, Check, judged
from rules.policy import (
    Arming,
    ControllerPolicy,
    DenyPolicy,
    EgressBy,
    Escort,
    FirePolicy,
    InspectionPolicy,
    InterlockPolicy,
    Lock,
    Passback,
    PassbackMode,
    Policy,
    Require,
    Rex,
    Source,
    ThreatPolicy,
    TwoPerson,
    Who,
)
from tests.rules.builder import IN, MONDAY, OUT, S, circuit, interval
from tests.rules.lint.clean import (
    CREW,
    STAFF,
    WEEK_US,
    area,
    areas,
    clean,
    front,
    grant,
    lab,
    minimum,
    on,
    safety,
    software,
    store,
    weekly,
)

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

CASES = [
    Case(
        "no grant at night",
        egress.schedule,
        "egress-schedule",
        lab_grants(grant("crew", [("lab", IN), ("lab", OUT)], ["crew"], when="daily")),
        lab_grants(grant("crew", [("lab", IN)], ["crew"], when="daily"), grant("out", [("lab", OUT)])),
    ),
    Case(
        "two halves of the day",
        egress.schedule,
        "egress-schedule",
        on(clean(schedules=HALVES), access=(STAFF, grant("a", [("lab", OUT)], when="early"))),
        on(
            clean(schedules=(*HALVES, LATE)),
            access=(STAFF, grant("a", [("lab", OUT)], when="early"), grant("b", [("lab", OUT)], when="late")),
        ),
    ),
    Case(
        "no reader, no question",
        egress.schedule,
        "egress-schedule",
        lab_grants(grant("crew", [("lab", OUT)], ["crew"], when="daily")),
        clean(access=(grant("home", [("store", OUT)], ["staff"], when="daily"),)),
    ),
    Case(
        "blocked",
        egress.blocked,
        "egress-blocked",
        clean(lab(blocked="daily")),
        clean(lab(blocked="never")),
    ),
    Case(
        "blocked, no exit",
        egress.blocked,
        "egress-blocked",
        clean(store(blocked="daily")),
        clean(store(blocked="daily", egress=frozenset(), egress_by=None, lock=Lock("io2.out1", False, "safe"))),
    ),
    Case(
        "interlock",
        egress.interlock,
        "egress-interlock",
        clean(interlocks=(InterlockPolicy("airlock", HERE, ("front", "lab")),)),
        clean(
            front(egress=frozenset(), egress_by=None, lock=Lock("io.out1", False, "safe")),
            lab(egress=frozenset(), egress_by=None, lock=Lock("io.out2", False, "safe")),
            interlocks=(InterlockPolicy("airlock", HERE, ("front", "lab")),),
        ),
    ),
    Case(
        "lockdown",
        egress.lockdown,
        "egress-lockdown",
        clean(lab(egress=frozenset({IN}))),
        clean(lab(egress=frozenset({IN, OUT}), readers_in=())),
    ),
    Case(
        "inspection",
        egress.inspection,
        "egress-inspection",
        clean(inspections=(inspection(("lab", OUT)),)),
        clean(inspections=(inspection(("lab", IN)), inspection(("store", OUT)), inspection(("lab", OUT), "never"))),
    ),
    Case(
        "denied",
        egress.denied,
        "egress-denied",
        clean(deny=(denial(("lab", OUT)),)),
        clean(deny=(denial(("lab", IN)), denial(("store", OUT)), denial(("lab", OUT), "never"))),
    ),
    Case(
        "threat",
        egress.threat,
        "egress-threat",
        clean(threats=(threat(("lab", OUT)),)),
        clean(threats=(threat(("lab", IN)), threat(("store", OUT)))),
    ),
    Case(
        "hard passback",
        egress.passback,
        "egress-passback",
        clean(areas=areas(area("lobby", passback=HARD))),
        clean(areas=areas(area("lobby", passback=Passback(PassbackMode.SOFT)), area("lab", passback=HARD))),
    ),
    Case(
        "timed passback",
        egress.passback,
        "egress-passback",
        clean(areas=areas(area("outside", passback=Passback(PassbackMode.TIMED, 60 * S)))),
        clean(areas=areas(area("stores", passback=Passback(PassbackMode.TIMED, 60 * S)))),
    ),
    Case(
        "full",
        egress.occupancy_max,
        "egress-occupancy-max",
        clean(areas=areas(area("lobby", occupancy_max=9))),
        clean(areas=areas(area("lab", occupancy_max=9))),
    ),
    Case(
        "one left behind",
        egress.occupancy_min,
        "egress-occupancy-min",
        clean(areas=areas(area("lab", occupancy_min=2))),
        clean(areas=areas(area("stores", occupancy_min=2))),
    ),
    Case(
        "too few where they come to",
        egress.occupancy_min,
        "egress-occupancy-min",
        clean(areas=areas(area("outside", occupancy_min=2))),
        clean(lab(readers_out=()), areas=areas(area("lab", occupancy_min=2))),
    ),
    Case("armed", egress.area_armed, "egress-area-armed", armed("guards"), armed("guards", "crew")),
    Case("armed by all", egress.area_armed, "egress-area-armed", armed(), armed("crew")),
    Case(
        "two persons, minimum",
        demands.two_person,
        "egress-two-person",
        clean(minimum=(minimum("m", [("lab", OUT)], two_person=TWO),)),
        clean(minimum=(minimum("m", [("lab", IN), ("store", OUT)], two_person=TWO),)),
    ),
    Case(
        "two persons, grant",
        demands.two_person,
        "egress-two-person",
        lab_grants(replace(CREW, two_person=TWO)),
        lab_grants(replace(CREW, two_person=TWO), grant("out", [("lab", OUT)])),
    ),
    Case(
        "two persons, others let out",
        demands.two_person,
        "egress-two-person",
        lab_grants(replace(CREW, two_person=TWO), grant("out", [("lab", OUT)], ["guards"])),
        lab_grants(replace(CREW, two_person=TWO), grant("out", [("lab", OUT)], ["guards", "crew"])),
    ),
    Case(
        "two persons or a PIN",
        demands.two_person,
        "egress-two-person",
        lab_grants(replace(CREW, two_person=TWO), replace(CREW, id="crew-pin", require=Require.CARD_PIN)),
        lab_grants(replace(CREW, two_person=TWO), CREW),
    ),
    Case(
        "escort, minimum",
        demands.escort,
        "egress-escort",
        clean(minimum=(minimum("m", [("lab", OUT)], escort=GUARDS),)),
        clean(minimum=(minimum("m", [("lab", OUT)], "never", escort=GUARDS),)),
    ),
    Case(
        "escort, grant",
        demands.escort,
        "egress-escort",
        clean(access=(grant("visitors", [("lab", OUT)], ["visitors"], escort=GUARDS),)),
        clean(access=(grant("visitors", [("lab", IN)], ["visitors"], escort=GUARDS),)),
    ),
    Case(
        "first person",
        demands.first_person,
        "egress-first-person",
        lab_grants(CREW, grant("g", [("lab", OUT)], ["staff"], first_person=frozenset({"guards"}))),
        lab_grants(CREW, grant("g", [("lab", OUT)], ["crew"], first_person=frozenset({"guards"}))),
    ),
    Case(
        "PIN, minimum",
        demands.pin,
        "egress-pin",
        clean(minimum=(minimum("m", [("lab", OUT)], require=Require.CARD_PIN),)),
        clean(minimum=(minimum("m", [("lab", OUT)], require=Require.CARD),)),
    ),
    Case(
        "PIN, grant",
        demands.pin,
        "egress-pin",
        lab_grants(replace(CREW, require=Require.PIN)),
        lab_grants(CREW, replace(CREW, id="crew-pin", require=Require.PIN)),
    ),
    Case(
        "training",
        demands.prerequisite,
        "egress-prerequisite",
        lab_grants(grant("crew", [("lab", OUT)], ["crew"], valid=frozenset({"training"}))),
        lab_grants(grant("crew", [("lab", IN)], ["crew"], valid=frozenset({"training"}))),
    ),
    Case(
        "nothing to leave by",
        hardware.no_way,
        "egress-no-way",
        clean(lab(egress_by=None, readers_out=())),
        clean(lab(egress_by=EgressBy.DIRECT_REX, lock=Lock("io.out2", False, "safe"), readers_out=())),
    ),
    Case(
        "a call point is no everyday way",
        hardware.no_way,
        "egress-no-way",
        clean(software(rex=(), readers_out=())),
        clean(software(readers_out=())),
    ),
    Case(
        "a reader alone",
        hardware.reader_only,
        "egress-reader-only",
        clean(software(rex=())),
        clean(software()),
    ),
    Case(
        "a detector unlocks nothing",
        hardware.reader_only,
        "egress-reader-only",
        clean(software(rex=(Rex(circuit("io2.in2"), "pir", False, 30 * S),))),
        clean(software(rex=(Rex(circuit("io2.in2"), "pir", True, 30 * S),))),
    ),
    Case(
        "a controller alone",
        hardware.reader_only,
        "egress-reader-only",
        on(controlled(egress_by=EgressBy.SOFTWARE, emergency_release=circuit("io.in9")), fire=released("front")),
        on(controlled(), fire=released("front", "store")),
    ),
    Case(
        "no call point",
        hardware.lost_with_device,
        "egress-lost-with-device",
        clean(software(emergency_release=None)),
        clean(software()),
    ),
    Case(
        "a magnet that stays shut",
        hardware.maglock,
        "maglock-secure",
        clean(lab(lock=Lock("io.out2", False, "secure"))),
        clean(lab(lock=Lock("io.out2", False, "safe"))),
    ),
    Case(
        "a button that frees nothing",
        hardware.direct_rex,
        "direct-rex-secure",
        clean(lab(egress_by=EgressBy.DIRECT_REX)),
        clean(lab(egress_by=EgressBy.DIRECT_REX, lock=Lock("io.out2", True, "safe"))),
    ),
    Case(
        "a call point that frees nothing",
        hardware.call_point,
        "call-point-secure",
        clean(lab(emergency_release=circuit("io.in9"))),
        clean(lab(emergency_release=circuit("io.in9"), lock=Lock("io.out2", True, "safe"))),
    ),
    Case(
        "lock outside",
        hardware.lock_outside,
        "lock-outside",
        clean(lab(lock=Lock("lab-in.out1", True, "secure"))),
        clean(lab(lock=Lock("lab-out.out1", True, "secure"))),
    ),
    Case(
        "button outside",
        hardware.rex_outside,
        "rex-outside",
        clean(lab(rex=(Rex(circuit("lab-in.in1"), "button", True, 30 * S),))),
        clean(lab(rex=(Rex(circuit("lab-out.in1"), "button", True, 30 * S),))),
    ),
    Case(
        "software without fire",
        fire.not_released,
        "egress-not-released",
        clean(software(), fire=released("front", "store")),
        clean(software(), fire=released("lab")),
    ),
    Case(
        "shut without power",
        fire.relocks,
        "fire-relocks",
        no_exit(lock=SECURE),
        no_exit(lock=Lock("io.out2", False, "safe")),
    ),
    Case(
        "shut without the gateway",
        fire.relocks,
        "fire-relocks",
        clean(software()),
        clean(),
        {"io": "lock"},
    ),
    Case(
        "held without the gateway",
        fire.relocks,
        "fire-relocks",
        no_exit(lock=Lock("io.out2", False, "safe")),
        no_exit(lock=Lock("io2.out2", False, "safe")),
        {"io": "lock", "io2": "hold"},
    ),
    Case(
        "not ours to release",
        fire.without_lock,
        "fire-without-lock",
        controlled(egress=frozenset(), egress_by=None),
        controlled(),
    ),
]
NAMES = [case.name for case in CASES]


def ground(case: Case, policy: Policy) -> Ground:
    return Ground(policy, MONDAY, None, case.loss)


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_it_is_refused_by_this_rule_alone(case: Case) -> None:
    found = judged(ground(case, case.bad))
    assert case.code in {each.code for each in found}
    assert all(each.severity is Severity.ERROR for each in found)
    others = tuple(check for check in CHECKS if check is not case.check)
    assert case.code not in {each.code for each in judged(ground(case, case.bad), others)}


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_the_next_best_thing_passes(case: Case) -> None:
    assert judged(ground(case, case.good)) == []


def test_every_rule_has_its_cases() -> None:
    """Whichever check is taken out, a test above fails."""
    assert {case.check for case in CASES} == set(CHECKS)
    assert {case.code for case in CASES} == set(LIFE_SAFETY)
    assert len(CHECKS) == len(LIFE_SAFETY)


def test_what_is_past_is_forgotten() -> None:
    policy = clean(schedules=(PAST,), deny=(denial(("lab", OUT), "past"),))
    assert safety(policy) == []
    to_come = replace(PAST, within=(MONDAY + 60 * WEEK_US, MONDAY + 61 * WEEK_US))
    assert {f.code for f in safety(on(policy, schedules={**policy.schedules, "past": to_come}))} == {"egress-denied"}


def test_a_finding_says_where_it_is_written() -> None:
    (found,) = safety(clean(deny=(denial(("lab", OUT)),)))
    assert (found.source, found.subject) == (HERE, "suspended")
    assert str(found) == (
        "rules.yaml:7:3: error egress-denied: denial 'suspended' would hold people back on the way out of 'lab' by"
        " 'lab'"
    )
    assert found.fix


def test_the_devices_that_are_needed_are_named() -> None:
    (found,) = safety(clean(software(emergency_release=None, readers_out=())))
    assert "needs io, io2, this gateway: if one of them fails" in found.text
