"""The threat level: set by an operator, it holds until another one is."""

from __future__ import annotations

from dataclasses import replace

from rules.model.events import ThreatLevelChanged
from rules.state import State
from rules.turn import Evolutions, Turn

NONE = "none"
"""What an operator names to end every threat level."""


def set_threat_level(turn: Turn, level: str, by: str) -> str:
    """Returns `ok` or why not."""
    if level != NONE and level not in turn.site.ranks:
        return "no_such_threat_level"
    wanted, present = "" if level == NONE else level, turn.state.gateway().threat
    if wanted == present:
        return "already_so"
    turn.emit(ThreatLevelChanged(wanted, present, by))
    return "ok"


def _changed(state: State, event: ThreatLevelChanged) -> None:
    state.system.put("gateway", replace(state.gateway(), threat=event.level))


EVOLUTIONS: Evolutions = {ThreatLevelChanged: _changed}
