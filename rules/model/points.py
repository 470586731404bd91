"""Points: what a device senses and works, and the states an input can be in."""

from __future__ import annotations

from enum import StrEnum


class PointKind(StrEnum):
    """What a point of a device is; `drivers.x.points(config)` names the kind of each."""

    CIRCUIT = "circuit"  # an electrical input: open or closed; the site says which of them is active
    DETECTOR = "detector"  # an input whose device itself says normal or active
    OUTPUT = "output"  # a relay or transistor: on or off
    READER = "reader"  # reads cards; its point name is always `reader`
    KEYPAD = "keypad"  # enters digits; its point name is always `keypad`


class Sensed(StrEnum):
    """What a driver says of an input. Circuits say open or closed, detectors normal or active."""

    OPEN = "open"
    CLOSED = "closed"
    NORMAL = "normal"
    ACTIVE = "active"
    SHORT = "short"
    CUT = "cut"
    GROUND = "ground"
    FOREIGN = "foreign"
    MASKED = "masked"
    UNKNOWN = "unknown"


class InputState(StrEnum):
    """The state of an input after its polarity was applied. A fault is never `normal`."""

    NORMAL = "normal"
    ACTIVE = "active"
    SHORT = "short"
    CUT = "cut"
    GROUND = "ground"
    FOREIGN = "foreign"
    MASKED = "masked"
    UNKNOWN = "unknown"


FAULTS = frozenset({InputState.SHORT, InputState.CUT, InputState.GROUND, InputState.FOREIGN, InputState.MASKED})


class Outcome(StrEnum):
    """All that a reader may show of a decision: a class of outcome, never its reason."""

    GRANTED = "granted"
    DENIED = "denied"
    WAIT = "wait"  # something else is being asked or awaited
    ENTER_PIN = "enter_pin"
    WARNING = "warning"  # the door is about to be held open
    IDLE = "idle"
