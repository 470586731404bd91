"""Requests from operators and controllers: who may ask what, and what follows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from rules.alarm import acknowledge, reset
from rules.door import clear_layer, open_by_operator, set_layer
from rules.emergency import end_lockdown, lock_down, reset_fire
from rules.intrusion import arm, disarm
from rules.mode import mode
from rules.model.canonical import canonical_bytes
from rules.model.commands import Answer, EditPeople, ReplayStream, Wait
from rules.model.events import RequestAccepted, RequestCarriedOut, RequestRefused
from rules.model.signals import PeopleEdited, RequestReceived
from rules.model.stamp import ClockState
from rules.policy import DoorPolicy, Role
from rules.reader import card_presented
from rules.state import NonceRecord, State
from rules.turn import Evolutions, Turn

LONGEST_LIFE = 10_000_000
"""us between issue and expiry of a request."""

CLOCK_SKEW = 2_000_000
"""us by which an asker's clock may be ahead of ours."""

RANK = {Role.VIEWER: 0, Role.GUARD: 1, Role.SUPERVISOR: 2, Role.ADMIN: 3}

# verb -> the least role that may ask it. `decide` is for controllers alone.
RIGHTS: dict[str, Role] = {
    "replay": Role.VIEWER,
    "open": Role.GUARD,
    "lockdown": Role.GUARD,
    "arm": Role.GUARD,
    "acknowledge": Role.GUARD,
    "lockdown-end": Role.SUPERVISOR,
    "unlock": Role.SUPERVISOR,
    "lock": Role.GUARD,
    "auto": Role.SUPERVISOR,
    "block": Role.SUPERVISOR,
    "unblock": Role.SUPERVISOR,
    "disarm": Role.SUPERVISOR,
    "reset": Role.SUPERVISOR,
    "fire-reset": Role.SUPERVISOR,
    "person-block": Role.SUPERVISOR,
    "person-unblock": Role.SUPERVISOR,
    "card-block": Role.SUPERVISOR,
}

_LOWERS = frozenset({"open", "unlock", "auto", "unblock", "disarm", "lockdown-end", "fire-reset", "person-unblock"})


def request_received(turn: Turn, request: RequestReceived) -> None:
    """Refuse it, or accept it and do what it asks; either is recorded and answered."""
    code = refusal(turn, request)
    if code is None and request.verb == "decide":
        _accept(turn, request)
        _decide(turn, request)
        return
    if code is None:
        code = _VERBS[request.verb](turn, request)
    if code is None:
        return
    if code == "ok":
        _answer(turn, request, True, "ok")
    else:
        _refuse(turn, request, code)


def refusal(turn: Turn, request: RequestReceived) -> str | None:
    """Why it must not even be tried, or None."""
    if request.fault is not None or request.who is None:
        return request.fault or "unsigned"
    if request.expires - request.issued > LONGEST_LIFE:
        return "too_long_lived"
    if turn.stamp.utc >= request.expires:
        return "expired"
    if request.issued > turn.stamp.utc + CLOCK_SKEW:
        return "not_yet_valid"
    if turn.state.nonces.get(request.nonce) is not None:
        return "replayed"
    if turn.stamp.clock is ClockState.JUMPED and request.verb in _LOWERS:
        return "clock_untrusted"
    return _lacks_right(turn, request.who, request.verb)


def _lacks_right(turn: Turn, who: str, verb: str) -> str | None:
    if verb == "decide":
        return None if who in turn.site.controllers else "not_allowed"
    if verb not in RIGHTS:
        return "unknown_verb"
    operator = turn.site.operators.get(who)
    allowed = operator is not None and RANK[operator.role] >= RANK[RIGHTS[verb]]
    return None if allowed else "not_allowed"


def _refuse(turn: Turn, request: RequestReceived, code: str) -> None:
    turn.emit(RequestRefused(request.request, request.who, request.verb, request.target, code))
    _answer(turn, request, False, code)


def _accept(turn: Turn, request: RequestReceived) -> None:
    assert request.who is not None
    turn.emit(
        RequestAccepted(
            request.request,
            request.who,
            request.verb,
            request.target,
            request.nonce,
            turn.stamp.utc,
            request.expires,
        )
    )


def _answer(turn: Turn, request: RequestReceived, ok: bool, code: str, body: str = "{}") -> None:
    turn.order(Answer(request.request, ok, code, body), Wait.ALWAYS)


def _decide(turn: Turn, request: RequestReceived) -> None:
    """A controller's badge: decided as at any reader, the outcome is the answer."""
    if request.card is None or request.card.reader != request.who or not _serves_door(turn, request.who):
        _refuse(turn, request, "no_such_reader")
    else:
        card_presented(turn, replace(request.card, read=request.request))


def _serves_door(turn: Turn, reader: str) -> bool:
    place = turn.site.readers.get(reader)
    return place is not None and place.door is not None


# -- verbs: each accepts, acts and returns `ok`, or returns why not; None: it is answered later ---------------------

Verb = Callable[[Turn, RequestReceived], str | None]
DoorAct = Callable[[Turn, DoorPolicy, str], object]


def _door(act: DoorAct) -> Verb:
    """A verb on one door."""

    def verb(turn: Turn, request: RequestReceived) -> str:
        door = turn.site.doors.get(request.target)
        if door is None:
            return "no_such_door"
        if door.lock is None:
            return "no_lock_of_ours"
        _accept(turn, request)
        act(turn, door, request.who or "")
        return "ok"

    return verb


def _open(turn: Turn, request: RequestReceived) -> str | None:
    """A momentary release; lockdown is ended by name, never by a click on one door."""
    if mode(turn.state.door(request.target).layers) == "locked_down":
        return "locked_down"
    return _door(open_by_operator)(turn, request)


def _doors_meant(turn: Turn, target: str) -> tuple[DoorPolicy, ...]:
    """A door, every door of an area, or all."""
    doors = turn.site.doors
    if target in doors:
        return (doors[target],)
    return tuple(d for d in doors.values() if target == "all" or target in d.between)


def _many(act: Callable[[Turn, tuple[DoorPolicy, ...]], None]) -> Verb:
    def verb(turn: Turn, request: RequestReceived) -> str:
        doors = _doors_meant(turn, request.target)
        if not doors:
            return "no_such_door_or_area"
        _accept(turn, request)
        act(turn, doors)
        return "ok"

    return verb


def _arm(turn: Turn, request: RequestReceived) -> str | None:
    if request.target not in turn.site.areas:
        return "no_such_area"
    _accept(turn, request)
    code, zones = arm(turn, request.target, request.who or "")
    _answer(turn, request, code == "ok", code, canonical_bytes({"zones": list(zones)}).decode())
    return None


def _after_accepting(act: Callable[[Turn, str, str], str], known: Callable[[Turn, str], str | None]) -> Verb:
    """A verb on one thing that can itself say no: the request was in order all the same, and is recorded as such."""

    def verb(turn: Turn, request: RequestReceived) -> str | None:
        missing = known(turn, request.target)
        if missing is not None:
            return missing
        _accept(turn, request)
        code = act(turn, request.target, request.who or "")
        _answer(turn, request, code == "ok", code)
        return None

    return verb


def _known_area(turn: Turn, area: str) -> str | None:
    return None if area in turn.site.areas else "no_such_area"


def _known_alarm(turn: Turn, alarm: str) -> str | None:
    return None if turn.state.alarms.get(alarm) else "no_such_alarm"


def _resettable(turn: Turn, alarm: str) -> str | None:
    """Fire has a reset of its own, which looks at the input first."""
    return "use_fire_reset" if alarm.startswith("fire.") else _known_alarm(turn, alarm)


def _known_fire(turn: Turn, fire: str) -> str | None:
    return None if fire in turn.site.fire else "no_such_fire_input"


def _reset_fire(turn: Turn, fire: str, by: str) -> str:
    return reset_fire(turn, turn.site.fire[fire], by)


def _replay(turn: Turn, request: RequestReceived) -> str | None:
    args = _args(request)
    if args is None:
        return "malformed"
    after, limit = args.get("after", 0), args.get("limit", 1000)
    if request.target not in ("event", "silent") or type(after) is not int or type(limit) is not int:
        return "malformed"
    _accept(turn, request)
    turn.order(ReplayStream(request.request, request.target, after, max(1, min(limit, 10_000))), Wait.ALWAYS)
    return None


def _edit_people(turn: Turn, request: RequestReceived) -> str | None:
    args = _args(request)
    if args is None:
        return "malformed"
    _accept(turn, request)
    text = canonical_bytes({**args, "target": request.target}).decode()
    turn.order(EditPeople(request.request, request.who or "", request.verb, text), Wait.ALWAYS)
    return None


def _args(request: RequestReceived) -> dict[str, object] | None:
    """The arguments, or None where they are not a JSON object without floats."""
    try:
        found = json.loads(request.args or "{}", parse_float=_no_float, parse_constant=_no_float)
        canonical_bytes(found)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_float(text: str) -> None:
    raise ValueError(text)


def people_edited(turn: Turn, signal: PeopleEdited) -> None:
    """The directory did, or did not do, what a request asked."""
    turn.emit(RequestCarriedOut(signal.request, signal.ok, signal.code))
    turn.order(Answer(signal.request, signal.ok, signal.code, signal.body), Wait.ALWAYS)


_VERBS: dict[str, Verb] = {
    "replay": _replay,
    "open": _open,
    "unlock": _door(lambda turn, door, who: set_layer(turn, door, "operator", "unlock", "operator")),
    "lock": _door(lambda turn, door, who: set_layer(turn, door, "operator", "lock", "operator")),
    "auto": _door(lambda turn, door, who: clear_layer(turn, door, "operator", "operator")),
    "block": _door(lambda turn, door, who: set_layer(turn, door, "blocked", "lock", "operator")),
    "unblock": _door(lambda turn, door, who: clear_layer(turn, door, "blocked", "operator")),
    "lockdown": _many(lock_down),
    "lockdown-end": _many(end_lockdown),
    "arm": _arm,
    "disarm": _after_accepting(disarm, _known_area),
    "acknowledge": _after_accepting(acknowledge, _known_alarm),
    "reset": _after_accepting(reset, _resettable),
    "fire-reset": _after_accepting(_reset_fire, _known_fire),
    "person-block": _edit_people,
    "person-unblock": _edit_people,
    "card-block": _edit_people,
}


def _accepted(state: State, event: RequestAccepted) -> None:
    for nonce, row in state.nonces.items():
        if row.expires + CLOCK_SKEW < event.at:
            state.nonces.drop(nonce)
    state.nonces.put(event.nonce, NonceRecord(event.expires))


def _unchanged(state: State, event: RequestRefused | RequestCarriedOut) -> None:
    """For the record alone."""


EVOLUTIONS: Evolutions = {
    RequestAccepted: _accepted,
    RequestRefused: _unchanged,
    RequestCarriedOut: _unchanged,
}
