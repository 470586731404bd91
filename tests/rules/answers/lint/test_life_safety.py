"""Every life-safety rule: what it refuses, what it lets pass, and that nothing else would refuse it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.answers.lint.finding import LIFE_SAFETY, Severity
from rules.answers.lint.ground import Ground
from rules.answers.lint.life_safety import CHECKS, judged
from rules.policy import (
    Policy,
)
from tests.rules.answers.lint import cases_exits, cases_wiring
from tests.rules.answers.lint.clean import (
    WEEK_US,
    clean,
    on,
    safety,
    software,
)
from tests.rules.answers.lint.safety_cases import (
    HERE,
    PAST,
    Case,
    denial,
)
from tests.rules.builder import MONDAY, OUT

CASES = [*cases_exits.CASES, *cases_wiring.CASES]
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
