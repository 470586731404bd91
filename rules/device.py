"""Devices, links, inputs and outputs: what is known of them, and what is not."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import is_active, momentary_alarm, raise_alarm, return_alarm
from rules.door import contact_changed, rex_changed
from rules.emergency import emergency_release_changed, fire_changed
from rules.intrusion import zone_changed
from rules.lock import FOREIGN_AFTER, MOMENTARY_TTL, level, resume, settle, suspect_at
from rules.model.commands import SetOutput, ShowOutcome, Wait
from rules.model.events import (
    CommandUndelivered,
    DeviceDistrusted,
    DeviceOffline,
    DeviceOnline,
    InputReported,
    LinkOffline,
    OutputConfirmed,
    OutputForeign,
    OutputReasserted,
    OutputSensed,
    PanelAreaChanged,
    ReaderRestarted,
)
from rules.model.ids import device_of
from rules.model.points import InputState, Outcome, Sensed
from rules.model.signals import (
    CommandFailed,
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    LinkLost,
    OutputReported,
    PanelReported,
)
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


def reassert(turn: Turn, output: str) -> None:
    """Send the level of the mode again: never a momentary release as a level."""
    door = turn.site.doors[turn.site.outputs[output]]
    on = level(turn.state, door)
    turn.emit(OutputReasserted(output, on))
    turn.order(SetOutput(output, on), Wait.NONE, door=door.id)


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


# -- outputs --------------------------------------------------------------------------------------------


def output_reported(turn: Turn, signal: OutputReported) -> None:
    """A read-back: alarmed where nothing of ours explains it and it stays so."""
    if signal.point not in turn.site.outputs:
        return
    record = turn.state.output(signal.point)
    check_at = suspect_at(turn.site, turn.state, signal.point, signal.on, turn.t)
    watched = record.foreign or turn.state.deadlines.get(f"foreign:{signal.point}") is not None
    if record.on is signal.on and (check_at is None or watched):
        return
    turn.emit(OutputSensed(signal.point, signal.on, check_at))
    if check_at is None:
        _confirm(turn, signal.point)


def _confirm(turn: Turn, output: str) -> None:
    record = turn.state.output(output)
    if record.foreign or record.failed:
        turn.emit(OutputConfirmed(output))
        return_alarm(turn, "output-foreign", output)
        return_alarm(turn, "output-fault", output)


def foreign_due(turn: Turn, output: str) -> None:
    """The difference lasted: unless a release that goes on explains it, it is not ours, and what should be is sent."""
    found = turn.state.output(output).on
    if output not in turn.site.outputs or found is None:
        return
    check_at = suspect_at(turn.site, turn.state, output, found, turn.t - FOREIGN_AFTER)
    if check_at is None or check_at > turn.t:
        turn.emit(OutputSensed(output, found, check_at))
        if check_at is None:
            _confirm(turn, output)
        return
    turn.emit(OutputForeign(output, found))
    raise_alarm(turn, "output-foreign", output)
    reassert(turn, output)


def command_done(turn: Turn, output: str) -> None:
    """Only what is read back ends a foreign level."""
    record = turn.state.output(output)
    if record.failed and not record.foreign:
        _confirm(turn, output)


def command_failed(turn: Turn, signal: CommandFailed) -> None:
    """A level is sent again until it is confirmed; a momentary command is gone."""
    is_output = signal.kind in ("SetOutput", "PulseOutput")
    ours = signal.target in turn.site.outputs
    online = turn.state.device(device_of(signal.target)).status == "online"
    retry_at = turn.t + RETRY_AFTER if signal.kind == "SetOutput" and ours and online else None
    turn.emit(CommandUndelivered(signal.target, signal.kind, signal.cause, retry_at))
    if is_output and online:
        raise_alarm(turn, "output-fault", signal.target)


def retry_due(turn: Turn, output: str) -> None:
    """The level again, and what is left of a release that it would end."""
    door = turn.site.outputs.get(output)
    if door is not None:
        reassert(turn, output)
        resume(turn, turn.site.doors[door], entry=True)


def signals_dropped(turn: Turn, link: str) -> None:
    momentary_alarm(turn, "signals-lost", link)


def settle_all(turn: Turn) -> None:
    """Send every lock the level of its mode."""
    for door in turn.site.doors.values():
        settle(turn, door)


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


def _sensed(state: State, event: OutputSensed) -> None:
    state.outputs.put(event.point, replace(state.output(event.point), on=event.on))
    state.deadlines.set(f"foreign:{event.point}", event.check_at)


def _foreign(state: State, event: OutputForeign) -> None:
    state.outputs.put(event.point, replace(state.output(event.point), foreign=True))
    state.deadlines.drop(f"foreign:{event.point}")


def _confirmed(state: State, event: OutputConfirmed) -> None:
    state.outputs.put(event.point, replace(state.output(event.point), foreign=False, failed=False))
    state.deadlines.drop(f"retry:{event.point}")


def _undelivered(state: State, event: CommandUndelivered) -> None:
    if event.kind in ("SetOutput", "PulseOutput"):
        state.outputs.put(event.target, replace(state.output(event.target), failed=True))
    if event.kind == "SetOutput":
        state.deadlines.set(f"retry:{event.target}", event.retry_at)


def _reasserted(state: State, event: OutputReasserted) -> None:
    state.deadlines.drop(f"retry:{event.point}")


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
    OutputSensed: _sensed,
    OutputForeign: _foreign,
    OutputConfirmed: _confirmed,
    CommandUndelivered: _undelivered,
    OutputReasserted: _reasserted,
}
