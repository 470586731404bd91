"""What a configuration changes that a running gateway cannot take up: that needs a restart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.configuration import Configuration, LinkConfig
from rules.model.points import Sensed
from rules.policy import DoorPolicy, EgressBy
from rules.site import Site, Use
from rules.state import State

Wired = Mapping[Use, tuple[str, Sensed | None]]


def restart_needed(old: Configuration, new: Configuration, before: Site, after: Site) -> tuple[str, ...]:
    """What changed that only a restart takes up, each in a line; no secret is quoted. Empty: it may go live."""
    return (*wiring_changed(old, new), *_inputs(before, after), *_exits(before, after))


def wiring_changed(old: Configuration, new: Configuration) -> tuple[str, ...]:
    """What links were made with, and the journal and the directory opened with."""
    return (*foundations_changed(old, new), *_links(old, new))


def foundations_changed(old: Configuration, new: Configuration) -> Iterator[str]:
    """What the journal, the directory and the bus were opened with."""
    values = {
        "site": (old.policy.site, new.policy.site),
        "gateway": (old.policy.gateway, new.policy.gateway),
        "bus": (old.bus, new.bus),
        "spool": (old.spool, new.spool),
        "secret card-pepper": (old.pepper, new.pepper),
        "secret pin-pepper": (old.pin_pepper, new.pin_pepper),
    }
    yield from (f"{name} changed" for name, (before, after) in values.items() if before != after)


def _links(old: Configuration, new: Configuration) -> Iterator[str]:
    before, after = ({link.id: link for link in found.links} for found in (old, new))
    for id in sorted(before.keys() | after.keys()):
        if id not in after:
            yield f"line {id!r} is gone"
        elif id not in before:
            yield f"line {id!r} is new"
        else:
            yield from _link(before[id], after[id])


def _link(old: LinkConfig, new: LinkConfig) -> Iterator[str]:
    if (old.driver, old.url, old.baud) != (new.driver, new.url, new.baud):
        yield f"line {old.id!r} changed"
    before, after = ({device.id: device for device in found.devices} for found in (old, new))
    for id in sorted(before.keys() | after.keys()):
        if id not in after:
            yield f"device {id!r} is gone from line {old.id!r}"
        elif id not in before:
            yield f"device {id!r} is new on line {old.id!r}"
        elif before[id] != after[id]:
            yield f"device {id!r} or a secret of it changed"


def _inputs(before: Site, after: Site) -> Iterator[str]:
    """An input is read when its device is found: what is made of it cannot change in between.

    That a whole door, zone or fire input goes is in order; that it loses one of its inputs is not.
    """
    old, new = _wired(before), _wired(after)
    for use in sorted(new, key=_order):
        if old.get(use) != new[use]:
            yield f"{use.kind} of {use.id!r}: input {new[use][0]} is used in another way"
    for use in sorted(old.keys() - new.keys(), key=_order):
        if _is_there(after, use):
            yield f"{use.kind} of {use.id!r}: input {old[use][0]} is no longer used"


def _wired(site: Site) -> Wired:
    return {use: (point, found.active) for point, found in site.inputs.items() for use in found.uses}


def _order(use: Use) -> tuple[str, str, int]:
    return use.kind, use.id, use.index


def _is_there(site: Site, use: Use) -> bool:
    holders: dict[str, Mapping[str, Any]] = {"zone": site.zones, "fire": site.fire}
    if use.kind in ("power", "battery"):
        return use.id in site.devices
    return use.id in holders.get(use.kind, site.doors)


def _exits(before: Site, after: Site) -> Iterator[str]:
    """A door that people leave by our software alone does not lose its lock while somebody may stand behind it."""
    for id, door in before.doors.items():
        if door.egress_by is EgressBy.SOFTWARE and door.lock and _lock(after.doors.get(id)) != door.lock.output:
            yield f"door {id!r}: people leave by software alone, and its lock changed"


def _lock(door: DoorPolicy | None) -> str | None:
    return door.lock.output if door is not None and door.lock is not None else None


def standing_fires(state: State, before: Site, after: Site) -> tuple[str, ...]:
    """Fire inputs whose alarm waits for its reset and which the new Site no longer knows: nothing could end them."""
    gone = sorted(id for id in before.fire if id not in after.fire)
    return tuple(f"fire {id!r} stands: reset it first" for id in gone if state.alarms.get(f"fire.{id}") is not None)


def standing_threat(state: State, after: Site) -> tuple[str, ...]:
    """The threat level in force, if the new Site no longer knows it: it would restrict nobody any more."""
    level = state.gateway().threat
    return (f"threat level {level!r} is in force: end it first",) if level and level not in after.ranks else ()
