"""What somebody lacks for a grant to let them pass, now or from its next beginning on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rules.answers.cause import Change, distinct, lasting, listed, local, named, speaking, supposed
from rules.asked import Asked
from rules.model.reasons import Reason
from rules.people import Person
from rules.policy import Require, Who
from rules.ruling import VALID, first_is_in, is_valid, valid_until
from rules.site import Demand, Rule

SAID = frozenset(
    {
        Reason.PIN_REQUIRED,
        Reason.ESCORT_REQUIRED,
        Reason.SECOND_PERSON_PENDING,
        Reason.FIRST_PERSON_NOT_IN,
        Reason.INSPECTION_SELECTED,
    }
)
"""Reasons that a change may bring along: its text says what the grant asks for, and nobody foresees a lot."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a person would come to be meant. words: what they lack for it; group: which one they would join, or empty."""

    person: Person
    words: tuple[str, ...]
    group: str


def fits(asked: Asked, who: Who) -> Iterator[Fit]:
    """Every way in which whoever asks could come to be meant by `who`; one that lacks nothing if they are."""
    person, members = asked.person, asked.site.members
    if person is None:
        return
    missing = bool(who.groups) and who.groups.isdisjoint(members.groups(person))
    having = set(person.attributes)
    wanted: dict[str, list[str]] = {}
    for name, value in who.attributes:
        wanted.setdefault(name, []).append(value)
    lacks = {n: sorted(v) for n, v in wanted.items() if having.isdisjoint((n, value) for value in v)}
    words = tuple(f"have attribute {name}: {listed(values, ' or ')}" for name, values in sorted(lacks.items()))
    attributes = dict(person.attributes) | {name: values[0] for name, values in lacks.items()}
    for group in sorted(who.groups) if missing else [""]:
        found = replace(person, groups=person.groups | ({group} - {""}), attributes=tuple(sorted(attributes.items())))
        found = found if words or group else person
        if members.means(who, found):
            yield Fit(found, words, group)


def changes(asked: Asked, rules: Iterable[Rule]) -> list[Change]:
    """What would make these grants let the person pass, the soonest first."""
    found = [change for rule in distinct(rules) if (change := _change(asked, rule)) is not None]
    return sorted(found, key=lambda change: change.at or 0)


def _change(asked: Asked, rule: Rule) -> Change | None:
    """None where the grant never begins again, or where a denial would keep out whoever joins for it."""
    at = None if rule.schedule.active(asked.utc) else rule.schedule.next_transition(asked.utc)
    if at is None and not rule.schedule.active(asked.utc):
        return None
    then = asked if at is None else supposed(asked, utc=at)
    shown = _wants_card(then, rule)
    if shown:
        then = supposed(then._replace(request=replace(then.request, by="card")))
    known = speaking(then) | SAID
    able = [fit for fit in fits(then, rule.who) if _helps(then, rule, fit, known)]
    return _worded(then, rule, able, at, ["show a card"] if shown else []) if able else None


def _helps(then: Asked, rule: Rule, fit: Fit, known: set[Reason]) -> bool:
    return speaking(supposed(then, _prepared(then, rule, fit.person))) <= known


def _worded(then: Asked, rule: Rule, able: list[Fit], at: int | None, shown: list[str]) -> Change:
    """Of those that could help, the ones that then lack least."""
    besides = {fit: (_renewals(then, rule, fit.person), _first(then, rule, fit.person, at)) for fit in able}
    renewed, first = min(besides.values(), key=lambda lacks: len(lacks[0]) + len(lacks[1]))
    best = [fit for fit, lacks in besides.items() if lacks == (renewed, first)]
    joins = [*_joining(fit.group for fit in best), *best[0].words]
    lacks = [*joins, *renewed, *first, *shown]
    when = "" if at is None else f", from {local(then.site, at)}"
    asks = "".join(f", with {word}" for word in asked_for(rule))
    become = tuple(_prepared(then, rule, fit.person) for fit in best) if joins or renewed else ()
    if not lacks:
        text = f"{named(rule)} is active again {local(then.site, at or then.utc)}{asks}"
    else:
        text = f"{' and '.join(lacks)}: {named(rule)}{when}{asks}"
    code = "join" if joins else "renew" if renewed else "first_person" if first else "show_card" if shown else "wait"
    return Change(code, text, rule.id, rule.source, at, become)


def _joining(groups: Iterable[str]) -> list[str]:
    found = sorted(set(groups) - {""})
    return [f"be in {'the group' if len(found) == 1 else 'one of the groups'} {listed(found)}"] if found else []


def asked_for(rule: Rule | Demand) -> list[str]:
    """What a grant or a minimum wants besides a card."""
    factors = rule.require.factors if isinstance(rule, Rule) else rule.factors
    found = {Require.PIN.factors: ["a PIN"], Require.CARD_PIN.factors: ["card and PIN"]}.get(factors, [])
    if rule.two_person is not None:
        group = f" of {rule.two_person.second}" if rule.two_person.second else ""
        found = [*found, f"a second person{group} within {lasting(rule.two_person.window)}"]
    if rule.escort is not None:
        found = [*found, f"an escort of {listed(rule.escort.groups, ' or ')} within {lasting(rule.escort.window)}"]
    return found


# -- prerequisites and those who come first ---------------------------------------------------------------------------


def _lapsed(asked: Asked, rule: Rule, person: Person) -> list[str]:
    return [name for name in sorted(rule.who.valid) if not is_valid(asked.site, person, name, asked.utc)]


def _prepared(asked: Asked, rule: Rule, person: Person) -> Person:
    """The person with everything renewed that the grant wants to be valid."""
    renewed = dict.fromkeys(_lapsed(asked, rule, person), VALID)
    return replace(person, attributes=tuple(sorted((dict(person.attributes) | renewed).items()))) if renewed else person


def _renewals(asked: Asked, rule: Rule, person: Person) -> list[str]:
    return [f"renew {name}, {lapse(asked, person, name)}" for name in _lapsed(asked, rule, person)]


def lapse(asked: Asked, person: Person, name: str) -> str:
    """How an attribute that should be valid is not."""
    value = dict(person.attributes).get(name)
    if value is None:
        return "which they do not have"
    return "which holds no date" if valid_until(value, asked.site.timezone) is None else f"valid up to {value}"


def _first(asked: Asked, rule: Rule, person: Person, at: int | None) -> list[str]:
    """Somebody who must come first, unless it is who asks. In a period still to come nobody has yet."""
    groups = rule.first_person
    if not groups or not groups.isdisjoint(asked.site.members.groups(person)):
        return []
    area = asked.way.area.id
    if at is None and first_is_in(asked.state, area, groups, rule.schedule.began(asked.utc)):
        return []
    return [f"let somebody of {listed(groups, ' or ')} enter {area} first"]


def _wants_card(asked: Asked, rule: Rule) -> bool:
    demands = (d.factors for d in asked.way.demands if d.schedule.active(asked.utc))
    return asked.request.by != "card" and "card" in rule.require.factors.union(*demands)


def holding(asked: Asked) -> list[Rule]:
    """The grants that let the person pass now, whatever else they ask for."""
    person = asked.person
    if person is None:
        return []
    grants = distinct(rule for name in asked.classes for rule in asked.way.grants.get(name, ()))
    return [
        rule
        for rule in grants
        if rule.schedule.active(asked.utc)
        and not _lapsed(asked, rule, person)
        and not _first(asked, rule, person, None)
        and not _wants_card(asked, rule)
    ]
