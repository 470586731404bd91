"""decide() against a slow, obvious evaluator that shares nothing with it: loops over the policy, and the wall clock."""

from __future__ import annotations

from hypothesis import given

from rules.access import _decide_fully, decide
from rules.decision import Decision
from tests.rules.profiles import examples
from tests.rules.random_sites import built, cases
from tests.rules.reference.case import Case
from tests.rules.reference.verdict import Verdict, verdict


def decided(case: Case) -> Decision:
    return decide(built(case.policy, case), case.state, case.request)


def same(found: Decision, expected: Verdict) -> None:
    assert [r.value for r in found.failed] == expected.failed
    assert (found.reason.value, found.granted) == (expected.reason, not expected.failed)
    assert [r.value for r in found.flags] == expected.flags
    assert found.rules_hash == "h"


@examples(200)
@given(cases())
def test_the_same_decision(case: Case) -> None:
    found, expected = decided(case), verdict(case)
    same(found, expected)
    if found.granted:
        assert found.rule in expected.rules, "one of those that ask for least"
    else:
        assert found.rule == expected.rule


@examples(200)
@given(cases())
def test_the_full_path_says_what_the_fast_path_says(case: Case) -> None:
    """Only the rule of a grant may differ: where several do, the fast path takes the first it meets."""
    site = built(case.policy, case)
    fast, full = decide(site, case.state, case.request), _decide_fully(site, case.state, case.request)
    same(full, verdict(case))
    assert (fast.reason, fast.also_failed, fast.flags) == (full.reason, full.also_failed, full.flags)
    assert (full.rule, full.source) == ((verdict(case).rule), full.source)
    if not fast.granted:
        assert (fast.rule, fast.source) == (full.rule, full.source)
