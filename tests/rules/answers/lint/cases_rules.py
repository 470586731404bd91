"""Sites with rules, levels and expectations that mean little, and sites whose rules nearly do."""

from __future__ import annotations

from dataclasses import replace

from rules.policy import (
    ExpectFirePolicy,
    InspectionPolicy,
    Require,
)
from tests.rules.answers.lint.clean import (
    CREW,
    STAFF,
    clean,
    grant,
    minimum,
    on,
    weekly,
)
from tests.rules.answers.lint.general_cases import (
    DAY,
    HERE,
    IN_LAB,
    LATER,
    NIGHTS,
    TWO,
    Case,
    deny,
    expect,
    groups,
    threat,
)
from tests.rules.builder import IN, MONDAY, OUT, S, interval

CASES = [
    Case(
        "the same again",
        "rule-duplicate",
        clean(access=(replace(CREW, id="again", source=LATER),)),
        clean(access=(replace(CREW, id="again", source=LATER, doors=(("front", IN), *CREW.doors)),)),
    ),
    Case(
        "the same denial",
        "rule-duplicate",
        clean(deny=(deny("a", groups("crew")), deny("b", groups("crew"), source=LATER))),
        clean(deny=(deny("a", groups("crew")), deny("b", groups("guards"), source=LATER))),
    ),
    Case(
        "less time",
        "rule-shadowed",
        clean(access=(grant("x", IN_LAB, ["crew"], when="daily", line=9),)),
        on(
            clean(schedules=(NIGHTS,)),
            access=(STAFF, grant("crew", IN_LAB, ["crew"], when="nights"), grant("x", IN_LAB, ["crew"], when="daily")),
        ),
    ),
    Case(
        "demanding more",
        "rule-shadowed",
        clean(access=(grant("x", IN_LAB, ["crew"], two_person=TWO, line=9),)),
        clean(access=(grant("x", IN_LAB, ["guards"], two_person=TWO, line=9),)),
    ),
    Case(
        "by two together",
        "rule-shadowed",
        clean(access=(grant("g", IN_LAB, ["guards"]), grant("x", IN_LAB, ["crew", "guards"], line=9, when="daily"))),
        clean(access=(grant("g", IN_LAB, ["guards"]), grant("x", IN_LAB, ["crew", "staff"], line=9, when="daily"))),
    ),
    Case(
        "a denial within a denial",
        "rule-shadowed",
        clean(deny=(deny("a", groups("crew")), deny("b", groups("crew"), "daily", LATER))),
        clean(
            schedules=(NIGHTS,), deny=(deny("a", groups("crew"), "nights"), deny("b", groups("crew"), "daily", LATER))
        ),
    ),
    Case(
        "a minimum beneath a minimum",
        "rule-shadowed",
        clean(
            minimum=(
                minimum("a", IN_LAB, "daily", require=Require.CARD_PIN),
                minimum("b", IN_LAB, require=Require.CARD_PIN),
            )
        ),
        clean(
            minimum=(
                minimum("a", IN_LAB, "daily", require=Require.CARD_PIN),
                minimum("b", IN_LAB, require=Require.CARD, two_person=TWO),
            )
        ),
    ),
    Case(
        "always denied",
        "rule-beaten",
        clean(access=(grant("x", IN_LAB, ["guards"]),), deny=(deny("d", groups("guards", "staff")),)),
        clean(access=(grant("x", IN_LAB, ["guards"]),), deny=(deny("d", groups("guards"), "daily"),)),
    ),
    Case(
        "asking in vain",
        "grant-undercut",
        on(
            clean(),
            access=(
                STAFF,
                CREW,
                grant("strict", IN_LAB, ["guards"], require=Require.CARD_PIN),
                grant("lax", IN_LAB, ["guards"], when="daily"),
            ),
        ),
        clean(
            schedules=(NIGHTS,),
            access=(
                grant("strict", IN_LAB, ["guards"], when="nights", require=Require.CARD_PIN),
                grant("lax", IN_LAB, ["guards"], when="daily"),
            ),
        ),
    ),
    Case(
        "a minimum above grants",
        "minimum-raises",
        clean(minimum=(minimum("m", IN_LAB, require=Require.CARD_PIN),)),
        clean(minimum=(minimum("m", IN_LAB, require=Require.CARD),)),
    ),
    Case(
        "nobody can ask",
        "rule-no-reader",
        clean(access=(grant("x", [("store", OUT)], ["crew"]),)),
        clean(access=(grant("x", [("store", OUT), ("store", IN)], ["crew"]),)),
    ),
    Case(
        "never",
        "rule-never",
        clean(access=(grant("x", IN_LAB, ["guards"], when="never"),)),
        clean(access=(grant("x", IN_LAB, ["guards"], when="daily"),)),
    ),
    Case(
        "over",
        "rule-never",
        clean(
            schedules=(weekly("old", interval(range(7), 480, 1020), within=(MONDAY - 9 * DAY, MONDAY - DAY)),),
            inspections=(InspectionPolicy("i", HERE, groups("crew"), (("lab", IN),), 9, "old", S),),
        ),
        clean(
            schedules=(weekly("old", interval(range(7), 480, 1020), within=(MONDAY - 9 * DAY, MONDAY + DAY)),),
            inspections=(InspectionPolicy("i", HERE, groups("crew"), (("lab", IN),), 9, "old", S),),
        ),
    ),
    Case("a level of nothing", "threat-idle", threat(), threat(deny("d", groups("crew")))),
    Case(
        "a level that never holds",
        "threat-idle",
        threat(deny("d", groups("crew"), "never")),
        threat(deny("d", groups("crew"))),
    ),
    Case(
        "of nobody",
        "expect-idle",
        expect(groups("guards", attributes=(("company", "acme"),))),
        expect(groups("guards")),
    ),
    Case("of an empty group", "expect-idle", expect(groups("nobodies")), expect(groups("crew"))),
    Case("of no door", "expect-idle", expect(groups("crew"), doors=()), expect(groups("crew"))),
    Case("at no time", "expect-idle", expect(groups("crew"), when="never"), expect(groups("crew"), when="daily")),
    Case(
        "of no fire door",
        "expect-idle",
        clean(expect=(ExpectFirePolicy("e1", HERE, ()),)),
        clean(expect=(ExpectFirePolicy("e1", HERE, ("lab",)),)),
    ),
]
