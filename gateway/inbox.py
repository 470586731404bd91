"""Signals on their way to the core: in order of arrival, bounded per link, never blocking."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass

from gateway.receipt import Durability, Receipt
from rules.model.signals import InputChanged, OutputReported, Signal, SignalsLost

LIMIT = 1_000
"""Signals of one link that may wait."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A signal with the `t` of its arrival."""

    link: str
    signal: Signal
    t: int
    receipt: Receipt


class Inbox:
    """One queue for all links. Beyond a link's limit inputs coalesce per point and the rest is counted as lost."""

    def __init__(self, durability: Durability) -> None:
        self._durability = durability
        self._queue: deque[Arrival] = deque()
        self._waiting: dict[str, int] = defaultdict(int)
        self._latest: dict[str, dict[str, Arrival]] = defaultdict(dict)
        self._lost: dict[str, int] = defaultdict(int)
        self.arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._queue)

    def put(self, link: str, signal: Signal, t: int) -> Receipt:
        """Queue it, coalesce it, or count it as lost."""
        arrival = Arrival(link, signal, t, Receipt(self._durability))
        if self._waiting[link] < LIMIT:
            self._append(arrival)
        elif isinstance(signal, InputChanged | OutputReported):
            self._latest[link][f"{type(signal).__name__}:{signal.point}"] = arrival
        else:
            self._lost[link] += 1
        return arrival.receipt

    def _append(self, arrival: Arrival) -> None:
        self._waiting[arrival.link] += 1
        self._queue.append(arrival)
        self.arrived.set()

    def pop(self) -> Arrival | None:
        """The next in order, or None; what waited beyond a link's limit moves up."""
        if not self._queue:
            self.arrived.clear()
            return None
        arrival = self._queue.popleft()
        self._waiting[arrival.link] -= 1
        if arrival.link in self._latest or arrival.link in self._lost:
            self._catch_up(arrival.link, arrival.t)
        return arrival

    def _catch_up(self, link: str, t: int) -> None:
        if self._waiting[link] > LIMIT // 2:
            return
        for arrival in self._latest.pop(link, {}).values():
            self._append(arrival)
        lost = self._lost.pop(link, 0)
        if lost:
            self._append(Arrival(link, SignalsLost(link, lost), t, Receipt(self._durability)))
