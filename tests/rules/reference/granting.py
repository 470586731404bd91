"""What the rules say: denials, restrictions, and of the grants the one that asks for least."""

from __future__ import annotations

from dataclasses import dataclass

from rules.people import Person
from rules.policy import AccessPolicy, DenyPolicy, Escort, MinimumPolicy, TwoPerson
from tests.rules.reference.case import Case
from tests.rules.reference.clock import held_since, holds
from tests.rules.reference.meant import belongs, means, prepared


@dataclass(frozen=True)
class Terms:
    """What somebody has to bring: factors that were not given yet, somebody to come along, a second person."""

    missing: frozenset[str]
    escorts: tuple[Escort, ...]
    seconds: tuple[TwoPerson, ...]

    @property
    def burden(self) -> tuple[bool, bool, int]:
        return bool(self.escorts), bool(self.seconds), len(self.missing)


@dataclass(frozen=True)
class Finding:
    """words: what forbids, by the rules. rules: the ids that may be named, of those that decide alike."""

    words: tuple[str, ...]
    rules: tuple[str, ...]
    terms: Terms


def given(case: Case) -> set[str]:
    return {case.request.by, *(["pin"] if case.request.pin in ("ok", "duress") else [])}


def demands(case: Case) -> list[MinimumPolicy]:
    return [m for m in case.policy.minimum if case.covers(m.doors) and holds(case.policy, m.when, case.now)]


def factors(case: Case, grant: AccessPolicy | None) -> set[str]:
    sources = [grant, *demands(case)]
    return {word for s in sources if s is not None and s.require is not None for word in s.require.value.split("+")}


def terms(case: Case, grant: AccessPolicy | None) -> Terms:
    """Of a grant and the minimums together."""
    sources = [s for s in [grant, *demands(case)] if s is not None]
    escorts = [s.escort for s in sources if s.escort]
    seconds = [s.two_person for s in sources if s.two_person]
    return Terms(frozenset(factors(case, grant) - given(case)), tuple(escorts), tuple(seconds))


def finding(case: Case) -> Finding:
    """Of all rules. What the grants ask for counts under a denial too."""
    if case.person is None:
        return Finding(("no_access_rights",), (), terms(case, None))
    grants = of_grants(case, case.person)
    denials = _active(case, list(case.policy.deny))
    threats = _active(case, _restrictions(case))
    words = (["denied_by_rule"] if denials else []) + (["threat_level"] if threats else [])
    if not words:
        return grants
    return Finding(tuple(words), (min(r.id for r in denials or threats),), grants.terms)


def _active(case: Case, rules: list[DenyPolicy]) -> list[DenyPolicy]:
    return [
        r
        for r in rules
        if case.covers(r.doors) and means(case.policy, r.who, case.person) and holds(case.policy, r.when, case.now)
    ]


def _restrictions(case: Case) -> list[DenyPolicy]:
    """Of the level in force, and of every lower one; of all, where the level in force is one that nobody knows."""
    set_to = case.state.gateway().threat
    level = next((t for t in case.policy.threats if t.id == set_to), None)
    if not set_to:
        return []
    return [r for t in case.policy.threats if level is None or t.rank <= level.rank for r in t.restrictions]


def of_grants(case: Case, person: Person) -> Finding:
    bare = terms(case, None)
    left = [g for g in case.policy.access if case.covers(g.doors) and means(case.policy, g.who, person)]
    if "card" not in given(case):  # a PIN alone opens nothing that wants a card
        left = [g for g in left if "card" not in factors(case, g)]
    if not left:
        return Finding(("no_access_rights",), (), bare)
    for word, keeps in (("outside_schedule", _in_time), ("prerequisite_lapsed", _ready), ("first_person_not_in", _led)):
        kept = [g for g in left if keeps(case, g, person)]
        if not kept:
            return Finding((word,), tuple(g.id for g in left), bare)
        left = kept
    lightest = min(terms(case, g).burden for g in left)
    equal = sorted((g for g in left if terms(case, g).burden == lightest), key=lambda g: g.id)
    return Finding((), tuple(g.id for g in equal), terms(case, equal[0]))


def others(case: Case) -> list[Finding]:
    """What each grant that holds for whoever asks says, those that ask for less first; beneath a denial too."""
    person, found = case.person, finding(case)
    if person is None or not set(found.words) <= {"denied_by_rule", "threat_level"}:
        return []
    left = [g for g in case.policy.access if in_force(case, g, person)]
    if "card" not in given(case):
        left = [g for g in left if "card" not in factors(case, g)]
    left.sort(key=lambda g: (terms(case, g).burden, g.id))
    return [Finding(found.words, found.rules if found.words else (g.id,), terms(case, g)) for g in left]


def in_force(case: Case, grant: AccessPolicy, person: Person) -> bool:
    """Whether a grant holds for somebody, whatever it then asks for."""
    meant = case.covers(grant.doors) and means(case.policy, grant.who, person)
    return meant and _in_time(case, grant, person) and _ready(case, grant, person) and _led(case, grant, person)


def _in_time(case: Case, grant: AccessPolicy, person: Person) -> bool:
    return holds(case.policy, grant.when, case.now)


def _ready(case: Case, grant: AccessPolicy, person: Person) -> bool:
    return prepared(case.policy, grant.who, person, case.now)


def _led(case: Case, grant: AccessPolicy, person: Person) -> bool:
    """Whether one of those who must be first entered in this very period, or is the one who asks."""
    if not grant.first_person or any(belongs(case.policy, person, group) for group in grant.first_person):
        return True
    entries = [case.state.firsts.get(f"{case.far.id}/{group}") for group in grant.first_person]
    return any(entry and held_since(case.policy, grant.when, entry.utc, case.now) for entry in entries)
