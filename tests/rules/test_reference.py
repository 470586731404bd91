"""decide() against a slow, obvious evaluator that shares nothing with it: loops over the policy, and the wall clock."""

from __future__ import annotations

from hypothesis import given

from rules.access import _decide_fully, decide
from rules.decision import Decision
from rules.policy import Policy
from tests.rules.profiles import examples
from tests.rules.random_sites import built, cases
from tests.rules.reference.case import Case
from tests.rules.reference.verdict import Verdict, verdict


def same(found: Decision, expected: Verdict) -> None:
    assert [r.value for r in found.failed] == expected.failed
    assert (found.reason.value, found.granted) == (expected.reason, not expected.failed)
    assert [r.value for r in found.flags] == expected.flags
    assert found.rule in (expected.rules or (None,))
    assert (found.source is None) == (found.rule is None)
    assert found.rules_hash == "h"


@examples(200)
@given(cases())
def test_the_same_decision(case: Case) -> None:
    same(decide(built(case.policy, case), case.state, case.request), verdict(case))


@examples(200)
@given(cases())
def test_the_full_path_says_what_the_fast_path_says(case: Case) -> None:
    """Only the rule of a grant may differ, and only where some grants ask for more than a card."""
    site = built(case.policy, case)
    fast, full = decide(site, case.state, case.request), _decide_fully(site, case.state, case.request)
    same(full, verdict(case))
    assert (fast.reason, fast.also_failed, fast.flags) == (full.reason, full.also_failed, full.flags)
    if not fast.granted or not _asks_for_more(case.policy):
        assert (fast.rule, fast.source) == (full.rule, full.source)


def _asks_for_more(policy: Policy) -> bool:
    return any(
        rule.require.value != "card" or rule.two_person or rule.escort or rule.first_person or rule.who.valid
        for rule in policy.access
    )
