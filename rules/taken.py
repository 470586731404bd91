"""Access taken: somebody went through a door, and is in another area now."""

from __future__ import annotations

from dataclasses import replace

from rules.following import follow_schedule
from rules.model.events import AccessTaken, PassbackForgiven
from rules.policy import DoorPolicy
from rules.state import FirstRecord, Passage, PlaceRecord, State
from rules.turn import Evolutions, Turn


def take(turn: Turn, door: DoorPolicy, passage: Passage) -> None:
    """Say so; whoever had to come first has come, unless the card alone says so that exit let pass."""
    person, direction, area = passage.person, passage.direction, passage.area
    firsts = _firsts(turn, door.id, person, direction, area) if passage.proven else ()
    turn.emit(AccessTaken(door.id, person, direction, area, turn.t, turn.stamp.utc, firsts))
    if door.unlock_after:
        follow_schedule(turn, door)


def _firsts(turn: Turn, door: str, person: str | None, direction: str, area: str) -> tuple[str, ...]:
    """`place/group` of each group of theirs that somebody waits for, in this area or at this door on the way in."""
    found = turn.site.people.persons.get(person) if person is not None else None
    if found is None or not turn.site.firsts:
        return ()
    groups = turn.site.members.groups(found)
    places = (area, door) if direction == "in" else (area,)
    return tuple(f"{place}/{g}" for place in places for g in sorted(turn.site.firsts.get(place, frozenset()) & groups))


def _taken(state: State, event: AccessTaken) -> None:
    _note_firsts(state, event)
    if event.person is not None:
        state.places.put(event.person, PlaceRecord(event.area, event.t, event.utc))
    for key in event.firsts:
        state.firsts.put(key, FirstRecord(event.utc))


def _note_firsts(state: State, event: AccessTaken) -> None:
    """Of a passage that nobody saw, and whose release may be withheld: who had come first before it."""
    record = state.door(event.door)
    release = record.release
    if not event.firsts or release is None or not release.moved or record.position == "open":
        return
    *others, last = release.moved
    if last.person == event.person:
        found = ((key, state.firsts.get(key)) for key in event.firsts)
        before = tuple((key, row.utc if row is not None else None) for key, row in found)
        release = replace(release, moved=(*others, replace(last, firsts=before)))
        state.doors.put(event.door, replace(record, release=release))


def _forgiven(state: State, event: PassbackForgiven) -> None:
    for person in event.persons:
        state.places.drop(person)


EVOLUTIONS: Evolutions = {
    AccessTaken: _taken,
    PassbackForgiven: _forgiven,
}
