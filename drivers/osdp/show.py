"""What a reader's LED and buzzer do for each outcome, and how its output is worked. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.osdp import payload
from drivers.osdp.payload import Color, Out
from rules.model.points import Outcome

TENTH = 100_000  # us
LONGEST_PULSE = 0xFFFF  # tenths

OUTCOMES: Mapping[Outcome, tuple[bytes, ...]] = {
    Outcome.GRANTED: (
        payload.led_for(10, 0, Color.GREEN, Color.GREEN, 30),
        payload.buzzer(1, 1, 1),
    ),
    Outcome.DENIED: (
        payload.led_for(2, 2, Color.RED, Color.BLACK, 20),
        payload.buzzer(1, 1, 3),
    ),
    Outcome.WAIT: (payload.led_for(2, 2, Color.AMBER, Color.BLACK, 100),),
    Outcome.ENTER_PIN: (payload.led_for(5, 5, Color.AMBER, Color.BLACK, 100),),
    Outcome.WARNING: (
        payload.led_for(2, 2, Color.AMBER, Color.RED, 50),
        payload.buzzer(2, 2, 3),
    ),
    Outcome.IDLE: (payload.led_always(Color.RED),),
}


def pulse(on: bool, duration: int) -> bytes:
    """Work output 1 for `duration` us, rounded up to the reader's 100 ms; the reader ends it."""
    tenths = min(max(-(-duration // TENTH), 1), LONGEST_PULSE)
    return payload.output(0, Out.TIMED_ON if on else Out.TIMED_OFF, tenths)


def level(on: bool) -> bytes:
    """Set output 1 for good."""
    return payload.output(0, Out.ON if on else Out.OFF)
