"""What can speak against a passage: each check says all it finds. A way is asked only what can matter there."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rules.asked import STALE_AFTER, Asked, Request
from rules.companion import escort_failures, second_failures
from rules.mode import BASE, mode
from rules.model.reasons import Reason
from rules.people import Card, CredentialStatus, Person
from rules.policy import Direction
from rules.site import Site, Way
from rules.standing import area_failures, inspection_failures, interlock_failures, limit_failures, passback_failures
from rules.state import State

Check = Callable[[Asked], Iterable[Reason]]

_STATUS = {
    CredentialStatus.DISABLED: (Reason.CREDENTIAL_DISABLED,),
    CredentialStatus.LOST: (Reason.CREDENTIAL_LOST,),
    CredentialStatus.STOLEN: (Reason.CREDENTIAL_STOLEN,),
}
_PIN = {
    "ok": (),
    "duress": (),
    "wrong": (Reason.WRONG_PIN,),
    "timeout": (Reason.PIN_TIMEOUT,),
    "none": (Reason.PIN_REQUIRED,),
}
_NO_ANSWER = (Reason.AUTHENTICATION_UNAVAILABLE,)


def read_failures(asked: Asked) -> Iterable[Reason]:
    request = asked.request
    stale = (Reason.STALE_READ,) if request.age > STALE_AFTER else ()
    return stale if request.fault is None else (*stale, Reason.BAD_FORMAT)


def credential_failures(asked: Asked) -> Iterable[Reason]:
    """Whose card it is, and whether both are in order now."""
    if asked.credential is None:
        return (Reason.UNKNOWN_CREDENTIAL,) if asked.request.fault is None else ()
    return holder_failures(asked.credential, asked.person, asked.request.utc)


def holder_failures(card: Card, person: Person | None, utc: int) -> list[Reason]:
    """What is wrong with a card, and with its holder, at `utc`; a reason may come twice."""
    found = list(_STATUS.get(card.status, ()))
    if person is None:
        found.append(Reason.CREDENTIAL_UNASSIGNED)
    for holder in (card, person):
        if holder is not None and holder.begins is not None and utc < holder.begins:
            found.append(Reason.CREDENTIAL_NOT_YET_ACTIVE)
        if holder is not None and holder.ends is not None and utc >= holder.ends:
            found.append(Reason.CREDENTIAL_EXPIRED)
    if person is not None and person.blocked:
        found.append(Reason.PERSON_BLOCKED)
    return found


def state_failures(asked: Asked) -> Iterable[Reason]:
    """The reader, the door's mode, the area that is armed: nothing of it, where nothing is unusual."""
    site, state, request = asked.site, asked.state, asked.request
    if not state.unusual:
        return ()
    found = []
    if state.device(request.reader).status == "distrusted":
        found.append(Reason.READER_OUT_OF_SERVICE)
    layers = state.door(request.door).layers
    effective = mode(layers) if layers else BASE
    if effective == "locked_down" and request.direction is Direction.IN and site.exempt.isdisjoint(asked.classes):
        found.append(Reason.LOCKDOWN)
    if effective == "blocked":
        found.append(Reason.DOOR_BLOCKED)
    if not _may_enter_armed(asked):
        found.append(Reason.AREA_ARMED)
    return found


def _may_enter_armed(asked: Asked) -> bool:
    """Only those whose entry disarms an area may enter it armed."""
    area = asked.way.area
    return asked.state.area(area.id).status in ("disarmed", "arming") or may_disarm(asked.site, area.id, asked.person)


def may_disarm(site: Site, area: str, person: Person | None) -> bool:
    """True for somebody whose entry disarms the area."""
    arming = site.areas[area].arming
    if arming is None or person is None:
        return False
    return not site.members.groups(person).isdisjoint(arming.disarmed_by)


def rule_failures(asked: Asked) -> Iterable[Reason]:
    ruling = asked.ruling
    return ruling.besides if ruling.reason is Reason.GRANTED else (ruling.reason, *ruling.besides)


def pin_failures(asked: Asked) -> Iterable[Reason]:
    """A PIN that was asked for counts even if it is demanded no longer; an answer nobody knows is none."""
    state, request = asked.state, asked.request
    if request.pin == "none" and "pin" not in asked.ruling.missing:
        return (Reason.PIN_LOCKOUT,) if request.by == "pin" and pin_locked(state, request) else ()
    said = _PIN.get(request.pin, _NO_ANSWER)
    return (Reason.PIN_LOCKOUT, *said) if pin_locked(state, request) else said


def pin_locked(state: State, request: Request) -> bool:
    """Too many wrong PINs, of the card or at the reader."""
    reader = state.readers.get(request.reader)
    card = state.pins.get(request.token) if request.token is not None else None
    return any(
        row is not None and row.locked_until is not None and request.t < row.locked_until for row in (reader, card)
    )


_UNBOUNDED = (None, None, None)

CHECKS: tuple[tuple[Check, Callable[[Way], object]], ...] = (
    (read_failures, lambda way: True),
    (credential_failures, lambda way: True),
    (limit_failures, lambda way: True),
    (state_failures, lambda way: True),
    (rule_failures, lambda way: True),
    (pin_failures, lambda way: True),
    (interlock_failures, lambda way: way.interlocked),
    (passback_failures, lambda way: way.area.passback is not None),
    (area_failures, lambda way: (way.area.occupancy_max, way.area.occupancy_min, way.near.occupancy_min) != _UNBOUNDED),
    (escort_failures, lambda way: way.companions),
    (second_failures, lambda way: way.companions),
    (inspection_failures, lambda way: way.inspections),
)
"""Every check, and where it is asked. A later policy adds a line; `explain` has one for each reason."""


def checks_of(way: Way) -> tuple[Check, ...]:
    """Those that can find something on a way."""
    return tuple(check for check, matters in CHECKS if matters(way))
