"""Reads that wait for somebody else: a second person, an escort, an inspection."""

from __future__ import annotations

from rules.access import decide, look_up, settled
from rules.asked import Asked, Request, given
from rules.companion import wait_of
from rules.decision import Decision
from rules.model.events import CompanionAwaited, InspectionDrawn, InspectionEnded
from rules.model.reasons import PENDING, Reason
from rules.model.signals import CardPresented
from rules.outcome import deny
from rules.policy import Direction
from rules.site import key
from rules.state import InspectionRecord, State, Waiting, WaitRecord
from rules.turn import Evolutions, Turn

AWAITED = {"second": Reason.SECOND_PERSON_PENDING, "escort": Reason.ESCORT_REQUIRED}
_TIMEOUTS = {"second": Reason.SECOND_PERSON_TIMEOUT, "escort": Reason.ESCORT_REQUIRED}


def await_somebody(turn: Turn, request: Request, decision: Decision) -> None:
    """Nothing speaks against it but that somebody else is wanted."""
    asked = look_up(turn.site, turn.state, request)
    if decision.reason is not Reason.INSPECTION_SELECTED:
        _await(turn, asked, decision.reason)
        return
    assert asked.person is not None
    rule = asked.ruling.rule.id if asked.ruling.rule is not None else None
    window = max((i.policy.window for i in asked.way.inspections), default=0)
    way = request.direction.value
    turn.emit(InspectionDrawn(request.door, request.reader, way, asked.person.id, rule, turn.t + window))


def await_second(turn: Turn, request: Request) -> None:
    """Who waits may not pass with whoever asks after all: they wait for somebody else."""
    _await(turn, settled(look_up(turn.site, turn.state, request)), Reason.SECOND_PERSON_PENDING)


def _await(turn: Turn, asked: Asked, reason: Reason) -> None:
    request, rule = asked.request, asked.ruling.rule
    assert asked.person is not None
    assert request.token is not None
    need, groups, window = wait_of(asked, reason)
    turn.emit(
        CompanionAwaited(
            request.door,
            request.reader,
            request.direction.value,
            asked.person.id,
            request.token,
            reason.value,
            rule.id if rule is not None else None,
            need,
            groups,
            turn.t + window,
            "+".join(sorted(given(request))),
        )
    )


def recheck(turn: Turn, request: Request) -> None:
    """Who waits at this way and may no longer pass, whoever comes, is told so."""
    for other in others(turn, request):
        again = request_again(turn, request, other)
        failed = decide(turn.site, turn.state, again).failed
        if not PENDING.issuperset(failed):
            deny(turn, again, failed, None, CardPresented(other.reader, other.token, "", ""))


def others(turn: Turn, request: Request) -> tuple[Waiting, ...]:
    """Who else waits at the way of a request."""
    found = turn.state.waiting(key(request.door, request.direction))
    return tuple(w for w in found if w.token != request.token)


def request_again(turn: Turn, request: Request, other: Waiting) -> Request:
    """What somebody asked before, as of now, by what they showed then: a PIN that came with it was in order."""
    return Request(
        request.door,
        request.direction,
        other.token,
        other.reader,
        turn.t,
        turn.stamp.utc,
        pin="ok" if other.shown == "card+pin" else "none",
        by="pin" if other.shown == "pin" else "card",
        entropy=turn.stamp.entropy,
    )


# -- deadlines ------------------------------------------------------------------------------------------


def wait_due(turn: Turn, way: str) -> None:
    """Nobody came."""
    door, _, direction = way.rpartition(":")
    for other in turn.state.waiting(way):
        if other.until <= turn.t:
            request = Request(door, Direction(direction), other.token, other.reader, turn.t, turn.stamp.utc)
            read = CardPresented(other.reader, other.token, "", "")
            deny(turn, request, (_TIMEOUTS[other.need],), other.rule, read)


def inspection_due(turn: Turn, person: str) -> None:
    """They went away without."""
    chosen = turn.state.inspections.get(person)
    if chosen is not None:
        turn.emit(InspectionEnded(chosen.door, person, None))


def end_inspections(turn: Turn, door: str, by: str) -> None:
    """An operator lets pass whoever was chosen at this door."""
    for person, chosen in turn.state.inspections.items():
        if chosen.door == door:
            turn.emit(InspectionEnded(door, person, by))


# -- evolution ------------------------------------------------------------------------------------------


def _awaited(state: State, event: CompanionAwaited) -> None:
    way = f"{event.door}:{event.direction}"
    new = Waiting(
        event.person, event.token, event.reader, event.rule, event.need, event.groups, event.until, event.shown
    )
    _put(state, way, (*_without(state.waiting(way), event.person), new))


def forget(state: State, door: str, direction: str, person: str | None) -> None:
    """Nobody of this id waits there any more."""
    way = f"{door}:{direction}"
    if state.waits.get(way) is not None:
        _put(state, way, _without(state.waiting(way), person))


def _without(waiting: tuple[Waiting, ...], person: str | None) -> tuple[Waiting, ...]:
    return tuple(w for w in waiting if w.person != person)


def _put(state: State, way: str, waiting: tuple[Waiting, ...]) -> None:
    if waiting:
        state.waits.put(way, WaitRecord(waiting))
    else:
        state.waits.drop(way)
    state.deadlines.set(f"wait:{way}", min((w.until for w in waiting), default=None))


def _drawn(state: State, event: InspectionDrawn) -> None:
    state.inspections.put(event.person, InspectionRecord(event.door, event.until))
    state.deadlines.set(f"inspection:{event.person}", event.until)


def _ended(state: State, event: InspectionEnded) -> None:
    state.inspections.drop(event.person)
    state.deadlines.drop(f"inspection:{event.person}")


EVOLUTIONS: Evolutions = {
    CompanionAwaited: _awaited,
    InspectionDrawn: _drawn,
    InspectionEnded: _ended,
}
