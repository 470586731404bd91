"""What people leave by, apart from every rule: handles, buttons, call points, and the devices these hang on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.answers.lint.finding import Finding, finding, named
from rules.answers.lint.ground import Exit, Ground
from rules.model.ids import device_of
from rules.policy import DoorPolicy, EgressBy

GATEWAY = "this gateway"


@dataclass(frozen=True, slots=True)
class WayOut:
    """by: handle, button, call point, request to exit, reader. needs: devices without which it does not work."""

    by: str
    needs: frozenset[str] = frozenset()


def ways_out(exit: Exit) -> tuple[WayOut, ...]:
    """All that is there to leave by."""
    return (*_by_hand(exit.door), *_call_point(exit.door), *_by_software(exit))


def _by_hand(door: DoorPolicy) -> Iterator[WayOut]:
    if door.egress_by is EgressBy.MECHANICAL:
        yield WayOut("handle")
    if door.egress_by is EgressBy.DIRECT_REX:
        yield WayOut("button")


def _call_point(door: DoorPolicy) -> Iterator[WayOut]:
    """It cuts the lock's power by itself."""
    if door.emergency_release is not None:
        yield WayOut("call point")


def _by_software(exit: Exit) -> Iterator[WayOut]:
    door = exit.door
    lock = device_of(door.lock.output) if door.lock else door.controller or ""
    for rex in door.rex:
        if rex.unlocks and door.lock is not None:
            yield WayOut("request to exit", frozenset({device_of(rex.input.point), lock, GATEWAY}))
    for reader in exit.readers:
        yield WayOut("reader", frozenset({reader, lock, GATEWAY}))


# -- checks ---------------------------------------------------------------------------------------------------------


def no_way(ground: Ground) -> Iterator[Finding]:
    """A call point is for an emergency: nobody leaves by it every day."""
    for exit in ground.exits:
        if not _everyday(exit):
            yield _of_door(
                "egress-no-way",
                exit.door,
                f"nothing is there to leave by on {exit.name}: no handle, no button that cuts the lock, no request to"
                " exit that unlocks",
                "say in 'egress_by' how people get out, and fit it",
            )


def reader_only(ground: Ground) -> Iterator[Finding]:
    for exit in ground.exits:
        if {way.by for way in _everyday(exit)} == {"reader"}:
            yield _of_door(
                "egress-reader-only",
                exit.door,
                f"a reader is the only way out on {exit.name}: whoever has no card is shut in",
                "fit a handle, a button that cuts the lock, or a request to exit that unlocks",
            )


def _everyday(exit: Exit) -> list[WayOut]:
    return [way for way in ways_out(exit) if way.by != "call point"]


def lost_with_device(ground: Ground) -> Iterator[Finding]:
    """No way out may be lost with any one device: one at least must need none."""
    for exit in ground.exits:
        ways = ways_out(exit)
        common = frozenset.intersection(*(way.needs for way in ways)) if ways else frozenset()
        if common:
            yield _of_door(
                "egress-lost-with-device",
                exit.door,
                f"{exit.name} needs {named(common, most=9)}: if one of them fails, people are shut in",
                "fit a handle, a button that cuts the lock, or at least an 'emergency_release' that does",
            )


def maglock(ground: Ground) -> Iterator[Finding]:
    for door in _secure(ground):
        if door.lock is not None and not door.lock.energise_to_unlock:
            yield _of_door(
                "maglock-secure",
                door,
                f"current holds the lock of {door.id!r} shut, and yet it is said to stay shut without power:"
                " one of both is wrong",
                "look at the wiring: a magnet is 'on_power_loss: safe'",
            )


def direct_rex(ground: Ground) -> Iterator[Finding]:
    for door in _secure(ground):
        if door.egress_by is EgressBy.DIRECT_REX:
            yield _of_door(
                "direct-rex-secure",
                door,
                f"the button of {door.id!r} cuts the lock's current, and without that the lock stays shut",
                "fit a lock that is open without power, or a handle",
            )


def call_point(ground: Ground) -> Iterator[Finding]:
    for door in _secure(ground):
        if door.emergency_release is not None:
            yield _of_door(
                "call-point-secure",
                door,
                f"the call point of {door.id!r} cuts the lock's power, and without that the lock stays shut",
                "fit a lock that is open without power, or a handle instead of the call point",
            )


def _secure(ground: Ground) -> Iterator[DoorPolicy]:
    for door in ground.policy.doors.values():
        if door.lock is not None and door.lock.on_power_loss == "secure":
            yield door


def lock_outside(ground: Ground) -> Iterator[Finding]:
    for door in ground.policy.doors.values():
        if door.lock is not None and device_of(door.lock.output) in _readers_outside(ground, door):
            yield _wired_outside("lock-outside", door, "lock", device_of(door.lock.output))


def rex_outside(ground: Ground) -> Iterator[Finding]:
    for door in ground.policy.doors.values():
        for device in sorted({device_of(rex.input.point) for rex in door.rex} & _readers_outside(ground, door)):
            yield _wired_outside("rex-outside", door, "request to exit", device)


def _readers_outside(ground: Ground, door: DoorPolicy) -> frozenset[str]:
    """The door's own, and those of other doors that hang in the same area before it."""
    outside, inside = door.between
    doors = ground.policy.doors.values()
    before = {reader for d in doors for side, readers in _sides(d) if side == outside for reader in readers}
    behind = {reader for d in doors for side, readers in _sides(d) if side == inside for reader in readers}
    return frozenset(before - behind).union(door.readers_in)


def _sides(door: DoorPolicy) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Where its readers hang: who goes in reads before the door, who goes out behind it."""
    outside, inside = door.between
    return (outside, door.readers_in), (inside, door.readers_out)


def _wired_outside(code: str, door: DoorPolicy, what: str, device: str) -> Finding:
    return _of_door(
        code,
        door,
        f"the {what} of {door.id!r} is wired to {device!r}, a reader outside: who opens that finds the wires",
        "wire it to a module inside",
    )


def _of_door(code: str, door: DoorPolicy, text: str, fix: str) -> Finding:
    return finding(code, door.source, door.id, text, fix)
