"""A read, from the card to its outcome: asking for a PIN, waiting for somebody else, granting, denying."""

from __future__ import annotations

from dataclasses import replace

from rules.access import STALE_AFTER, decide, entered, may_disarm, pin_asked
from rules.asked import Request
from rules.credential import PIN_ALONE
from rules.decision import Decision
from rules.intrusion import disarm
from rules.lock import pulse, release_wait
from rules.model.commands import Wait
from rules.model.events import AccessDenied, AccessGranted, AccessPending
from rules.model.points import Outcome
from rules.model.reasons import PENDING, Reason
from rules.model.signals import CardPresented
from rules.outcome import alarm_stolen, deny, holder, request_of, show, tell
from rules.people import Person
from rules.policy import DoorPolicy
from rules.release import begin_release
from rules.site import ReaderSite
from rules.state import Moved, Passage, Release, State, Used
from rules.taken import take
from rules.together import joined
from rules.turn import Evolutions, Turn
from rules.uses import counted
from rules.waiting import await_second, await_somebody, forget, recheck

PIN_TIME = 15_000_000
"""us from the prompt to the end of the digits."""

_SECRET = frozenset({Reason.GRANTED_DURESS})
_NOTED = frozenset({Reason.GRANTED_SOFT_PASSBACK.value})


def card_presented(turn: Turn, read: CardPresented) -> None:
    """A card, from a reader on a wire or from a controller that awaits its answer (`read.read`)."""
    place = turn.site.readers.get(read.reader)
    if place is None or place.door is None:
        return
    request = request_of(turn, place, read)
    if place.free_exit:
        _exit_freely(turn, request, read)
    elif _takes_pin(place, read) and pin_asked(turn.site, turn.state, request):
        _ask_pin(turn, request, read)
    else:
        conclude(turn, request, read)


def _takes_pin(place: ReaderSite, read: CardPresented) -> bool:
    return place.policy.keypad and read.read is None and read.age <= STALE_AFTER and read.format != PIN_ALONE


def _ask_pin(turn: Turn, request: Request, read: CardPresented) -> None:
    """Everybody is asked, known or not, so that the prompt reveals nothing."""
    attempt = turn.state.reader(request.reader).attempt + 1
    person, until = holder(turn, request.token), turn.t + PIN_TIME
    way = request.direction.value
    turn.emit(AccessPending(request.door, request.reader, way, person, request.token, read.tail, attempt, until))
    show(turn, request.reader, Outcome.ENTER_PIN, Wait.NONE)


# -- outcomes -------------------------------------------------------------------------------------------


def conclude(turn: Turn, request: Request, read: CardPresented) -> None:
    """Grant, wait for somebody, or deny. Who waits already must still be in order before somebody joins them."""
    recheck(turn, request)
    decision = decide(turn.site, turn.state, request)
    together = joined(turn, request) if decision.granted else ()
    if together is None:
        await_second(turn, request)
        tell(turn, read, Outcome.WAIT, Wait.BEST_EFFORT)
    elif decision.granted:
        for other, granted in together:
            _grant(turn, replace(other, pin="none"), granted, CardPresented(other.reader, other.token, "", ""), ())
        _grant(turn, request, decision, read, ())
    elif PENDING.issuperset(decision.failed):
        await_somebody(turn, request, decision)
        tell(turn, read, Outcome.WAIT, Wait.BEST_EFFORT)
    else:
        deny(turn, request, decision.failed, decision.rule, read)


def _exit_freely(turn: Turn, request: Request, read: CardPresented) -> None:
    """A card at the inside of an egress door records; it never denies."""
    decision = decide(turn.site, turn.state, request)
    _grant(turn, request, decision, read, decision.failed)
    alarm_stolen(turn, request, decision.failed)


def exit_in_spite(turn: Turn, place: ReaderSite, read: CardPresented) -> None:
    """What was read at the inside of an egress door could not be evaluated: it lets out whoever it was."""
    request = request_of(turn, place, read)
    unknown = Decision(Reason.INTERNAL_ERROR, False, turn.site.edition)
    _grant(turn, request, unknown, read, unknown.failed)


def _grant(turn: Turn, request: Request, decision: Decision, read: CardPresented, failed: tuple[Reason, ...]) -> None:
    """failed: what would speak against it, where exit is free."""
    site, door = turn.site, turn.site.doors[request.door]
    name = holder(turn, request.token)
    person = site.people.persons.get(name) if name else None
    release_for, open_for = _times(door, person)
    watched = bool(door.contacts) and turn.state.door(door.id).position != "open"
    free = request.direction in door.egress
    granted = AccessGranted(
        door=door.id,
        reader=request.reader,
        direction=request.direction.value,
        person=person.id if person else None,
        token=request.token,
        rule=decision.rule,
        flags=tuple(f.value for f in (*decision.flags, *failed) if f not in _SECRET),
        pin=request.pin in ("ok", "duress"),
        until=turn.t + release_for,
        open_for=open_for,
        watched=watched,
        area=entered(site, door.id, request.direction),
        rules_hash=site.rules_hash,
        people_rev=site.people.rev,
        use=None if failed else counted(turn, request, person),
        free=free,
    )
    turn.emit(granted)
    wait = Wait.NONE if free else release_wait(door)
    pulse(turn, door, release_for, wait)
    tell(turn, read, Outcome.GRANTED, wait, release_for)
    if not watched:
        take(turn, door, _passage(granted))
    if person is not None and not failed and _disarms(turn, granted.area, person):
        disarm(turn, granted.area, person.id, door.id)


def _disarms(turn: Turn, area: str, person: Person) -> bool:
    return turn.state.area(area).status != "disarmed" and may_disarm(turn.site, area, person)


def _times(door: DoorPolicy, person: Person | None) -> tuple[int, int]:
    """(release, open) in us: longer for people with extended access."""
    if person is not None and person.extended:
        return door.extended_release_time, door.extended_open_time
    return door.release_time, door.open_time


# -- evolution ------------------------------------------------------------------------------------------


def _granted(state: State, event: AccessGranted) -> None:
    begin_release(state, event.door, _release(state, event))
    _idle(state, event.reader)
    forget(state, event.door, event.direction, event.person)
    if event.pin and event.token is not None:
        state.pins.drop(event.token)
    if event.use is not None and event.token is not None:
        state.uses.put(event.token, event.use)


def _release(state: State, event: AccessGranted) -> Release:
    """What begins, with all that is taken back where it is withheld."""
    passages = (_passage(event),) if event.watched else ()
    used: tuple[Used, ...] = ()
    if event.use is not None and event.token is not None:
        used = (Used(event.token, state.use(event.token), event.free),)
    unseen = event.person if not event.watched and not event.free else None
    stands_open = state.door(event.door).position == "open"
    moved = () if unseen is None or stands_open else (Moved(unseen, state.places.get(unseen)),)
    exit_until = event.until if event.free else None
    return Release("grant", event.until, event.open_for, True, passages, (), used, exit_until, moved)


def _passage(event: AccessGranted) -> Passage:
    return Passage(event.person, event.direction, event.area, event.free, _NOTED.issuperset(event.flags))


def _denied(state: State, event: AccessDenied) -> None:
    _idle(state, event.reader)
    forget(state, event.door, event.direction, event.person)


def _idle(state: State, reader_id: str) -> None:
    reader = state.reader(reader_id)
    if reader.stage != "idle":
        state.readers.put(reader_id, replace(reader, stage="idle", person=None, token=None, tail="", alone=False))
        state.deadlines.drop(f"pin:{reader_id}")


EVOLUTIONS: Evolutions = {
    AccessGranted: _granted,
    AccessDenied: _denied,
}
