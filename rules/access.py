"""decide(): grant or deny, why, and by which rule. Pure; the order in which rules were written has no meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from rules.mode import BASE, mode
from rules.model.reasons import PRECEDENCE, Reason
from rules.model.stamp import Stamp
from rules.people import Credential, CredentialStatus, Person
from rules.policy import Direction
from rules.site import NO_RULES, Rule, Rules, Site
from rules.state import State

STALE_AFTER = 2_000_000
"""A read older than this, us, when its turn comes is denied."""

_STATUS = {
    CredentialStatus.DISABLED: Reason.CREDENTIAL_DISABLED,
    CredentialStatus.LOST: Reason.CREDENTIAL_LOST,
    CredentialStatus.STOLEN: Reason.CREDENTIAL_STOLEN,
}


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody wants to pass. pin: `none`, `ok`, `wrong`, `timeout` or `unavailable`; age: us the read waited."""

    door: str
    direction: Direction
    token: str | None
    reader: str
    age: int = 0
    fault: str | None = None
    pin: str = "none"


@dataclass(frozen=True, slots=True)
class Decision:
    """reason GRANTED or the first that forbids; also_failed: the others, in their order; rule: what decided."""

    reason: Reason
    person: str | None
    rule: str | None
    also_failed: tuple[Reason, ...] = ()

    @property
    def granted(self) -> bool:
        return self.reason is Reason.GRANTED


class Asked(NamedTuple):
    """A request with what was looked up for it: all that a check may know."""

    site: Site
    state: State
    request: Request
    stamp: Stamp
    credential: Credential | None
    person: Person | None


def look_up(site: Site, state: State, request: Request, stamp: Stamp) -> Asked:
    """Whose card it is, as far as the directory knows."""
    credential = site.people.credentials.get(request.token) if request.token else None
    person = site.people.persons.get(credential.person) if credential and credential.person else None
    return Asked(site, state, request, stamp, credential, person)


def decide(site: Site, state: State, request: Request, stamp: Stamp) -> Decision:
    """The decision on one request at `stamp`."""
    asked = look_up(site, state, request, stamp)
    rule, rule_reason = _ruling(asked)
    failed = {reason for check in CHECKS for reason in check(asked)}
    if rule_reason is not Reason.GRANTED:
        failed.add(rule_reason)
    person = asked.person
    name = person.id if person else None
    if not failed:
        return Decision(Reason.GRANTED, name, rule)
    first, *others = sorted(failed, key=PRECEDENCE.__getitem__)
    return Decision(first, name, rule if first is rule_reason else None, tuple(others))


def pin_demanded(site: Site, door: str, direction: Direction, utc: int) -> str | None:
    """The id of the minimum that demands a PIN on this way now, or None."""
    demands = site.rules.get((door, direction), NO_RULES).demands
    return next((d.id for d in demands if d.pin and d.schedule.active(utc)), None)


def _read_failures(asked: Asked) -> Iterator[Reason]:
    request = asked.request
    if request.age > STALE_AFTER:
        yield Reason.STALE_READ
    if request.fault is not None:
        yield Reason.BAD_FORMAT


def _credential_failures(asked: Asked) -> Iterator[Reason]:
    credential, person, utc = asked.credential, asked.person, asked.stamp.utc
    if credential is None:
        if asked.request.fault is None:
            yield Reason.UNKNOWN_CREDENTIAL
        return
    if credential.status in _STATUS:
        yield _STATUS[credential.status]
    if person is None:
        yield Reason.CREDENTIAL_UNASSIGNED
    for holder in (credential, person):
        if holder is not None and holder.begins is not None and utc < holder.begins:
            yield Reason.CREDENTIAL_NOT_YET_ACTIVE
        if holder is not None and holder.ends is not None and utc >= holder.ends:
            yield Reason.CREDENTIAL_EXPIRED
    if person is not None and person.blocked:
        yield Reason.PERSON_BLOCKED


def _state_failures(asked: Asked) -> Iterator[Reason]:
    site, state, request, _, _, person = asked
    if state.device(request.reader).status == "distrusted":
        yield Reason.READER_OUT_OF_SERVICE
    layers = state.door(request.door).layers
    effective = mode(layers) if layers else BASE
    if effective == "locked_down" and request.direction is Direction.IN:
        yield Reason.LOCKDOWN
    if effective == "blocked":
        yield Reason.DOOR_BLOCKED
    if not _may_enter_armed(site, state, request, person):
        yield Reason.AREA_ARMED


def _may_enter_armed(site: Site, state: State, request: Request, person: Person | None) -> bool:
    """Only those whose entry disarms an area may enter it armed."""
    area = entered(site, request.door, request.direction)
    if state.area(area).status in ("disarmed", "arming"):
        return True
    arming = site.areas[area].arming
    return arming is not None and person is not None and not person.groups.isdisjoint(arming.disarmed_by)


def _pin_failures(asked: Asked) -> Iterator[Reason]:
    """A PIN that was asked for counts even if it is demanded no longer; an answer nobody knows is none."""
    site, state, request, stamp, _, _ = asked
    if request.pin == "none" and pin_demanded(site, request.door, request.direction, stamp.utc) is None:
        return
    if pin_locked(state, request, stamp.t):
        yield Reason.PIN_LOCKOUT
    match request.pin:
        case "ok":
            pass
        case "wrong":
            yield Reason.WRONG_PIN
        case "timeout":
            yield Reason.PIN_TIMEOUT
        case "none":
            yield Reason.PIN_REQUIRED
        case _:
            yield Reason.AUTHENTICATION_UNAVAILABLE


def pin_locked(state: State, request: Request, t: int) -> bool:
    """Too many wrong PINs, of the card or at the reader."""
    limits = [state.reader(request.reader).locked_until]
    if request.token is not None:
        limits.append(state.pin(request.token).locked_until)
    return any(until is not None and t < until for until in limits)


CHECKS: tuple[Callable[[Asked], Iterator[Reason]], ...] = (
    _read_failures,
    _credential_failures,
    _state_failures,
    _pin_failures,
)
"""What can speak against a passage besides its rules; each says all it finds. `explain` has a line for each reason."""


def _ruling(asked: Asked) -> tuple[str | None, Reason]:
    """The rule that decides and what it says; a denial beats every grant."""
    person = asked.person
    if person is None:
        return None, Reason.NO_ACCESS_RIGHTS
    rules, utc = rules_of(asked), asked.stamp.utc
    denial = _first_active(matching(rules.denials, person), utc)
    if denial is not None:
        return denial.id, Reason.DENIED_BY_RULE
    return grant_ruling(rules, person, utc)


def rules_of(asked: Asked) -> Rules:
    """The rules of the way that was asked for."""
    return asked.site.rules.get((asked.request.door, asked.request.direction), NO_RULES)


def grant_ruling(rules: Rules, person: Person, utc: int) -> tuple[str | None, Reason]:
    """What the grants alone say: the first that is active, or why there is none."""
    grants = list(matching(rules.grants, person))
    active = _first_active(grants, utc)
    if active is not None:
        return active.id, Reason.GRANTED
    if grants:
        return min(g.id for g in grants), Reason.OUTSIDE_SCHEDULE
    return None, Reason.NO_ACCESS_RIGHTS


def matching(rules: Mapping[str, tuple[Rule, ...]], person: Person) -> Iterator[Rule]:
    """The rules that mean this person, active or not; one that names several of their groups comes several times."""
    for group in ("", *sorted(person.groups)):
        for rule in rules.get(group, ()):
            if not rule.attributes or set(rule.attributes) <= set(person.attributes):
                yield rule


def _first_active(rules: Iterable[Rule], utc: int) -> Rule | None:
    """The active rule with the lowest id, so that neither the order of groups nor of writing matters."""
    return min((r for r in rules if r.schedule.active(utc)), key=lambda r: r.id, default=None)


def entered(site: Site, door: str, direction: Direction) -> str:
    """The area a passage leads into."""
    outside, inside = site.doors[door].between
    return inside if direction is Direction.IN else outside
