"""Requests from operators and controllers: admitted or refused, carried out, answered."""

from __future__ import annotations

from dataclasses import replace

from rules.admission import accept, answer, refusal, refuse
from rules.model.commands import Answer, Wait
from rules.model.events import RequestCarriedOut
from rules.model.signals import PeopleEdited, RequestReceived
from rules.reader import card_presented
from rules.state import State
from rules.turn import Evolutions, Turn
from rules.verbs import VERBS


def request_received(turn: Turn, request: RequestReceived) -> None:
    """Refuse it, or accept it and do what it asks; either is recorded and answered."""
    code = refusal(turn, request)
    if code is None and request.verb == "decide":
        accept(turn, request)
        _decide(turn, request)
        return
    if code is None:
        code = VERBS[request.verb](turn, request)
    if code is None:
        return
    if code == "ok":
        answer(turn, request, True, "ok")
    else:
        refuse(turn, request, code)


def _decide(turn: Turn, request: RequestReceived) -> None:
    """A controller's badge: decided as at any reader, the outcome is the answer."""
    if request.card is None or request.card.reader != request.who or not _serves_door(turn, request.who):
        refuse(turn, request, "no_such_reader")
    else:
        card_presented(turn, replace(request.card, read=request.request))


def _serves_door(turn: Turn, reader: str) -> bool:
    place = turn.site.readers.get(reader)
    return place is not None and place.door is not None


def people_edited(turn: Turn, signal: PeopleEdited) -> None:
    """The directory did, or did not do, what a request asked."""
    turn.emit(RequestCarriedOut(signal.request, signal.ok, signal.code))
    turn.order(Answer(signal.request, signal.ok, signal.code, signal.body), Wait.ALWAYS)


def _unchanged(state: State, event: RequestCarriedOut) -> None:
    """For the record alone."""


EVOLUTIONS: Evolutions = {
    RequestCarriedOut: _unchanged,
}
