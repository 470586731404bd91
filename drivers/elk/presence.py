"""Whether the panel is there: a state table, and the limits that move it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(slots=True)
class Tuning:
    """Limits in seconds that no admin needs; tests shorten them."""

    silence: float = 75.0  # two heartbeats of 30 s missed
    answer: float = 15.0  # for everything that was asked
    retry: float = 5.0  # before asking again
    refresh_gap: float = 1.0  # between questions caused by damaged frames
    programming: float = 60.0  # of programming without a word, then one look whether it still goes on
    confirm: float = 3.0  # for an output to be seen in its new state
    confirm_ask: float = 0.25  # without an output change message, then the outputs are asked


class Presence(StrEnum):
    """What we know of the panel."""

    SYNCING = "syncing"  # asked for everything, not all answered
    LIVE = "live"
    LOST = "lost"  # still asking
    MUTE = "mute"  # it is being programmed: we do not talk


class Happened(StrEnum):
    """What can happen to its presence."""

    ANSWERED = "answered"
    SILENCE = "silence"
    PROGRAMMING = "programming"
    RESUMED = "resumed"


NEXT: dict[tuple[Presence, Happened], Presence] = {
    (Presence.SYNCING, Happened.ANSWERED): Presence.LIVE,
    (Presence.SYNCING, Happened.SILENCE): Presence.LOST,
    (Presence.SYNCING, Happened.PROGRAMMING): Presence.MUTE,
    (Presence.SYNCING, Happened.RESUMED): Presence.SYNCING,
    (Presence.LIVE, Happened.ANSWERED): Presence.LIVE,
    (Presence.LIVE, Happened.SILENCE): Presence.LOST,
    (Presence.LIVE, Happened.PROGRAMMING): Presence.MUTE,
    (Presence.LIVE, Happened.RESUMED): Presence.LIVE,
    (Presence.LOST, Happened.ANSWERED): Presence.LIVE,
    (Presence.LOST, Happened.PROGRAMMING): Presence.MUTE,
    (Presence.LOST, Happened.RESUMED): Presence.LOST,
    (Presence.MUTE, Happened.PROGRAMMING): Presence.MUTE,
    (Presence.MUTE, Happened.RESUMED): Presence.SYNCING,
}
