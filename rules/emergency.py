"""Fire release, the green call point, lockdown: the layers of a door that stand above every rule."""

from __future__ import annotations

from rules.alarm import acknowledge, alarm_id, raise_alarm, reset, return_alarm
from rules.door import clear_layer, set_layer
from rules.lock import MOMENTARY_TTL, released_level
from rules.model.commands import Order, PulseOutput, SetOutput, Wait
from rules.model.points import FAULTS, InputState, Sensed
from rules.policy import DoorPolicy, FirePolicy
from rules.site import Site, Use
from rules.turn import Turn

LOCKDOWN = "lockdown"


def fire_changed(turn: Turn, fire: FirePolicy) -> None:
    """Fire releases its doors and stays until its input is normal *and* a signed reset is given."""
    state = turn.state.input(fire.input.point).state
    faulty = state in FAULTS
    (raise_alarm if faulty else return_alarm)(turn, "fire-trouble", fire.id)
    if state is InputState.ACTIVE or (faulty and fire.release_on_fault):
        raise_alarm(turn, "fire", fire.id)
        for door in fire.doors:
            set_layer(turn, turn.site.doors[door], "fire", "release", fire.id)
    elif state is InputState.NORMAL:
        return_alarm(turn, "fire", fire.id)


def reset_fire(turn: Turn, fire: FirePolicy, by: str) -> str:
    """The signed reset. Returns `ok` or why not; an input that is not normal keeps its doors released."""
    if turn.state.input(fire.input.point).state is not InputState.NORMAL:
        return "input_not_normal"
    name = alarm_id("fire", fire.id)
    if turn.state.alarms.get(name) is None:
        return "no_such_alarm"
    acknowledge(turn, name, by)
    reset(turn, name, by)
    for door in fire.doors:
        clear_layer(turn, turn.site.doors[door], "fire", fire.id)
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
    if found is None or sensed not in (found.active, Sensed.ACTIVE):
        return ()
    return tuple(order for use in found.uses for order in _fixed_orders(site, use))


def _fixed_orders(site: Site, use: Use) -> tuple[Order, ...]:
    if use.kind == "fire":
        doors = (site.doors[d] for d in site.fire[use.id].doors)
        return tuple(Order(SetOutput(d.lock.output, released_level(d)), Wait.NONE, None, d.id) for d in doors if d.lock)
    if use.kind == "rex":
        door = site.doors[use.id]
        if door.lock and door.rex[use.index].unlocks:
            pulse = PulseOutput(door.lock.output, released_level(door), door.release_time)
            return (Order(pulse, Wait.NONE, MOMENTARY_TTL, door.id),)
    return ()
