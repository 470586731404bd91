"""Who may ask what: a request is admitted, or refused with a code that says why."""

from __future__ import annotations

import re

from rules.model.commands import Answer, Wait
from rules.model.events import RequestAccepted, RequestRefused
from rules.model.signals import RequestReceived
from rules.model.stamp import ClockState
from rules.policy import OperatorPolicy, Role
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
    "threat-level": Role.SUPERVISOR,
    "forgive": Role.SUPERVISOR,
    "reload": Role.ADMIN,
    "rollback": Role.SUPERVISOR,
}

SILENCE = Role.SUPERVISOR
"""The least role that hears the silent stream and sees its alarms."""

_LOWERS = frozenset(
    (
        *("open", "unlock", "auto", "unblock", "disarm", "lockdown-end", "fire-reset"),
        *("person-unblock", "threat-level", "forgive", "reload"),
    )
)


_GIVEN_BACK = re.compile(r'"status":\s*"active"')


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
    if turn.stamp.clock is ClockState.JUMPED and _lowers(request):
        return "clock_untrusted"
    return _lacks_right(turn, request.who, request.verb)


def _lowers(request: RequestReceived) -> bool:
    """Would it make anything weaker? `card-block` gives a card back where it says so."""
    return request.verb in _LOWERS or (request.verb == "card-block" and _GIVEN_BACK.search(request.args) is not None)


def _lacks_right(turn: Turn, who: str, verb: str) -> str | None:
    if verb == "decide":
        return None if who in turn.site.controllers else "not_allowed"
    if verb not in RIGHTS:
        return "unknown_verb"
    operator = turn.site.operators.get(who)
    return None if operator is not None and _has(operator, RIGHTS[verb]) else "not_allowed"


def _has(operator: OperatorPolicy, role: Role) -> bool:
    return RANK[operator.role] >= RANK[role]


def hears_silence(turn: Turn, who: str | None) -> bool:
    """Who may know of duress and the like: for everybody else there is none."""
    operator = turn.site.operators.get(who or "")
    return operator is not None and _has(operator, SILENCE)


def refuse(turn: Turn, request: RequestReceived, code: str) -> None:
    proven = request.who is not None and request.fault is None and code != "replayed"
    turn.emit(
        RequestRefused(
            request.request,
            request.who,
            request.verb,
            request.target,
            code,
            request.nonce if proven else None,
            turn.stamp.utc,
            request.expires,
        )
    )
    answer(turn, request, False, code)


def accept(turn: Turn, request: RequestReceived) -> None:
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


def answer(turn: Turn, request: RequestReceived, ok: bool, code: str, body: str = "{}") -> None:
    turn.order(Answer(request.request, ok, code, body), Wait.ALWAYS)


def _remember(state: State, event: RequestAccepted | RequestRefused) -> None:
    """A nonce is good once, whatever came of it; forgotten when its request has expired."""
    for nonce, row in state.nonces.items():
        if row.expires + CLOCK_SKEW < event.at:
            state.nonces.drop(nonce)
    if event.nonce is not None:
        state.nonces.put(event.nonce, NonceRecord(event.expires))


EVOLUTIONS: Evolutions = {
    RequestAccepted: _remember,
    RequestRefused: _remember,
}
