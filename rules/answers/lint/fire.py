"""What a fire releases, and whether that lasts.

The mode `fire` is the highest there is and ends by a signed reset alone: no schedule, block, lockdown or interlock
locks such a door again. What may is the lock itself, once the power or the gateway is gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.lint.finding import Finding, finding, named
from rules.answers.lint.ground import Ground
from rules.model.ids import device_of
from rules.policy import DoorPolicy, EgressBy, FirePolicy

_BY_HAND = (EgressBy.MECHANICAL, EgressBy.DIRECT_REX)


def not_released(ground: Ground) -> Iterator[Finding]:
    """Where this software is the way out, a fire has to be one too."""
    for door in _unnamed(ground):
        if not _by_hand(door):
            yield finding(
                "egress-not-released",
                door.source,
                door.id,
                f"no fire input releases egress door {door.id!r}, by which nobody gets out without this gateway",
                "name it in 'doors' of a fire input",
            )


def misses_exit(ground: Ground) -> Iterator[Finding]:
    for door in _unnamed(ground):
        if ground.policy.fire and _by_hand(door) and door.lock is not None:
            yield finding(
                "fire-misses-exit",
                door.source,
                door.id,
                f"no fire input releases egress door {door.id!r}: those who come to help find it locked",
                "name it in 'doors' of a fire input, or say 'doors: all-egress' there",
            )


def _unnamed(ground: Ground) -> Iterator[DoorPolicy]:
    released = {id for fire in ground.policy.fire.values() for id in fire.doors}
    return (door for door in ground.policy.doors.values() if door.egress and door.id not in released)


def _by_hand(door: DoorPolicy) -> bool:
    """People get out of it whatever fails."""
    return bool(door.egress) and door.egress_by in _BY_HAND


def _released(ground: Ground) -> Iterator[tuple[FirePolicy, DoorPolicy]]:
    """Each door that a fire releases, once."""
    done: set[str] = set()
    for fire in ground.policy.fire.values():
        for id in fire.doors:
            if id not in done:
                done.add(id)
                yield fire, ground.policy.doors[id]


def relocks(ground: Ground) -> Iterator[Finding]:
    """A door that people cannot open by hand must not lock again while it burns, whatever fails first."""
    for _, door in _released(ground):
        if _by_hand(door) or door.lock is None:
            continue
        if door.lock.on_power_loss == "secure":
            yield _relocks(door, "its lock stays shut without power, which fire takes soon", "fit a lock that is safe")
        if _drops(ground, door):
            yield _relocks(door, *_WHEN_LOST)


_WHEN_LOST = (
    "its module locks it when it hears nothing of the gateway any more",
    "say 'on_comms_loss: hold' for the module",
)


def _relocks(door: DoorPolicy, why: str, fix: str) -> Finding:
    text = f"a fire releases {door.id!r}, and {why}: those who rely on it are shut in"
    return finding("fire-relocks", door.source, door.id, text, f"{fix}, or fit a handle and say so in 'egress_by'")


def lost_contact(ground: Ground) -> Iterator[Finding]:
    """One finding for each module."""
    doors: dict[str, list[DoorPolicy]] = {}
    for _, door in _released(ground):
        if door.lock is not None and _by_hand(door) and _drops(ground, door):
            doors.setdefault(device_of(door.lock.output), []).append(door)
    for device, found in doors.items():
        yield finding(
            "fire-lost-contact",
            found[0].source,
            device,
            f"a fire releases {named(door.id for door in found)}, and module {device!r} locks them when it hears"
            " nothing of the gateway any more: people get out, and nobody comes in to help",
            _WHEN_LOST[1],
        )


def _drops(ground: Ground, door: DoorPolicy) -> bool:
    return door.lock is not None and ground.on_comms_loss.get(device_of(door.lock.output)) == "lock"


def without_lock(ground: Ground) -> Iterator[Finding]:
    yield from _without_lock(ground, "fire-without-lock", by_hand=False)


def without_effect(ground: Ground) -> Iterator[Finding]:
    yield from _without_lock(ground, "fire-without-effect", by_hand=True)


def _without_lock(ground: Ground, code: str, *, by_hand: bool) -> Iterator[Finding]:
    for fire, door in _released(ground):
        if door.lock is None and _by_hand(door) is by_hand:
            yield finding(
                code,
                fire.source,
                fire.id,
                f"fire input {fire.id!r} cannot release {door.id!r}: its lock is worked by {door.controller!r} alone",
                "wire the fire panel to that controller, and name the doors of this gateway here",
            )
