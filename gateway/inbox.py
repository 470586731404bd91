"""Signals on their way to the core: in order of arrival, bounded per link, never blocking."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass

from gateway.receipt import Durability, Receipt
from rules.model.signals import (
    CommandDone,
    CommandFailed,
    DeviceFound,
    DeviceLost,
    InputChanged,
    LinkFound,
    LinkLost,
    OutputReported,
    PanelReported,
    Signal,
    SignalsLost,
)

LIMIT = 1_000
"""Signals of one link that may wait."""

OWN = "gateway"
"""The link name of signals the gateway gives itself. They are few, and none of them is ever lost."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal with the `t` of its arrival."""

    link: str
    signal: Signal
    t: int
    receipt: Receipt


class Inbox:
    """One queue for all links. Beyond a link's limit what tells a state coalesces, and the rest is counted as lost."""

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._queue: deque[Arrival] = deque()
        self._waiting: dict[str, int] = defaultdict(int)
        self._latest: dict[str, dict[str, Arrival]] = defaultdict(dict)
        self._lost: dict[str, Arrival] = {}
        self.arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, link: str, signal: Signal, t: int) -> Receipt:
        """Queue it, coalesce it, or count it as lost. The receipt is that of what stands for it."""
        subject = _subject(signal)
        room = self._waiting[link] < LIMIT or link == OWN
        if room and not (subject and link in self._latest):  # what coalesced is older: it must not overtake
            return self._append(Arrival(link, signal, t, Receipt(self._durability)))
        return self._coalesce(link, subject, signal, t) if subject else self._lose(link, signal, t)

    def _append(self, arrival: Arrival) -> Receipt:
        self._waiting[arrival.link] += 1
        self._queue.append(arrival)
        self.arrived.set()
        return arrival.receipt

    def _coalesce(self, link: str, subject: str, signal: Signal, t: int) -> Receipt:
        """The latest state of each subject, in the order in which they were last told."""
        before = self._latest[link].pop(subject, None)
        receipt = before.receipt if before else Receipt(self._durability)
        self._latest[link][subject] = Arrival(link, signal, t, receipt)
        return receipt

    def _lose(self, link: str, signal: Signal, t: int) -> Receipt:
        """All that is lost becomes one signal, whose record stands for it."""
        known = self._lost.get(link)
        count = signal.count if isinstance(signal, SignalsLost) else 1
        if known is not None and isinstance(known.signal, SignalsLost):
            count += known.signal.count
        receipt = known.receipt if known else Receipt(self._durability)
        self._lost[link] = Arrival(link, SignalsLost(link, count), t, receipt)
        return receipt

    def pop(self) -> Arrival | None:
        """The next in order, or None; what waited beyond a link's limit moves up."""
        if not self._queue:
            self.arrived.clear()
            return None
        arrival = self._queue.popleft()
        self._waiting[arrival.link] -= 1
        if arrival.link in self._latest or arrival.link in self._lost:
            self._catch_up(arrival.link)
        return arrival

    def _catch_up(self, link: str) -> None:
        if self._waiting[link] > LIMIT // 2:
            return
        for arrival in self._latest.pop(link, {}).values():
            self._append(arrival)
        if link in self._lost:
            self._append(self._lost.pop(link))


def _subject(signal: Signal) -> str:
    """What a signal tells the state of, so that a later one makes it void; empty for one that is an event."""
    match signal:
        case InputChanged():
            return f"input {signal.point}"
        case OutputReported():
            return f"output {signal.point}"
        case DeviceLost() | DeviceFound():
            return f"device {signal.device}"
        case LinkLost() | LinkFound():
            return f"link {signal.link}"
        case PanelReported():
            return f"panel {signal.device} {signal.area}"
        case CommandDone():
            return f"done {signal.target}"
        case CommandFailed():
            return f"failed {signal.kind} {signal.target}"
    return ""
