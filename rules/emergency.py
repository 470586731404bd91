"""Fire release, the green call point, lockdown: the layers of a door that stand above every rule."""

from __future__ import annotations

from rules.alarm import acknowledge, alarm_id, raise_alarm, reset, return_alarm
from rules.layer import clear_layer, set_layer
from rules.lock import MOMENTARY_TTL, released_level
from rules.model.commands import Order, PulseOutput, SetOutput, Wait
from rules.model.points import FAULTS, InputState, Sensed
from rules.policy import DoorPolicy, FirePolicy
from rules.site import Site, Use
from rules.turn import Turn

LOCKDOWN = "lockdown"
_FAULTY = frozenset(Sensed(fault.value) for fault in FAULTS)


def fire_changed(turn: Turn, fire: FirePolicy) -> None:
    """Fire releases its doors and stays until its input is normal *and* a signed reset is given."""
    state = turn.state.input(fire.input.point).state
    faulty = state in FAULTS
    if state is not InputState.UNKNOWN:
        (raise_alarm if faulty else return_alarm)(turn, "fire-trouble", fire.id)
    if state is InputState.ACTIVE or (faulty and fire.release_on_fault):
        raise_alarm(turn, "fire", fire.id)
        _release_doors(turn, fire)
    elif state is InputState.NORMAL:
        return_alarm(turn, "fire", fire.id)


def _release_doors(turn: Turn, fire: FirePolicy) -> None:
    for door in fire.doors:
        set_layer(turn, turn.site.doors[door], "fire", "release", fire.id)


def hold_fires(turn: Turn) -> None:
    """A fire that is, or that waits for its reset, releases the doors that the present rules name."""
    for fire in turn.site.fire.values():
        state = turn.state.input(fire.input.point).state
        if state is InputState.ACTIVE or state in FAULTS:
            fire_changed(turn, fire)
        if turn.state.alarms.get(alarm_id("fire", fire.id)) is not None:
            _release_doors(turn, fire)


def reset_fire(turn: Turn, fire: FirePolicy, by: str) -> str:
    """The signed reset. Returns `ok` or why not; an input that is not normal keeps its doors released."""
    if turn.state.input(fire.input.point).state is not InputState.NORMAL:
        return "input_not_normal"
    name = alarm_id("fire", fire.id)
    if turn.state.alarms.get(name) is None:
        return "no_such_alarm"
    acknowledge(turn, name, by)
    reset(turn, name, by)
    for door in turn.site.doors.values():
        clear_layer(turn, door, "fire", fire.id)
    return "ok"


def emergency_release_changed(turn: Turn, door: DoorPolicy) -> None:
    """The call point cuts the lock's power by itself: here it alarms, and explains the door's opening."""
    assert door.emergency_release is not None
    state = turn.state.input(door.emergency_release.point).state
    if state is InputState.ACTIVE:
        set_layer(turn, door, "emergency_release", "pressed", "call-point")
        raise_alarm(turn, "emergency-release", door.id)
    elif state is InputState.NORMAL:
        clear_layer(turn, door, "emergency_release", "call-point")
        return_alarm(turn, "emergency-release", door.id)


def lock_down(turn: Turn, doors: tuple[DoorPolicy, ...]) -> None:
    for door in doors:
        set_layer(turn, door, "locked_down", "lock", LOCKDOWN)


def end_lockdown(turn: Turn, doors: tuple[DoorPolicy, ...]) -> None:
    for door in doors:
        clear_layer(turn, door, "locked_down", LOCKDOWN)


def fixed_path(site: Site, point: str, sensed: Sensed) -> tuple[Order, ...]:
    """What must happen at an input even if evaluation fails: fire and software exit release their doors."""
    found = site.inputs.get(point)
    if found is None:
        return ()
    active = sensed in (found.active, Sensed.ACTIVE)
    return tuple(order for use in found.uses for order in _fixed_orders(site, use, active, sensed in _FAULTY))


def fixed_exit(site: Site, kind: str, reader: str) -> tuple[Order, ...]:
    """What a read on the way out of an egress door comes to even if nothing can be evaluated: its release."""
    place = site.readers.get(reader) if kind == "CardPresented" else None
    if place is None or place.door is None or not place.free_exit:
        return ()
    return _pulse(site.doors[place.door])


def _fixed_orders(site: Site, use: Use, active: bool, faulty: bool) -> tuple[Order, ...]:
    if use.kind == "fire" and (active or (faulty and site.fire[use.id].release_on_fault)):
        doors = (site.doors[d] for d in site.fire[use.id].doors)
        return tuple(Order(SetOutput(d.lock.output, released_level(d)), Wait.NONE, None, d.id) for d in doors if d.lock)
    if use.kind == "rex" and active:
        door = site.doors[use.id]
        return _pulse(door) if door.rex[use.index].unlocks else ()
    return ()


def _pulse(door: DoorPolicy) -> tuple[Order, ...]:
    if door.lock is None:
        return ()
    pulse = PulseOutput(door.lock.output, released_level(door), door.release_time)
    return (Order(pulse, Wait.NONE, MOMENTARY_TTL, door.id),)
