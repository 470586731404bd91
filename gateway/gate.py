"""The gate between the record and the wires: orders pass when their events are durable, or when waiting would harm."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from rules.model.commands import Answer, EditPeople, Order, PulseOutput, ReplayStream, SetOutput, Wait, target
from rules.model.signals import PeopleEdited, RecordLagged, ReleaseTimedOut, Signal

PATIENCE = {Wait.BEST_EFFORT: 0.025, Wait.REQUIRED: 0.5, Wait.ALWAYS: 3.0}
"""Seconds an order waits for its events; then it goes ahead, is withheld, or is answered `not_recorded`."""

GRAIN = 0.001
"""Seconds a timer may ring early: loops count in milliseconds."""

LATE = 1_000
"""Orders that went ahead of their record, remembered one by one; more are remembered as a range."""


@dataclass(slots=True, eq=False)
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
            deadline = None if order.ttl is None else now + order.ttl / 1e6
            if order.wait is Wait.NONE or seq <= self._durable:
                self._supersede(order)
                self._dispatch(order, deadline)
            else:
                self._hold(Held(order, seq, deadline, _due(order, now)))

    def _hold(self, held: Held) -> None:
        self._held.append(held)
        if held.due is not None and (self._timer is None or held.due < self._timer.when()):
            self._set_timer(held.due)

    def _supersede(self, order: Order) -> None:
        """What an output was to do before is overtaken by what it does now; a pulse leaves its level alone."""
        kinds = {SetOutput: PulseOutput | SetOutput, PulseOutput: PulseOutput}.get(type(order.command))
        if kinds is not None and self._held:
            output = target(order.command)
            kept = (
                h for h in self._held if not isinstance(h.order.command, kinds) or target(h.order.command) != output
            )
            self._held = deque(kept)

    def durable(self, seq: int) -> None:
        """The record is durable up to `seq`: what waited for it passes."""
        self._durable = max(self._durable, seq)
        while self._held and self._held[0].seq <= self._durable:
            held = self._held.popleft()
            self._dispatch(held.order, held.deadline)
        self._confess()

    def _confess(self) -> None:
        """Orders that went ahead of their record are recorded as such, once it is there."""
        done = [seq for seq in self._late if seq <= self._durable]
        if done:
            self._late = [seq for seq in self._late if seq > self._durable]
            self._say(RecordLagged(min(done), max(done)))

    def _set_timer(self, due: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._out_of_patience)

    def _out_of_patience(self) -> None:
        limit = asyncio.get_running_loop().time() + GRAIN
        held, self._held = self._held, deque()
        ready: list[Held] = []
        for one in held:
            (ready if one.due is not None and one.due <= limit else self._held).append(one)
        self._set_timer(min((h.due for h in self._held if h.due is not None), default=None))
        for one in ready:
            self._give_up(one)

    def _give_up(self, held: Held) -> None:
        match held.order.wait:
            case Wait.REQUIRED:
                self._withhold(held)
            case Wait.ALWAYS:
                self._excuse(held)
            case _:
                self._note_late(held.seq)
                self._dispatch(held.order, held.deadline)

    def _note_late(self, seq: int) -> None:
        if not self._late or self._late[-1] != seq:
            self._late.append(seq)
        if len(self._late) > LATE:
            del self._late[1:-1]

    def _withhold(self, held: Held) -> None:
        """The lock is not worked; a controller that asked whether to work its own is told no."""
        command = held.order.command
        if isinstance(command, Answer):
            self._dispatch(replace(held.order, command=_unrecorded(command.request)), held.deadline)
        if isinstance(command, Answer | PulseOutput) and held.order.door is not None:
            self._say(ReleaseTimedOut(held.order.door))

    def _excuse(self, held: Held) -> None:
        """Whoever asked is told that it is not on record, before they stop listening; an edit is not carried out."""
        command = held.order.command
        if isinstance(command, Answer | ReplayStream | EditPeople):
            self._dispatch(replace(held.order, command=_unrecorded(command.request)), held.deadline)
        if isinstance(command, EditPeople):
            self._say(PeopleEdited(command.request, False, "not_recorded", "{}"))

    def close(self) -> None:
        """The gateway stops: nothing passes any more."""
        self._set_timer(None)
        self._held.clear()


def _due(order: Order, now: float) -> float | None:
    """The end of an order's patience. A level that must be recorded first waits for that alone: it is never late."""
    if order.wait is Wait.REQUIRED and isinstance(order.command, SetOutput):
        return None
    return now + PATIENCE[order.wait]


def _unrecorded(request: str) -> Answer:
    return Answer(request, False, "not_recorded")
