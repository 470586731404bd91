"""The tables of each way: neither the order of writing nor what anything is called has a meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given

from rules.access import decide
from rules.decision import Decision
from rules.people import Person
from rules.policy import Escort, Policy, Require, TwoPerson, Who
from rules.state import FirstRecord, State, WaitRecord
from tests.rules.builder import IN, OUT
from tests.rules.dice import Dice, rolled
from tests.rules.profiles import examples
from tests.rules.random_policies import GROUPS
from tests.rules.random_sites import built, case, cases
from tests.rules.reference.case import Case
from tests.rules.reference.granting import of_grants, terms
from tests.rules.trial import Trial
from tests.rules.wording import access, denial, least, threat, who

RULES = ("access", "minimum", "deny", "limits", "threats", "inspections", "interlocks")


def decided(case: Case) -> Decision:
    return decide(built(case.policy, case), case.state, case.request)


def said(found: Decision) -> tuple[object, ...]:
    """All of it but the edition, which is each site's own."""
    return found.reason, found.granted, found.rule, found.source, found.also_failed, found.flags


def shuffled(dice: Dice) -> tuple[Case, Policy]:
    """A case, and the same policy written in another order."""
    found = case(dice)
    turned: dict[str, Any] = {}
    for name in RULES:
        left, order = list(getattr(found.policy, name)), []
        while left:
            order.append(left.pop(dice.below(len(left))))
        turned[name] = tuple(order)
    groups = dict(reversed(list(found.policy.groups.items())))
    return found, replace(found.policy, **turned, groups=groups)


@examples(150)
@given(rolled(shuffled, 760))
def test_the_order_of_writing_has_no_meaning(found: tuple[Case, Policy]) -> None:
    written, other = found
    assert said(decided(replace(written, policy=other))) == said(decided(written))


# -- other names -------------------------------------------------------------------------------------------------------

OTHER = dict(zip(GROUPS, ["zeta", "eta", "beta", "alpha", "a"], strict=True))


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with other names for groups, wherever one is said."""
    match value:
        case Who():
            groups, but = frozenset(names[g] for g in value.groups), tuple(_renamed(w, names) for w in value.but)
            return replace(value, groups=groups, but=but)
        case Escort():
            return replace(value, groups=frozenset(names[g] for g in value.groups))
        case TwoPerson(second=str(second)):
            return replace(value, second=names[second])
    return value


def _rule(rule: Any, names: Mapping[str, str]) -> Any:
    """One rule with other names, and an id that sorts the other way."""
    found = {name: getattr(rule, name) for name in ("who", "two_person", "escort") if hasattr(rule, name)}
    parts = {name: _renamed(value, names) for name, value in found.items()}
    if hasattr(rule, "first_person"):
        parts["first_person"] = frozenset(names[g] for g in rule.first_person)
    digits = "".join(chr(ord("a") + 9 - int(d)) for d in rule.id[1:])
    return replace(rule, id=f"{rule.id[0]}-{digits}", **parts)


def _area(area: Any, names: Mapping[str, str]) -> Any:
    arming, passback = area.arming, area.passback
    if arming is not None:
        arming = replace(arming, disarmed_by=frozenset(names[g] for g in arming.disarmed_by))
    if passback is not None:
        passback = replace(passback, exempt=_renamed(passback.exempt, names))
    return replace(area, arming=arming, passback=passback)


def _policy(policy: Policy, names: Mapping[str, str]) -> Policy:
    """Inspections keep their ids, from which the lot is drawn."""
    rules: dict[str, Any] = {
        n: tuple(_rule(r, names) for r in getattr(policy, n)) for n in ("access", "minimum", "deny")
    }
    return replace(
        policy,
        **rules,
        limits=tuple(_rule(limit, names) for limit in policy.limits),
        inspections=tuple(replace(i, who=_renamed(i.who, names)) for i in policy.inspections),
        threats=tuple(replace(t, restrictions=tuple(_rule(r, names) for r in t.restrictions)) for t in policy.threats),
        lockdown_exempt=_renamed(policy.lockdown_exempt, names),
        areas={id: _area(area, names) for id, area in policy.areas.items()},
        groups={
            names[id]: replace(group, id=names[id], members=tuple(_renamed(w, names) for w in group.members))
            for id, group in policy.groups.items()
        },
    )


def _state(state: State, names: Mapping[str, str]) -> State:
    found = State()
    for name, table in state.tables().items():
        for key, row in table.items():
            if isinstance(row, FirstRecord):
                place, _, group = key.partition("/")
                key = f"{place}/{names[group]}"
            elif isinstance(row, WaitRecord):
                row = WaitRecord(tuple(replace(w, groups=tuple(names[g] for g in w.groups)) for w in row.waiting))
            found.tables()[name].put(key, row)
    return found


def renamed(found: Case) -> Case:
    people = [replace(p, groups=frozenset(OTHER[g] for g in p.groups)) for p in found.persons]
    return replace(found, policy=_policy(found.policy, OTHER), persons=people, state=_state(found.state, OTHER))


def _at_odds(found: Case) -> bool:
    """Grants that ask for as little, and not for the same: then the lowest id counts."""
    if found.person is None:
        return False
    equal = [g for g in found.policy.access if g.id in of_grants(found, found.person).rules]
    return len({terms(found, g) for g in equal}) > 1


@examples(150)
@given(cases())
def test_what_groups_and_rules_are_called_has_no_meaning(found: Case) -> None:
    if not _at_odds(found):
        expected, other = decided(found), decided(renamed(found))
        assert (other.reason, other.also_failed, other.flags) == (expected.reason, expected.also_failed, expected.flags)
        assert (other.rule is None) == (expected.rule is None)


# -- what stands where -------------------------------------------------------------------------------------------------


def test_a_denial_beats_a_restriction_and_both_every_grant() -> None:
    rules = {
        "deny": (denial("d2", who("staff"), "lab:in"), denial("d1", who(), "lab:in")),
        "threats": (threat("low", 1, denial("t", who(), "lab:in")),),
    }
    trial = Trial(rules)
    found = trial.ask()
    assert (found.reason.value, found.rule, found.also_failed) == ("denied_by_rule", "d1", ())
    trial.state.system.put("gateway", replace(trial.state.gateway(), threat="low"))
    assert [r.value for r in trial.ask().failed] == ["denied_by_rule", "threat_level"]


def test_everybody_is_denied_where_a_rule_says_so_and_nowhere_else() -> None:
    trial = Trial({"deny": (denial("no", who(), "lab:in"),)})
    assert (trial.says(), trial.says(way="lab:out"), trial.says(way="front:in")) == (
        "denied_by_rule",
        "granted",
        "granted",
    )
    assert Trial({"deny": (denial("no", who(), "lab:in", when="never"),)}).says() == "granted"
    assert [r.value for r in trial.ask(token="c-stranger").failed] == ["unknown_credential", "no_access_rights"]


def test_a_level_brings_its_own_restrictions_and_those_of_every_lower_one() -> None:
    levels = tuple(threat(f"l{n}", n, denial(f"t{n}", who(g), "lab:in")) for n, g in ((1, "a"), (2, "b"), (3, "c")))
    persons = tuple(Person(g, frozenset({"staff", g})) for g in "abc")
    for level, kept_out in (("", ""), ("l1", "a"), ("l2", "ab"), ("l3", "abc"), ("gone", "abc")):
        trial = Trial({"threats": levels}, persons)
        trial.state.system.put("gateway", replace(trial.state.gateway(), threat=level))
        assert "".join(g for g in "abc" if trial.says(g) == "threat_level") == kept_out


def test_a_rule_stands_on_its_ways_alone() -> None:
    trial = Trial({"access": (access("r", who("staff"), "lab:in", "front:out"),)})
    opens = {way for way in ("lab:in", "lab:out", "front:in", "front:out") if trial.says(way=way) == "granted"}
    assert opens == {"lab:in", "front:out"}


def test_of_what_is_demanded_the_lightest_grant_counts_and_the_minimum_binds_all() -> None:
    pair = TwoPerson(30_000_000)
    rules = (access("a", who("staff"), "lab:in", two_person=pair), access("b", who(), "lab:in"))
    assert Trial({"access": rules}).says() == "granted"
    assert Trial({"access": rules[:1]}).says() == "second_person_pending"
    bound = Trial({"access": rules, "minimum": (least("m", "lab:in", two_person=pair),)})
    assert bound.says() == "second_person_pending"


def test_a_pin_alone_opens_what_wants_no_card() -> None:
    code = access("code", who("staff"), "lab:in", require=Require.PIN)
    trial = Trial({"access": (code,)})
    assert trial.says(by="pin") == "granted"
    assert trial.says() == "pin_required", "their card asks for their PIN"
    assert trial.says(pin="ok") == "granted"
    assert Trial().says(by="pin") == "no_access_rights"
    bound = Trial({"access": (code,), "minimum": (least("m", "lab:in", require=Require.CARD),)})
    assert bound.says(by="pin") == "no_access_rights"


def test_each_way_knows_where_it_leads() -> None:
    site = Trial().site
    assert (site.way("lab", IN).near.id, site.way("lab", IN).area.id) == ("lobby", "lab")
    assert (site.way("lab", OUT).near.id, site.way("lab", OUT).area.id) == ("lab", "lobby")
