"""What a console sees of the state: one plain JSON value per door, area, device and alarm. `unknown` is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rules.alarm import SILENT, status
from rules.lock import expected, released_level
from rules.mode import deciding, mode, unlocked
from rules.model.ids import device_of
from rules.policy import DoorPolicy
from rules.site import Site
from rules.state import DoorRecord, State

View = dict[str, Any]

# The mode's name and the deciding value -> the field's word for it.
_ONVIF = {
    "fire": "LockedOpen",
    "emergency_release": "LockedOpen",
    "locked_down": "LockedDown",
    "locked_open": "LockedOpen",
    "blocked": "Blocked",
    "schedule": "Unlocked",
    "locked": "Locked",
}


def view(site: Site, state: State, noun: str, id: str) -> View | None:
    """The view of one thing, or None where there is nothing to show (an alarm that is normal)."""
    return _VIEWS[noun](site, state, id)


def everything(site: Site, state: State) -> Iterator[tuple[str, str]]:
    """Every (noun, id) that has a view."""
    for noun, ids in (("door", site.doors), ("area", site.areas), ("device", site.devices)):
        yield from ((noun, id) for id in ids)
    yield from (("alarm", id) for id, row in state.alarms.items() if row.kind not in SILENT)


def touched(site: Site, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The nouns whose view an event with this data may have changed."""
    for noun in ("door", "area", "alarm"):
        if isinstance(data.get(noun), str) and not (noun == "alarm" and data[noun].partition(".")[0] in SILENT):
            yield noun, data[noun]
    door = site.doors.get(data.get("door", ""))
    if door is not None and door.lock is not None:
        yield "device", device_of(door.lock.output)  # what is expected of its output
    point = data.get("point")
    if isinstance(point, str):
        yield "device", device_of(point)
        yield from _users(site, point)
    for device in (data.get("device"), *data.get("devices", ())):
        if isinstance(device, str):
            yield from _device_users(site, device)


def _users(site: Site, point: str) -> Iterator[tuple[str, str]]:
    """The door that an output works, the areas that a detector watches."""
    if point in site.outputs:
        yield "door", site.outputs[point]
    found = site.inputs.get(point)
    yield from (("area", site.zones[use.id].area) for use in (found.uses if found else ()) if use.kind == "zone")


def _device_users(site: Site, device: str) -> Iterator[tuple[str, str]]:
    yield "device", device
    for point in (*site.inputs, *site.outputs):
        if device_of(point) == device:
            yield from _users(site, point)


def _door(site: Site, state: State, id: str) -> View | None:
    door = site.doors.get(id)
    if door is None:
        return None
    record = state.door(id)
    return {
        "position": record.position if door.contacts else "none",
        "lock": _lock(site, state, door),
        "mode": mode(record.layers),
        "onvif_mode": _onvif(record),
        "layers": [{"layer": found.layer, "value": found.value, "by": found.by} for found in record.layers],
        "released_until": record.release.until if record.release else None,
        "forced": record.forced,
        "held": record.held,
    }


def _lock(site: Site, state: State, door: DoorPolicy) -> str:
    """locked or unlocked as read back; unknown where it cannot be read."""
    if door.lock is None:
        return "unknown"
    on = state.output(door.lock.output).on
    if on is None:
        return "unknown"
    return "unlocked" if on is released_level(door) else "locked"


def _onvif(record: DoorRecord) -> str:
    if record.release is not None and not unlocked(record.layers):
        return "Accessed"
    found = deciding(record.layers)
    if found is not None and found[0] == "operator":
        return "Unlocked" if found[1] == "unlock" else "Locked"
    return _ONVIF[mode(record.layers)]


def _area(site: Site, state: State, id: str) -> View | None:
    if id not in site.areas:
        return None
    record = state.area(id)
    zones = {z.id: state.input(z.input.point).state.value for z in site.zones.values() if z.area == id}
    return {
        "status": record.status,
        "by": record.by,
        "until": record.until,
        "zones": zones,
        "can_be_armed": site.areas[id].arming is not None,
    }


def _device(site: Site, state: State, id: str) -> View | None:
    if id not in site.devices:
        return None
    record = state.device(id)
    own = f"{id}."
    inputs = {p: state.input(p).state.value for p in site.inputs if p.startswith(own)}
    outputs = {
        p: {"on": state.output(p).on, "expected": expected(site, state, p)} for p in site.outputs if p.startswith(own)
    }
    return {
        "status": record.status,
        "cause": record.cause,
        "link": site.devices[id].link,
        "inputs": inputs,
        "outputs": outputs,
    }


def _alarm(site: Site, state: State, id: str) -> View | None:
    record = state.alarms.get(id)
    if record is None or record.kind in SILENT:
        return None
    return {
        "kind": record.kind,
        "source": record.source,
        "priority": record.priority,
        "state": status(record),
        "active": record.active,
        "acknowledged": record.covered >= record.count,
        "latching": record.latching,
        "count": record.count,
    }


_VIEWS: dict[str, Callable[[Site, State, str], View | None]] = {
    "door": _door,
    "area": _area,
    "device": _device,
    "alarm": _alarm,
}
