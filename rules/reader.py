"""A read, from the card to its outcome: asking for a PIN, checking it, granting, denying."""

from __future__ import annotations

from dataclasses import replace

from rules.access import STALE_AFTER, Decision, Request, decide, entered, pin_demanded, pin_locked
from rules.alarm import momentary_alarm
from rules.intrusion import disarm
from rules.lock import MOMENTARY_TTL, pulse, release_wait
from rules.model.commands import Answer, ShowOutcome, VerifyPin, Wait
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AccessPending,
    AccessTaken,
    DuressReported,
    PinFailed,
    PinSubmitted,
)
from rules.model.points import Outcome
from rules.model.reasons import Reason
from rules.model.signals import CardPresented, PinChecked, PinEntered
from rules.people import Person
from rules.policy import DoorPolicy
from rules.release import begin_release
from rules.site import ReaderSite
from rules.state import Passage, PinRecord, ReaderRecord, Release, State
from rules.turn import Evolutions, Turn

PIN_TIME = 15_000_000
"""us from the prompt to the end of the digits."""

CHECK_TIME = 5_000_000
"""us that a check of the digits may take."""

CARD_FAILURES, CARD_LOCKOUT, CARD_LOCKOUT_MAX = 5, 300_000_000, 3_600_000_000
READER_FAILURES, READER_WINDOW, READER_LOCKOUT = 10, 60_000_000, 120_000_000

_STOLEN = frozenset({Reason.CREDENTIAL_LOST, Reason.CREDENTIAL_STOLEN})

# -- signals --------------------------------------------------------------------------------------------


def card_presented(turn: Turn, read: CardPresented) -> None:
    """A card, from a reader on a wire or from a controller that awaits its answer (`read.read`)."""
    place = turn.site.readers.get(read.reader)
    if place is None or place.door is None:
        return
    request = Request(place.door, place.direction, read.token, read.reader, read.age, read.fault)
    demand = pin_demanded(turn.site, place.door, place.direction, turn.stamp.utc)
    if place.free_exit:
        _exit_freely(turn, place, request, read)
    elif demand is not None and place.policy.keypad and read.read is None and read.age <= STALE_AFTER:
        _ask_pin(turn, place, request, read)
    else:
        _conclude(turn, place, request, read)


def pin_entered(turn: Turn, signal: PinEntered) -> None:
    """Digits at a reader. Unless a PIN is pending there, they mean nothing."""
    reader = turn.state.reader(signal.reader)
    if reader.stage != "asked":
        return
    turn.emit(PinSubmitted(signal.reader, reader.attempt, turn.t + CHECK_TIME))
    command = VerifyPin(signal.reader, reader.attempt, reader.person, signal.pin)
    turn.order(command, Wait.NONE, ttl=CHECK_TIME)
    _show(turn, signal.reader, Outcome.WAIT, Wait.NONE)


def pin_checked(turn: Turn, signal: PinChecked) -> None:
    """The answer of the PIN service; one that comes after its time means nothing."""
    reader = turn.state.reader(signal.reader)
    if reader.stage != "checking" or reader.attempt != signal.attempt:
        return
    place = turn.site.readers.get(signal.reader)
    if place is None or place.door is None:
        return
    if signal.result == "duress" and reader.person is not None:
        turn.emit(DuressReported(place.door, signal.reader, reader.person))
        momentary_alarm(turn, "duress", place.door)
    _conclude_pin(turn, place, reader, "ok" if signal.result == "duress" else signal.result)


def pin_due(turn: Turn, reader_id: str) -> None:
    """No digits, or no answer, in time."""
    reader = turn.state.reader(reader_id)
    place = turn.site.readers.get(reader_id)
    if reader.stage != "idle" and place is not None and place.door is not None:
        _conclude_pin(turn, place, reader, "timeout" if reader.stage == "asked" else "unavailable")


# -- outcomes -------------------------------------------------------------------------------------------


def _holder(turn: Turn, token: str | None) -> str | None:
    credential = turn.site.people.credentials.get(token) if token else None
    return credential.person if credential else None


def _ask_pin(turn: Turn, place: ReaderSite, request: Request, read: CardPresented) -> None:
    """Everybody is asked, known or not, so that the prompt reveals nothing."""
    attempt = turn.state.reader(request.reader).attempt + 1
    turn.emit(
        AccessPending(
            request.door,
            request.reader,
            request.direction.value,
            _holder(turn, request.token),
            request.token,
            read.tail,
            attempt,
            turn.t + PIN_TIME,
        )
    )
    _show(turn, request.reader, Outcome.ENTER_PIN, Wait.NONE)


def _conclude_pin(turn: Turn, place: ReaderSite, reader: ReaderRecord, result: str) -> None:
    assert place.door is not None
    reader_id = place.policy.id
    if _holder(turn, reader.token) != reader.person:
        result = "unavailable"  # the card changed hands meanwhile: whose PIN it was is not whose card it is
    request = Request(place.door, place.direction, reader.token, reader_id, pin=result)
    read = CardPresented(reader_id, reader.token, "", reader.tail, fault=None if reader.token else "bad_format")
    request = replace(request, fault=read.fault)
    counts = result == "wrong" and not pin_locked(turn.state, request, turn.t)
    _conclude(turn, place, request, read)
    if counts:
        turn.emit(_pin_failure(turn, reader_id, reader))


def _conclude(turn: Turn, place: ReaderSite, request: Request, read: CardPresented) -> None:
    decision = decide(turn.site, turn.state, request, turn.stamp)
    if decision.granted:
        _grant(turn, request, decision, read, ())
    else:
        deny(turn, request, decision, read)


def _exit_freely(turn: Turn, place: ReaderSite, request: Request, read: CardPresented) -> None:
    """A card at the inside of an egress door records; it never denies."""
    decision = decide(turn.site, turn.state, request, turn.stamp)
    failed = () if decision.granted else (decision.reason, *decision.also_failed)
    _grant(turn, request, decision, read, failed)
    _alarm_stolen(turn, request, failed)


def _grant(turn: Turn, request: Request, decision: Decision, read: CardPresented, flags: tuple[Reason, ...]) -> None:
    site, door = turn.site, turn.site.doors[request.door]
    person = site.people.persons.get(decision.person) if decision.person else None
    release_for, open_for = _times(door, person)
    area = entered(site, door.id, request.direction)
    watched = bool(door.contacts) and turn.state.door(door.id).position != "open"
    turn.emit(
        AccessGranted(
            door=door.id,
            reader=request.reader,
            direction=request.direction.value,
            person=decision.person,
            token=request.token,
            rule=decision.rule,
            flags=tuple(f.value for f in flags),
            pin=request.pin == "ok",
            until=turn.t + release_for,
            open_for=open_for,
            watched=watched,
            area=area,
            rules_hash=site.rules_hash,
            people_rev=site.people.rev,
        )
    )
    free = bool(flags) or request.direction in door.egress
    wait = Wait.NONE if free else release_wait(door)
    pulse(turn, door, release_for, wait)
    _answer(turn, read, True, wait, release_for)
    if not watched:
        turn.emit(AccessTaken(door.id, decision.person, request.direction.value, area))
    if person is not None and not flags and _may_disarm(turn, area, person):
        disarm(turn, area, person.id, door.id)


def _may_disarm(turn: Turn, area: str, person: Person) -> bool:
    arming = turn.site.areas[area].arming
    return (
        turn.state.area(area).status != "disarmed"
        and arming is not None
        and not person.groups.isdisjoint(arming.disarmed_by)
    )


def _times(door: DoorPolicy, person: Person | None) -> tuple[int, int]:
    """(release, open) in us: longer for people with extended access."""
    if person is not None and person.extended:
        return door.extended_release_time, door.extended_open_time
    return door.release_time, door.open_time


def deny(turn: Turn, request: Request, decision: Decision, read: CardPresented) -> None:
    """Say no, for the record and at the reader."""
    turn.emit(
        AccessDenied(
            door=request.door,
            reader=request.reader,
            direction=request.direction.value,
            person=decision.person,
            token=request.token,
            tail=read.tail,
            reason=decision.reason.value,
            also_failed=tuple(r.value for r in decision.also_failed),
            rule=decision.rule,
            rules_hash=turn.site.rules_hash,
            people_rev=turn.site.people.rev,
        )
    )
    _answer(turn, read, False, Wait.BEST_EFFORT, 0)
    _alarm_stolen(turn, request, (decision.reason, *decision.also_failed))


def _alarm_stolen(turn: Turn, request: Request, failed: tuple[Reason, ...]) -> None:
    if not _STOLEN.isdisjoint(failed):
        momentary_alarm(turn, "stolen-card", request.door)


def _answer(turn: Turn, read: CardPresented, granted: bool, wait: Wait, release_for: int) -> None:
    """Show the outcome at the reader, or answer the controller that asked."""
    if read.read is None:
        _show(turn, read.reader, Outcome.GRANTED if granted else Outcome.DENIED, wait)
        return
    body = f'{{"granted":{str(granted).lower()},"release_time":{release_for}}}'
    answer = Answer(read.read, True, "granted" if granted else "denied", body)
    turn.order(answer, wait, ttl=MOMENTARY_TTL, door=turn.site.readers[read.reader].door)


def _show(turn: Turn, reader: str, outcome: Outcome, wait: Wait) -> None:
    turn.order(ShowOutcome(reader, outcome), wait, ttl=MOMENTARY_TTL, door=turn.site.readers[reader].door)


def _pin_failure(turn: Turn, reader_id: str, reader: ReaderRecord) -> PinFailed:
    """Count a wrong PIN against the card and against the reader."""
    token = reader.token if reader.token in turn.site.people.credentials else None  # a stranger's card is not kept
    card = turn.state.pin(token) if token else PinRecord()
    failures, lockouts, locked = card.failures + 1, card.lockouts, card.locked_until
    if failures >= CARD_FAILURES:
        locked = turn.t + min(CARD_LOCKOUT << lockouts, CARD_LOCKOUT_MAX)
        failures, lockouts = 0, lockouts + 1
    recent = (*(t for t in reader.failures if t > turn.t - READER_WINDOW), turn.t)
    reader_locked = turn.t + READER_LOCKOUT if len(recent) >= READER_FAILURES else reader.locked_until
    return PinFailed(reader_id, token, failures, lockouts, locked, recent, reader_locked)


# -- evolution ------------------------------------------------------------------------------------------


def _granted(state: State, event: AccessGranted) -> None:
    passage = (Passage(event.person, event.direction, event.area),) if event.watched else ()
    begin_release(state, event.door, Release("grant", event.until, event.open_for, True, passage))
    _idle(state, event.reader)
    if event.pin and event.token is not None:
        state.pins.drop(event.token)


def _denied(state: State, event: AccessDenied) -> None:
    _idle(state, event.reader)


def _idle(state: State, reader_id: str) -> None:
    reader = state.reader(reader_id)
    if reader.stage != "idle":
        state.readers.put(reader_id, replace(reader, stage="idle", person=None, token=None, tail=""))
        state.deadlines.drop(f"pin:{reader_id}")


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
    state.readers.put(event.reader, replace(state.reader(event.reader), stage="checking"))
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
    AccessGranted: _granted,
    AccessDenied: _denied,
    AccessPending: _pending,
    PinSubmitted: _submitted,
    PinFailed: _failed,
    DuressReported: _duress,
}
