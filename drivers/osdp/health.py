"""Counters of one reader, and the times the line keeps."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """All in seconds. The reply limit and the 8 s are OSDP's; the rest is how we use the line."""

    poll: float = 0.025  # between two polls of one idle reader
    reply: float = 0.2  # a reader may take this long to begin its reply
    gap: float = 0.02  # between two characters of one frame
    busy: float = 0.05  # before a busy reader is asked again
    offline: float = 8.0  # silence that makes a reader lost
    probe: float = 1.0  # between two looks for an absent reader
    probe_reply: float = 0.05  # how long such a look waits
    probe_spacing: float = 0.25  # between two such looks on one line
    receipt: float = 0.1  # how long the next poll waits for a card to be durable
    retry: float = 5.0  # before a refused reader is tried again
    quarantine: float = 60.0  # the same after forged frames
    restart: float = 1.5  # silence that, with the session gone, means a power cycle
    install: float = 600.0  # how long SCBK-D may be used, from the start of the driver


@dataclass(slots=True)
class Counters:
    """What happened with one reader since the driver was made."""

    polls: int = 0
    commands: int = 0
    timeouts: int = 0
    bad_checks: int = 0
    noise: int = 0
    echoes: int = 0
    strays: int = 0
    naks: int = 0
    busy: int = 0
    bad_macs: int = 0
    plain: int = 0
    unexpected: int = 0
    babble: int = 0
    sc_starts: int = 0
    restarts: int = 0
    cards: int = 0
    latency_us: int = 0
    latency_max_us: int = 0

    def answered(self, seconds: float) -> None:
        """A reply took `seconds`; the mean forgets, 1/16 a reply."""
        took = int(seconds * 1_000_000)
        self.latency_us += (took - self.latency_us) // 16 if self.latency_us else took
        self.latency_max_us = max(self.latency_max_us, took)

    def values(self) -> dict[str, int | str]:
        return asdict(self)
