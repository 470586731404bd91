"""Outputs that work locks: read back, foreign, failed, sent again."""

from __future__ import annotations

from dataclasses import replace

from rules.alarm import raise_alarm, return_alarm
from rules.lock import FOREIGN_AFTER, level, level_wait, released_level, resume, suspect_at, takes_back_entry
from rules.model.commands import SetOutput
from rules.model.events import (
    CommandUndelivered,
    OutputConfirmed,
    OutputForeign,
    OutputReasserted,
    OutputSensed,
)
from rules.model.ids import device_of
from rules.model.points import InputState
from rules.model.signals import CommandFailed, OutputReported
from rules.state import State
from rules.turn import Evolutions, Turn

_OF_THE_LINK = frozenset({"link_lost", "link_down"})
"""Causes whose alarm names the link, in a moment."""

RETRY_AFTER = 1_000_000
"""us after which a level that was not confirmed is sent again."""


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
    if not _released_by_fault(turn, output, found):
        reassert(turn, output)


def _released_by_fault(turn: Turn, output: str, on: bool) -> bool:
    """True where the step of an input that lets people out may have raised, so that the lock was released without it.

    Such an input is unknown though its device answers: nobody is shut in again for that.
    """
    site, door = turn.site, turn.site.doors[turn.site.outputs[output]]
    points = [rex.input.point for rex in door.rex if rex.unlocks]
    points += [fire.input.point for fire in site.fire.values() if door.id in fire.doors]
    return on is released_level(door) and any(_is_lost(turn.state, point) for point in points)


def _is_lost(state: State, point: str) -> bool:
    return state.input(point).state is InputState.UNKNOWN and state.device(device_of(point)).status == "online"


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
    if is_output and online and signal.cause not in _OF_THE_LINK:
        raise_alarm(turn, "output-fault", signal.target)


def retry_due(turn: Turn, output: str) -> None:
    """The level again, and what is left of a release that it would end."""
    door = turn.site.outputs.get(output)
    if door is not None:
        reassert(turn, output)
        resume(turn, turn.site.doors[door], entry=not takes_back_entry(turn.state.door(door).layers))


def reassert(turn: Turn, output: str) -> None:
    """Send the level of the mode again: never a momentary release as a level."""
    door = turn.site.doors[turn.site.outputs[output]]
    on = level(turn.state, door)
    turn.emit(OutputReasserted(output, on))
    turn.order(SetOutput(output, on), level_wait(turn.state, door), door=door.id)


# -- evolution ------------------------------------------------------------------------------------------


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


EVOLUTIONS: Evolutions = {
    OutputSensed: _sensed,
    OutputForeign: _foreign,
    OutputConfirmed: _confirmed,
    CommandUndelivered: _undelivered,
    OutputReasserted: _reasserted,
}
