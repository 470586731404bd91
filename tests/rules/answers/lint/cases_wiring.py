"""Doors that would keep people in, and doors that nearly would."""

from __future__ import annotations

from rules.answers.lint import fire, hardware
from rules.policy import (
    EgressBy,
    Lock,
    Rex,
)
from tests.rules.answers.lint.clean import (
    clean,
    lab,
    on,
    software,
    store,
)
from tests.rules.answers.lint.safety_cases import (
    SECURE,
    Case,
    controlled,
    no_exit,
    released,
)
from tests.rules.builder import S, circuit

CASES = [
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
        "lock at a reader of another door, in the same outer area",
        hardware.lock_outside,
        "lock-outside",
        clean(lab(lock=Lock("store-in.out1", True, "secure"))),
        clean(store(lock=Lock("lab-out.out1", True, "secure"))),
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
