"""PINs: asked for after a card, checked by a service, counted when wrong."""

from __future__ import annotations

from dataclasses import replace

from rules.access import opens_by_pin, pin_locked
from rules.alarm import momentary_alarm
from rules.asked import Request
from rules.credential import PIN_ALONE
from rules.model.commands import IdentifyPin, VerifyPin, Wait
from rules.model.events import AccessPending, DuressReported, PinFailed, PinSubmitted
from rules.model.points import Outcome
from rules.model.signals import CardPresented, PinChecked, PinEntered, PinIdentified
from rules.outcome import holder, request_of, show
from rules.reader import conclude
from rules.site import ReaderSite
from rules.state import PinRecord, ReaderRecord, State
from rules.turn import Evolutions, Turn

CHECK_TIME = 5_000_000
"""us that a check of the digits may take."""

CARD_FAILURES, CARD_LOCKOUT, CARD_LOCKOUT_MAX = 5, 300_000_000, 3_600_000_000
READER_FAILURES, READER_WINDOW, READER_LOCKOUT = 10, 60_000_000, 120_000_000


def pin_entered(turn: Turn, signal: PinEntered) -> None:
    """Digits at a reader: of the PIN that is pending there, or of one that is a credential by itself."""
    reader = turn.state.reader(signal.reader)
    if reader.stage != "asked":
        _identify(turn, signal, reader)
        return
    turn.emit(PinSubmitted(signal.reader, reader.attempt, turn.t + CHECK_TIME))
    command = VerifyPin(signal.reader, reader.attempt, reader.person, signal.pin)
    turn.order(command, Wait.NONE, ttl=CHECK_TIME)
    show(turn, signal.reader, Outcome.WAIT, Wait.NONE)


def _identify(turn: Turn, signal: PinEntered, reader: ReaderRecord) -> None:
    """Where a PIN alone may open now, it is asked whose it is; anywhere else digits mean nothing."""
    place = turn.site.readers.get(signal.reader)
    if reader.stage != "idle" or place is None or place.door is None or place.free_exit:
        return
    if not opens_by_pin(turn.site.way(place.door, place.direction), turn.stamp.utc):
        return
    attempt = reader.attempt + 1
    turn.emit(PinSubmitted(signal.reader, attempt, turn.t + CHECK_TIME, alone=True))
    turn.order(IdentifyPin(signal.reader, attempt, signal.pin), Wait.NONE, ttl=CHECK_TIME)
    show(turn, signal.reader, Outcome.WAIT, Wait.NONE)


def pin_identified(turn: Turn, signal: PinIdentified) -> None:
    """Whose PIN it is. A wrong one counts against the reader, for there is no card it could count against.

    A reader that is locked takes the digits all the same: it lets nobody in, and hears of duress.
    """
    reader = turn.state.reader(signal.reader)
    place = turn.site.readers.get(signal.reader)
    if reader.stage != "checking" or reader.attempt != signal.attempt or place is None or place.door is None:
        return
    read = CardPresented(signal.reader, signal.token, PIN_ALONE, "")
    request = request_of(turn, place, read)
    if signal.duress:
        _alarm_duress(turn, place.door, signal.reader, holder(turn, signal.token))
    if signal.token is None:
        request = replace(request, pin="unavailable")
    locked = pin_locked(turn.state, request)
    conclude(turn, request, read)
    if signal.token is not None and signal.token not in turn.site.people.credentials and not locked:
        turn.emit(_pin_failure(turn, request, replace(reader, token=None)))


def pin_checked(turn: Turn, signal: PinChecked) -> None:
    """The answer of the PIN service; one that comes after its time means nothing."""
    reader = turn.state.reader(signal.reader)
    if reader.stage != "checking" or reader.attempt != signal.attempt:
        return
    place = turn.site.readers.get(signal.reader)
    if place is None or place.door is None:
        return
    if signal.result == "duress" and reader.person is not None:
        _alarm_duress(turn, place.door, signal.reader, reader.person)
    _conclude_pin(turn, place, reader, signal.result)


def _alarm_duress(turn: Turn, door: str, reader: str, person: str | None) -> None:
    """Before anything that follows: the first event holds the signal, and all of these are silent."""
    if person is not None:
        turn.emit(DuressReported(door, reader, person))
    momentary_alarm(turn, "duress", door)


def pin_due(turn: Turn, reader_id: str) -> None:
    """No digits, or no answer, in time."""
    reader = turn.state.reader(reader_id)
    place = turn.site.readers.get(reader_id)
    if reader.alone:
        pin_identified(turn, PinIdentified(reader_id, reader.attempt, None))
    elif reader.stage != "idle" and place is not None and place.door is not None:
        _conclude_pin(turn, place, reader, "timeout" if reader.stage == "asked" else "unavailable")


def _conclude_pin(turn: Turn, place: ReaderSite, reader: ReaderRecord, result: str) -> None:
    if holder(turn, reader.token) != reader.person:
        result = "unavailable"  # the card changed hands meanwhile: whose PIN it was is not whose card it is
    fault = None if reader.token else "bad_format"
    read = CardPresented(place.policy.id, reader.token, "", reader.tail, fault=fault)
    request = replace(request_of(turn, place, read), pin=result)
    counts = result == "wrong" and not pin_locked(turn.state, request)
    conclude(turn, request, read)
    if counts:
        turn.emit(_pin_failure(turn, request, reader))


def _pin_failure(turn: Turn, request: Request, reader: ReaderRecord) -> PinFailed:
    """Count a wrong PIN against the card and against the reader."""
    token = reader.token if reader.token in turn.site.people.credentials else None  # a stranger's card is not kept
    card = turn.state.pin(token) if token else PinRecord()
    failures, lockouts, locked = card.failures + 1, card.lockouts, card.locked_until
    if failures >= CARD_FAILURES:
        locked = turn.t + min(CARD_LOCKOUT << lockouts, CARD_LOCKOUT_MAX)
        failures, lockouts = 0, lockouts + 1
    recent = (*(t for t in reader.failures if t > turn.t - READER_WINDOW), turn.t)
    reader_locked = turn.t + READER_LOCKOUT if len(recent) >= READER_FAILURES else reader.locked_until
    return PinFailed(request.reader, token, failures, lockouts, locked, recent, reader_locked)


# -- evolution ------------------------------------------------------------------------------------------


def _pending(state: State, event: AccessPending) -> None:
    asked = replace(
        state.reader(event.reader),
        stage="asked",
        attempt=event.attempt,
        direction=event.direction,
        person=event.person,
        token=event.token,
        tail=event.tail,
    )
    state.readers.put(event.reader, asked)
    state.deadlines.set(f"pin:{event.reader}", event.until)


def _submitted(state: State, event: PinSubmitted) -> None:
    checking = replace(state.reader(event.reader), stage="checking", attempt=event.attempt, alone=event.alone)
    state.readers.put(event.reader, checking)
    state.deadlines.set(f"pin:{event.reader}", event.until)


def _failed(state: State, event: PinFailed) -> None:
    reader = state.reader(event.reader)
    counted = replace(reader, failures=event.reader_failures, locked_until=event.reader_locked_until)
    state.readers.put(event.reader, counted)
    if event.token is not None:
        state.pins.put(event.token, PinRecord(event.failures, event.lockouts, event.locked_until))


def _duress(state: State, event: DuressReported) -> None:
    """A report changes nothing that anybody at the door could notice."""


EVOLUTIONS: Evolutions = {
    AccessPending: _pending,
    PinSubmitted: _submitted,
    PinFailed: _failed,
    DuressReported: _duress,
}
