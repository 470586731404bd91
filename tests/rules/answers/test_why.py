"""Explanations over random sites: what they offer would help, whatever the site, the moment and the state."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from hypothesis import given

from rules import snapshot
from rules.access import decide
from rules.answers.cause import Cause, Change
from rules.answers.explain import Explanation, explain
from rules.answers.lacks import SAID
from rules.asked import Request
from rules.following import wanted_layers
from rules.mode import with_layer, without_layer
from rules.model.reasons import PENDING, PRECEDENCE, Reason
from rules.people import Person
from rules.policy import Policy
from rules.site import Site
from rules.state import DoorRecord, FirstRecord, State
from tests.rules.builder import S
from tests.rules.profiles import examples
from tests.rules.random_sites import built, cases
from tests.rules.reference.case import Case

DAY = 86_400 * S
HOUR = 3600 * S
LASTING = {
    Reason.CREDENTIAL_NOT_YET_ACTIVE,
    Reason.DENIED_BY_RULE,
    Reason.THREAT_LEVEL,
    Reason.PASSBACK,
    Reason.TIMED_PASSBACK,
    Reason.UNEXPECTED_LOCATION,
}
"""Reasons that hold without a break until what is said to end them."""
DENYING = {Reason.DENIED_BY_RULE, Reason.THREAT_LEVEL, Reason.LOCKDOWN}


def explained(case: Case, horizon: int = 0) -> Explanation:
    return explain(built(case.policy, case), case.state, case.request, case.request.utc + horizon)


def at(case: Case, utc: int) -> Case:
    """The same, as much later as that."""
    request = case.request
    return replace(case, request=replace(request, utc=utc, t=request.t + utc - request.utc))


def shown(case: Case, change: Change) -> Case:
    """With a card, where that is what they lack besides."""
    lacks = "show a card" in change.text
    return replace(case, request=replace(case.request, by="card")) if lacks else case


def of(case: Case, person: Person) -> Case:
    return replace(case, persons=[person if p.id == person.id else p for p in case.persons])


def copied(state: State) -> State:
    return snapshot.load(snapshot.dump(state))


def offered(found: Explanation) -> Iterator[tuple[Cause, Change]]:
    return ((cause, change) for cause in found.causes for change in cause.changes)


def known(cause: Cause) -> tuple[Reason, str | None, str]:
    return cause.reason, cause.rule, cause.text


@examples(100)
@given(cases())
def test_the_decision_is_that_of_decide_and_every_reason_of_it_is_explained(case: Case) -> None:
    site = built(case.policy, case)
    found = explain(site, case.state, case.request, 0)
    decision = decide(site, case.state, case.request)
    assert found.decision == decision
    assert found.granted == decision.granted  # no exit of these sites is free
    assert set(decision.failed) <= set(found.reasons)
    assert list(found.reasons) == sorted(found.reasons, key=PRECEDENCE.__getitem__)
    assert set(found.reasons) <= set(decision.failed) or DENYING & set(decision.failed)
    assert all(cause.changes for cause in found.causes)
    assert bool(found.changes) == found.granted
    assert found.waits == (not found.granted and PENDING.issuperset(decision.failed))
    assert {noted.reason for noted in found.noted} == set(decision.flags)


def without(policy: Policy, id: str) -> Policy:
    """The same policy without the rule of this id."""
    left: dict[str, Any] = {
        name: tuple(rule for rule in getattr(policy, name) if rule.id != id)
        for name in ("access", "deny", "limits", "inspections", "interlocks", "minimum")
    }
    threats = tuple(replace(t, restrictions=tuple(r for r in t.restrictions if r.id != id)) for t in policy.threats)
    return replace(policy, **left, threats=threats)


@examples(100)
@given(cases())
def test_a_rule_that_is_said_to_deny_denies_no_longer_once_it_is_gone(case: Case) -> None:
    for cause, change in offered(explained(case)):
        if change.code == "remove_rule" and change.rule is not None:
            after = explained(replace(case, policy=without(case.policy, change.rule)))
            assert known(cause) not in set(map(known, after.causes))
            assert set(after.reasons) <= set(explained(case).reasons)


@examples(100)
@given(cases())
def test_without_the_denials_that_are_named_none_is_left(case: Case) -> None:
    found = explained(case)
    policy = case.policy
    for cause in found.causes:
        if cause.reason in (Reason.DENIED_BY_RULE, Reason.THREAT_LEVEL) and cause.rule is not None:
            policy = without(policy, cause.rule)
    after = explained(replace(case, policy=policy))
    assert set(after.reasons) == set(found.reasons) - {Reason.DENIED_BY_RULE, Reason.THREAT_LEVEL}


@examples(100)
@given(cases())
def test_what_waiting_is_said_to_end_has_ended_then(case: Case) -> None:
    for cause, change in offered(explained(case)):
        if change.code == "wait" and change.at is not None:
            after, before = explained(at(case, change.at)), explained(at(case, change.at - 1))
            assert known(cause) not in set(map(known, after.causes)), change
            if change.rule in {rule.id for rule in case.policy.access}:
                assert change.rule in {rule.id for rule in after.grants} - {rule.id for rule in before.grants}
            elif cause.reason in LASTING:
                assert (cause.reason, cause.rule) in {(c.reason, c.rule) for c in before.causes}, change


@examples(150)
@given(cases())
def test_whoever_becomes_what_is_offered_is_rid_of_that_cause_and_of_nothing_worse(case: Case) -> None:
    for cause, change in offered(explained(case)):
        then = shown(case if change.at is None else at(case, change.at), change)
        said = set(explained(then).reasons) | SAID
        for person in change.become:
            after = explained(of(then, person))
            assert set(after.reasons) <= said, change
            assert known(cause) not in set(map(known, after.causes)), change
            if change.rule in {rule.id for rule in case.policy.access}:
                held = {rule.id for rule in after.grants}
                assert "let somebody of" in change.text or change.rule in held, change


# -- changes of the state ---------------------------------------------------------------------------------------------


def _forgotten(state: State, case: Case, change: Change, person: str) -> None:
    state.places.drop(person)


def _calmer(state: State, case: Case, change: Change, person: str) -> None:
    ranks = {t.rank: t.id for t in case.policy.threats}
    (rank,) = (rank for rank, id in ranks.items() if change.text.endswith(f" below {id}"))
    level = max((r for r in ranks if r < rank), default=0)
    state.system.put("gateway", replace(state.gateway(), threat=ranks.get(level, "")))


def _shut(state: State, case: Case, change: Change, person: str) -> None:
    for door in case.policy.doors:
        if door != case.request.door and f" {door}" in change.text:
            state.doors.put(door, DoorRecord("closed"))


def _disarmed(state: State, case: Case, change: Change, person: str) -> None:
    for area, row in state.areas.items():
        if change.text == f"disarm area {area}":
            state.areas.put(area, replace(row, status="disarmed"))


def _entered(state: State, case: Case, change: Change, person: str) -> None:
    rule = next(rule for rule in case.policy.access if rule.id == change.rule)
    for area in case.policy.areas:
        if f" enter {area} first" in change.text:
            state.firsts.put(f"{area}/{min(rule.first_person)}", FirstRecord(case.request.utc))


def _unlayered(layer: str) -> Callable[[State, Case, Change, str], None]:
    def act(state: State, case: Case, change: Change, person: str) -> None:
        record = state.door(case.request.door)
        state.doors.put(case.request.door, replace(record, layers=tuple(s for s in record.layers if s.layer != layer)))

    return act


ACTS = {
    "forgive": _forgotten,
    "lower_threat": _calmer,
    "shut": _shut,
    "disarm": _disarmed,
    "first_person": _entered,
    "end_lockdown": _unlayered("locked_down"),
    "unblock_door": _unlayered("blocked"),
}


@examples(150)
@given(cases())
def test_what_somebody_does_ends_the_cause_that_names_it(case: Case) -> None:
    found = explained(case)
    for cause, change in offered(found):
        act = ACTS.get(change.code)
        if act is not None and change.at is None:
            state = copied(case.state)
            act(state, case, change, found.person or "")
            after = explained(shown(replace(case, state=state), change))
            assert known(cause) not in set(map(known, after.causes)), change


# -- the opposite of a grant, and time --------------------------------------------------------------------------------


@examples(200)
@given(cases())
def test_what_is_said_to_deny_denies(case: Case) -> None:
    found = explained(case)
    for change in found.changes:
        after = case
        if change.code == "remove_rule":
            policy = case.policy
            for rule in found.grants:
                policy = without(policy, rule.id)
            after = replace(case, policy=policy)
        elif change.code == "wait":
            assert change.at is not None
            after = at(case, change.at)
        elif change.code == "raise_threat":
            state = copied(case.state)
            level = change.text.removeprefix("threat level ").partition(":")[0]
            state.system.put("gateway", replace(state.gateway(), threat=level))
            after = replace(case, state=state)
        elif change.code == "use":
            state, token = copied(case.state), case.request.token or ""
            state.uses.put(token, replace(state.use(token), uses=state.use(token).uses + int(change.text.split()[0])))
            after = replace(case, state=state)
        else:
            assert change.code == "deny"
            continue
        assert not explained(after).granted, change


def granted_at(case: Case, site: Site, utc: int) -> bool:
    """Whether they pass then, by decide() on a state whose doors follow their schedules."""
    state = copied(case.state)
    for id, door in site.doors.items():
        layers = state.door(id).layers
        for layer, wanted in tuple(wanted_layers(site, state, door, utc)):
            layers = with_layer(layers, layer) if wanted else without_layer(layers, layer.layer, layer.by)
        state.doors.put(id, replace(state.door(id), layers=layers))
    request: Request = at(case, utc).request
    bare = decide(site, state, replace(request, pin="none"))
    asks = Reason.PIN_REQUIRED in bare.failed and request.pin != "none"
    return (decide(site, state, request) if asks else bare).granted


@examples(60)
@given(cases())
def test_the_answer_turns_when_it_is_said_to_and_not_before(case: Case) -> None:
    case = replace(case, request=replace(case.request, age=0, fault=None, token="c1"))
    site, utc = built(case.policy, case), case.request.utc
    picture = snapshot.dump(case.state)
    found = explained(case, DAY)
    assert snapshot.dump(case.state) == picture
    end = utc + DAY if found.turns is None else found.turns
    now = granted_at(case, site, utc)
    moments: set[Any] = {*range(utc, end, 4 * HOUR), utc, utc + 1, utc + 10 * S, end - 1}
    assert {granted_at(case, site, m) for m in moments if utc <= m < end} == {now}
    if found.turns is not None:
        assert granted_at(case, site, found.turns) != now
