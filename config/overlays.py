"""`overlays`: rules for a stated time, such as an open day. Read like all others, under a schedule cut to that time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from pydantic import Field

from config.access import DenyShape, Names, SpecialAccessShape, read_access, read_deny
from config.minimum import SpecialMinimums, SpecialMinimumShape, read_minimum
from config.moments import Dated, Moment, instant, repeated, skipped
from config.problem import suggestion
from config.scalars import Id
from config.shape import Shape, shaped
from config.tree import Place, Text
from rules.policy import AccessPolicy, DenyPolicy, DoorPolicy, MinimumPolicy, SchedulePolicy, Source

MOST_YEARS = (1971, 2199)
_TIMES = ("from", "until")
_SECTIONS = ("access", "deny", "minimum", "unlock")


class TimeShape(Shape):
    """From when until when it holds, in the site's time."""

    begin: Dated = Field(alias="from")
    end: Dated = Field(alias="until")


class OverlayShape(TimeShape):
    """A rule set for a stated time. unlock: door to the schedule that holds it open for everybody."""

    access: dict[str, SpecialAccessShape] = {}
    deny: dict[str, DenyShape] = {}
    minimum: dict[str, SpecialMinimums] = {}
    unlock: dict[str, Id] = {}


@dataclass(slots=True)
class Overlaid:
    """What overlays add to a policy. unlock: door -> schedule."""

    access: list[AccessPolicy] = field(default_factory=list)
    deny: list[DenyPolicy] = field(default_factory=list)
    minimum: list[MinimumPolicy] = field(default_factory=list)
    schedules: dict[str, SchedulePolicy] = field(default_factory=dict)
    unlock: dict[str, str] = field(default_factory=dict)

    def doors(self, doors: Mapping[str, DoorPolicy]) -> dict[str, DoorPolicy]:
        """The doors with what unlocks them for a time."""
        return {
            name: replace(door, unlock=self.unlock[name]) if name in self.unlock else door
            for name, door in doors.items()
        }


@dataclass(frozen=True, slots=True)
class _Overlay:
    id: str
    source: Source
    within: tuple[int, int]
    schedules: Mapping[str, SchedulePolicy]
    found: Overlaid

    def rule(self, name: str) -> str:
        return f"{self.id}.{name}"

    def schedule(self, name: str) -> str:
        """The id of a schedule that is cut to this overlay's time."""
        cut = f"{name}@{self.id}"
        if name in self.schedules:
            self.found.schedules[cut] = SchedulePolicy(cut, self.source, self.schedules[name].intervals, self.within)
        return cut


def read_overlays(
    place: Place, names: Names, schedules: Mapping[str, SchedulePolicy], zone: ZoneInfo | None
) -> Overlaid:
    """All overlays. zone: None where it could not be read, so that no moment can be judged."""
    found = Overlaid()
    for name, at in place.entries():
        rules = _rules(at, names)
        within = _within(at, zone)
        if within is not None:
            overlay = _Overlay(name, at.key, within, schedules, found)
            _add(overlay, *rules)
            _unlock(overlay, at / "unlock", names)
    return found


_Rules = tuple[Iterable[AccessPolicy], Iterable[DenyPolicy], Iterable[MinimumPolicy]]


def _rules(place: Place, names: Names) -> _Rules:
    return (
        read_access(place / "access", names, SpecialAccessShape),
        read_deny(place / "deny", names),
        read_minimum(place / "minimum", names, SpecialMinimumShape),
    )


def _add(
    overlay: _Overlay, access: Iterable[AccessPolicy], deny: Iterable[DenyPolicy], minimum: Iterable[MinimumPolicy]
) -> None:
    found = overlay.found
    found.access += [replace(rule, id=overlay.rule(rule.id), when=overlay.schedule(rule.when)) for rule in access]
    found.deny += [replace(rule, id=overlay.rule(rule.id), when=overlay.schedule(rule.when)) for rule in deny]
    found.minimum += [replace(rule, id=overlay.rule(rule.id), when=overlay.schedule(rule.when)) for rule in minimum]


def _within(place: Place, zone: ZoneInfo | None) -> tuple[int, int] | None:
    """From when until when, us since 1970, or None after reporting."""
    strangers = [key for key in place.names() if key not in (*_TIMES, *_SECTIONS)]
    for key in strangers:
        (place / key).misnamed(f"unknown key {key!r}{suggestion(key, (*_TIMES, *_SECTIONS))}")
    shape = shaped(TimeShape, place, skip=(*_SECTIONS, *strangers))
    if shape is None or zone is None:
        return None
    moments = (("from", shape.begin), ("until", shape.end))
    exist = [_exists(at, place / key, zone) for key, at in moments]
    if not all(exist):
        return None
    begin, end = (instant(at, zone) for _, at in moments)
    if begin >= end:
        (place / "until").wrong(f"is not after 'from', {shape.begin}", repr(str(shape.end)))
        return None
    return begin, end


def _exists(at: Moment, place: Place, zone: ZoneInfo) -> bool:
    assert at.day is not None
    first, last = MOST_YEARS
    wrong = (
        f"expected a year from {first} to {last}"
        if not first <= at.day.year <= last
        else skipped(at, zone) or repeated(at, zone)
    )
    if wrong:
        place.wrong(wrong, repr(str(at)))
    return not wrong


def _unlock(overlay: _Overlay, place: Place, names: Names) -> None:
    for name, at in place.entries():
        if not at.known(name, "door", names.site.door_ids):
            continue
        door, said = names.site.doors.get(name), at.node
        if not isinstance(said, Text):
            at.wrong("expected a schedule")
        elif at.known(said.value, "schedule", names.schedules) and door is not None:
            _unlock_door(overlay, door, said.value, at)


def _unlock_door(overlay: _Overlay, door: DoorPolicy, schedule: str, place: Place) -> None:
    if door.controller is not None:
        place.misnamed("the lock is worked by the controller: it cannot be held open from here")
    elif door.unlock is not None:
        place.misnamed(f"door {door.id!r} is unlocked by schedule {door.unlock!r}: bound an entry of that by dates")
    elif door.id in overlay.found.unlock:
        place.misnamed(f"door {door.id!r} is unlocked by another overlay: a door has one unlock schedule")
    else:
        overlay.found.unlock[door.id] = overlay.schedule(schedule)
