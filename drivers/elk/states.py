"""The panel's states in our words: zones as Sensed, areas as the protocol's own words in snake_case."""

from __future__ import annotations

from rules.model.points import Sensed

_BYPASSED = 3  # the logical state
_EOL = 2  # the physical state: the end-of-line resistor is seen

# Section 4.38, zone status table; logical << 2 | physical. What it calls "not used" is not guessed at.
_SENSED = {
    0b0000: Sensed.UNKNOWN,  # normal, unconfigured: the panel does not look at this zone
    0b0001: Sensed.NORMAL,
    0b0010: Sensed.NORMAL,
    0b0011: Sensed.NORMAL,
    0b0101: Sensed.CUT,  # trouble, open
    0b0110: Sensed.FOREIGN,  # trouble with the resistor in place: tamper, supervision, something added
    0b0111: Sensed.SHORT,
    0b1001: Sensed.ACTIVE,
    0b1010: Sensed.ACTIVE,
    0b1011: Sensed.ACTIVE,
}

# Section 4.2.11.
ARMING = {
    "0": "disarmed",
    "1": "armed_away",
    "2": "armed_stay",
    "3": "armed_stay_instant",
    "4": "armed_night",
    "5": "armed_night_instant",
    "6": "armed_vacation",
}
ALARM = {
    "0": "no_alarm",
    "1": "entrance_delay",
    "2": "alarm_abort_delay",
    "3": "fire_alarm",
    "4": "medical_alarm",
    "5": "police_alarm",
    "6": "burglar_alarm",
    "7": "aux1_alarm",
    "8": "aux2_alarm",
    "9": "aux3_alarm",
    ":": "aux4_alarm",
    ";": "carbon_monoxide_alarm",
    "<": "emergency_alarm",
    "=": "freeze_alarm",
    ">": "gas_alarm",
    "?": "heat_alarm",
    "@": "water_alarm",
    "A": "fire_supervisory",
    "B": "verify_fire",
    "U": "security_alert",  # not in the document; ELK's forum, topic 8689
}


def arming_word(character: str) -> str:
    """The word for an arming character; one that is new to us is never called disarmed."""
    return ARMING.get(character, "unknown")


def alarm_word(character: str) -> str:
    """The word for an alarm character; one that is new to us is an alarm all the same."""
    return ALARM.get(character, "unknown_alarm")


def is_bypassed(status: int) -> bool:
    """Whether somebody told the panel to ignore the zone."""
    return status >> 2 == _BYPASSED


class ZoneSense:
    """Zone statuses to Sensed.

    While a zone is bypassed the panel reports only its wiring: open, resistor or short. Which of them is at rest
    depends on the zone's type, so it is learnt from the last `normal` report; a resistor in place is at rest for
    any type; what cannot be told is unknown.
    """

    def __init__(self) -> None:
        self._at_rest: dict[int, int] = {}

    def sensed(self, zone: int, status: int) -> Sensed:
        """What the zone senses, bypassed or not."""
        physical = status & 0b11
        if is_bypassed(status):
            return self._while_bypassed(zone, physical)
        sensed = _SENSED.get(status, Sensed.UNKNOWN)
        if sensed is Sensed.NORMAL:
            self._at_rest[zone] = physical
        return sensed

    def _while_bypassed(self, zone: int, physical: int) -> Sensed:
        at_rest = _EOL if physical == _EOL else self._at_rest.get(zone)
        if physical == 0 or at_rest is None:
            return Sensed.UNKNOWN
        return Sensed.NORMAL if physical == at_rest else Sensed.ACTIVE
