"""Sites with something odd about doors, areas and schedules, and sites that nearly have it."""

from __future__ import annotations

from dataclasses import replace

from rules.policy import (
    Passback,
    PassbackMode,
    Rex,
)
from tests.rules.answers.lint.clean import (
    CREW,
    STAFF,
    area,
    areas,
    clean,
    front,
    lab,
    minimum,
    on,
    weekly,
)
from tests.rules.answers.lint.general_cases import (
    GOING,
    SHUT_ALL_DAY,
    TWO,
    Case,
    controlled,
    groups,
    inner,
    interlocked,
    made,
    released,
)
from tests.rules.builder import IN, OUT, S, circuit, interval

CASES = [
    Case(
        "let in by nobody",
        "door-nobody",
        on(clean(), access=(STAFF, replace(CREW, doors=(("lab", OUT),)))),
        clean(),
    ),
    Case(
        "a grant to nobody",
        "door-nobody",
        on(clean(groups=made(groups("x"))), access=(STAFF, replace(CREW, who=groups("leads")))),
        on(clean(), access=(STAFF, replace(CREW, who=groups("guards")))),
    ),
    Case(
        "let out by nobody",
        "door-nobody",
        on(clean(inner()), access=(STAFF, replace(CREW, doors=(("lab", IN),)))),  # type: ignore[arg-type]
        on(
            clean(inner(rex=(Rex(circuit("io.in9"), "button", True, S),))),  # type: ignore[arg-type]
            access=(STAFF, replace(CREW, doors=(("lab", IN),))),
        ),
    ),
    Case(
        "open for everybody",
        "door-nobody",
        on(clean(lab(unlock="never")), access=(STAFF,)),
        on(clean(lab(unlock="daily")), access=(STAFF,)),
    ),
    Case(
        "nothing opens it",
        "door-no-reader",
        clean(inner(readers_in=(), readers_out=())),  # type: ignore[arg-type]
        clean(lab(readers_in=(), readers_out=())),
    ),
    Case(
        "unlocked in an interlock",
        "interlock-unlocked",
        interlocked(inner(unlock="daily")),
        interlocked(inner(unlock="never")),
    ),
    Case(
        "never shut",
        "interlock-no-contact",
        interlocked(inner(contacts=())),
        interlocked(inner()),
    ),
    Case(
        "out without a read",
        "passback-unseen-exit",
        clean(areas=areas(area("stores", passback=Passback(PassbackMode.HARD)))),
        clean(areas=areas(area("lab", passback=Passback(PassbackMode.HARD)))),
    ),
    Case(
        "nobody comes in twos",
        "occupancy-min-alone",
        clean(areas=areas(area("stores", occupancy_min=2))),
        clean(
            areas=areas(area("stores", occupancy_min=2)),
            minimum=(minimum("m", [("store", IN)], two_person=TWO),),
        ),
    ),
    Case(
        "within the hour",
        "schedule-dst",
        clean(schedules=(weekly("n", interval({6}, 90, 300, SHUT_ALL_DAY)),)),
        clean(schedules=(weekly("n", interval({5}, 90, 300, SHUT_ALL_DAY)),)),
    ),
    Case(
        "closed on holidays",
        "schedule-holiday",
        clean(schedules=(weekly("n", interval({6}, 480, 600, ["holiday"])),)),
        clean(schedules=(weekly("n", interval({6}, 480, 600, SHUT_ALL_DAY)),)),
    ),
    Case(
        "used nowhere",
        "schedule-unused",
        clean(schedules=(GOING,)),
        clean(lab(unlock="daily"), front(unlock="noons")),
    ),
    Case(
        "a fire forgets an exit",
        "fire-misses-exit",
        clean(fire=released("front", "store")),
        clean(fire={}),
    ),
    Case(
        "a fire's door locks again",
        "fire-lost-contact",
        clean(),
        clean(fire=released("store")),
        loss={"io": "lock", "io2": "hold"},
    ),
    Case(
        "not ours to release",
        "fire-without-effect",
        controlled(),
        on(controlled(), fire=released("front", "store")),
    ),
]
