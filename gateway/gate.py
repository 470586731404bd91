"""The gate between the record and the wires: orders pass when their events are durable, or when waiting would harm."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rules.model.commands import Order, PulseOutput, SetOutput, Wait, target
from rules.model.signals import RecordLagged, ReleaseTimedOut, Signal

PATIENCE = {Wait.BEST_EFFORT: 0.025, Wait.REQUIRED: 0.5}
"""Seconds an order waits for its events; then it goes ahead, or is withheld."""


@dataclass(slots=True)
class Held:
    """An order at the gate. deadline: loop time after which it is worthless, or None; due: end of its patience."""

    order: Order
    seq: int
    deadline: float | None
    due: float | None


class Gate:
    """Holds orders in the order of their seq. dispatch(order, deadline) never blocks; say() hands us back a signal."""

    def __init__(self, dispatch: Callable[[Order, float | None], None], say: Callable[[Signal], object]) -> None:
        self._dispatch = dispatch
        self._say = say
        self._held: deque[Held] = deque()
        self._durable = 0
        self._late: list[int] = []
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._held)

    def submit(self, orders: Iterable[Order], seq: int) -> None:
        """Orders of a step whose last event is `seq`."""
        now = asyncio.get_running_loop().time()
        for order in orders:
            self._supersede(order)
            deadline = None if order.ttl is None else now + order.ttl / 1e6
            if order.wait is Wait.NONE or seq <= self._durable:
                self._dispatch(order, deadline)
            else:
                patience = PATIENCE.get(order.wait)
                self._held.append(Held(order, seq, deadline, None if patience is None else now + patience))
        self._set_timer()

    def _supersede(self, order: Order) -> None:
        """What an output was to do before is overtaken by what it is to do now."""
        if isinstance(order.command, PulseOutput | SetOutput) and self._held:
            output = target(order.command)
            kept = (h for h in self._held if not _works(h.order, output))
            self._held = deque(kept)

    def durable(self, seq: int) -> None:
        """The record is durable up to `seq`: what waited for it passes."""
        self._durable = max(self._durable, seq)
        while self._held and self._held[0].seq <= self._durable:
            held = self._held.popleft()
            self._dispatch(held.order, held.deadline)
        self._confess()
        self._set_timer()

    def _confess(self) -> None:
        """Orders that went ahead of their record are recorded as such, once it is there."""
        done = [seq for seq in self._late if seq <= self._durable]
        if done:
            self._late = [seq for seq in self._late if seq > self._durable]
            self._say(RecordLagged(min(done), max(done)))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = min((h.due for h in self._held if h.due is not None), default=None)
        if due is not None:
            self._timer = asyncio.get_running_loop().call_at(due, self._out_of_patience)

    def _out_of_patience(self) -> None:
        now = asyncio.get_running_loop().time()
        ready = [h for h in self._held if h.due is not None and h.due <= now]
        self._held = deque(h for h in self._held if h not in ready)
        for held in ready:
            if held.order.wait is Wait.REQUIRED:
                self._withhold(held)
            else:
                self._late.append(held.seq)
                self._dispatch(held.order, held.deadline)
        self._set_timer()

    def _withhold(self, held: Held) -> None:
        if isinstance(held.order.command, PulseOutput) and held.order.door is not None:
            self._say(ReleaseTimedOut(held.order.door))

    def close(self) -> None:
        """The gateway stops: nothing passes any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._held.clear()


def _works(order: Order, output: str) -> bool:
    return isinstance(order.command, PulseOutput | SetOutput) and target(order.command) == output
