"""Devices, links, inputs and outputs: what is known of them, and what is not."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import is_active, momentary_alarm, raise_alarm, return_alarm
from rules.door import contact_changed
from rules.emergency import emergency_release_changed, fire_changed
from rules.intrusion import zone_changed
from rules.lock import MOMENTARY_TTL, resume
from rules.model.commands import ShowOutcome, Wait
from rules.model.events import (
    DeviceDistrusted,
    DeviceOffline,
    DeviceOnline,
    InputReported,
    LinkOffline,
    PanelAreaChanged,
    ReaderRestarted,
)
from rules.model.ids import device_of
from rules.model.points import InputState, Outcome, Sensed
from rules.model.signals import (
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    LinkLost,
    PanelReported,
)
from rules.output import reassert
from rules.release import rex_changed
from rules.site import InputSite, Use
from rules.state import DeviceRecord, InputRecord, PanelRecord, State
from rules.turn import Evolutions, Turn

RETRY_AFTER = 1_000_000

_CIRCUIT = frozenset({Sensed.OPEN, Sensed.CLOSED})

# -- inputs ---------------------------------------------------------------------------------------------


def meaning(site: InputSite, sensed: Sensed) -> InputState:
    """The state of an input: its polarity applied to a circuit; a detector speaks for itself."""
    if sensed in _CIRCUIT:
        return InputState.ACTIVE if sensed is site.active else InputState.NORMAL
    return InputState(sensed.value)


def input_changed(turn: Turn, signal: InputChanged) -> None:
    site = turn.site.inputs.get(signal.point)
    if site is None:
        return
    record = turn.state.input(signal.point)
    state = meaning(site, signal.sensed)
    if state is record.state:
        return
    blind = record.state is InputState.UNKNOWN and record.known not in (InputState.UNKNOWN, state)
    turn.emit(InputReported(signal.point, state, blind))
    _tell_users(turn, site.uses)


def _tell_users(turn: Turn, uses: tuple[Use, ...]) -> None:
    for use in uses:
        _tell(turn, use)


def _tell(turn: Turn, use: Use) -> None:
    site = turn.site
    match use.kind:
        case "contact":
            contact_changed(turn, site.doors[use.id])
        case "rex":
            rex_changed(turn, site.doors[use.id], site.doors[use.id].rex[use.index], use.index)
        case "fire":
            fire_changed(turn, site.fire[use.id])
        case "emergency_release":
            emergency_release_changed(turn, site.doors[use.id])
        case "zone":
            zone_changed(turn, site.zones[use.id])
        case "tamper" if use.id in site.doors:
            point = site.doors[use.id].tamper[use.index].point
            _alarm_by_state(turn, "door-tamper", use.id, point)
        case "tamper":
            _alarm_by_state(turn, "device-tamper", use.id, f"{use.id}.tamper")
        case "power" | "battery":
            _alarm_by_state(turn, use.kind, use.id, f"{use.id}.{use.kind}")


def _alarm_by_state(turn: Turn, kind: str, source: str, point: str) -> None:
    """Active or faulty raises it, normal returns it, unknown leaves it: we are blind, not reassured."""
    match turn.state.input(point).state:
        case InputState.NORMAL:
            return_alarm(turn, kind, source)
        case InputState.UNKNOWN:
            pass
        case _:
            raise_alarm(turn, kind, source)


# -- devices and links ----------------------------------------------------------------------------------


def device_lost(turn: Turn, signal: DeviceLost) -> None:
    device = turn.site.devices.get(signal.device)
    if device is None:
        return
    if turn.state.device(signal.device).status != "offline":
        turn.emit(DeviceOffline(signal.device, signal.cause))
        _blind(turn, signal.device)
    if not is_active(turn.state, "link-lost", device.link):
        raise_alarm(turn, "device-lost", signal.device)


def link_lost(turn: Turn, signal: LinkLost) -> None:
    """One alarm names the cause; those of its devices would only repeat it."""
    devices = turn.site.links.get(signal.link, ())
    if not is_active(turn.state, "link-lost", signal.link):
        turn.emit(LinkOffline(signal.link, signal.cause, devices))
        for device in devices:
            _blind(turn, device)
        raise_alarm(turn, "link-lost", signal.link)


def link_found(turn: Turn, link: str) -> None:
    return_alarm(turn, "link-lost", link)


def _blind(turn: Turn, device: str) -> None:
    """What the device's inputs say is unknown from now: those who use them are told."""
    for point, site in turn.site.inputs.items():
        if device_of(point) == device:
            _tell_users(turn, site.uses)


def device_found(turn: Turn, device: str) -> None:
    """It answers, its inputs are read: the levels that the present state demands are sent again."""
    known = turn.site.devices.get(device)
    if known is None:
        return
    if turn.state.device(device).status != "online":
        turn.emit(DeviceOnline(device))
    return_alarm(turn, "device-lost", device)
    return_alarm(turn, "link-lost", known.link)
    return_alarm(turn, "device-distrusted", device)
    for output, door in turn.site.outputs.items():
        if device_of(output) == device:
            reassert(turn, output)
            resume(turn, turn.site.doors[door], entry=False)


def device_restarted(turn: Turn, signal: DeviceRestarted) -> None:
    turn.emit(ReaderRestarted(signal.device))
    if signal.device in turn.site.readers:
        turn.order(ShowOutcome(signal.device, Outcome.IDLE), Wait.NONE, ttl=MOMENTARY_TTL)


def device_insecure(turn: Turn, signal: DeviceInsecure) -> None:
    if signal.device in turn.site.devices:
        turn.emit(DeviceDistrusted(signal.device, signal.cause))
        _blind(turn, signal.device)
        raise_alarm(turn, "device-distrusted", signal.device)


def panel_reported(turn: Turn, signal: PanelReported) -> None:
    known = turn.state.panels.get(f"{signal.device}.{signal.area}")
    if known != PanelRecord(signal.arming, signal.alarm):
        turn.emit(PanelAreaChanged(signal.device, signal.area, signal.arming, signal.alarm))


def signals_dropped(turn: Turn, link: str) -> None:
    momentary_alarm(turn, "signals-lost", link)


# -- evolution ------------------------------------------------------------------------------------------


def _input_reported(state: State, event: InputReported) -> None:
    known = event.state if event.state is not InputState.UNKNOWN else state.input(event.point).known
    state.inputs.put(event.point, InputRecord(event.state, known))


def lose_sight(state: State, device: str, status: str, cause: str) -> None:
    """Nothing is known of a device's points any more, only what they were."""
    state.devices.put(device, DeviceRecord(status, cause))
    for point, row in state.inputs.items():
        if device_of(point) == device and row.state is not InputState.UNKNOWN:
            state.inputs.put(point, replace(row, state=InputState.UNKNOWN))
    for point, output in state.outputs.items():
        if device_of(point) == device:
            state.outputs.put(point, replace(output, on=None))
            state.deadlines.drop(f"foreign:{point}")
            state.deadlines.drop(f"retry:{point}")


def _offline(state: State, event: DeviceOffline) -> None:
    lose_sight(state, event.device, "offline", event.cause)


def _link_offline(state: State, event: LinkOffline) -> None:
    for device in event.devices:
        lose_sight(state, device, "offline", event.cause)


def _distrusted(state: State, event: DeviceDistrusted) -> None:
    lose_sight(state, event.device, "distrusted", event.cause)


def _online(state: State, event: DeviceOnline) -> None:
    state.devices.put(event.device, DeviceRecord("online"))


def _panel(state: State, event: PanelAreaChanged) -> None:
    state.panels.put(f"{event.device}.{event.area}", PanelRecord(event.arming, event.alarm))


def _restarted(state: State, event: ReaderRestarted) -> None:
    """Its pending read is gone with its memory; the deadline says so at the reader."""


EVOLUTIONS: Evolutions = {
    InputReported: _input_reported,
    DeviceOffline: _offline,
    DeviceOnline: _online,
    LinkOffline: _link_offline,
    DeviceDistrusted: _distrusted,
    ReaderRestarted: _restarted,
    PanelAreaChanged: _panel,
}
