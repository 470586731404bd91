"""The core: takes signals in order, steps, seals, hands to the journal, releases orders. One task, no I/O."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from gateway.clock import Clock
from gateway.gate import Gate
from gateway.inbox import Arrival, Inbox
from gateway.journal.chain import Chain
from gateway.journal.record import Head, Sealed
from gateway.receipt import Durability, Receipt
from rules.credential import identify
from rules.emergency import fixed_path
from rules.model.commands import Order
from rules.model.driver import Emit
from rules.model.signals import (
    CardPresented,
    CardRead,
    ClockChanged,
    DeadlineFaulted,
    DeadlineReached,
    InputChanged,
    Signal,
    SignalFaulted,
    SiteChanged,
)
from rules.model.stamp import Stamp
from rules.record import envelope, stream
from rules.site import Site
from rules.state import State
from rules.step import next_due, step
from rules.turn import Effects

log = logging.getLogger(__name__)

OWN = "gateway"
"""The link name of signals the gateway gives itself."""

BATCH = 200
"""Signals stepped before the loop gets its turn."""

LONGEST_REST = 1.0
"""Seconds after which the core looks up even if nothing happened: its progress feeds the watchdog."""

SiteEdit = Callable[[Site], Site]


class Core:
    """append(sealed group) never blocks; dispatch(order, deadline) likewise. `state` changes only in here."""

    def __init__(
        self,
        site: Site,
        state: State,
        clock: Clock,
        chain: Chain,
        append: Callable[[tuple[Sealed, ...]], None],
        dispatch: Callable[[Order, float | None], None],
        pepper: bytes,
    ) -> None:
        self.site = site
        self.state = state
        self.clock = clock
        self.head = chain.head.seq
        self.counters = {"signals": 0, "events": 0, "orders": 0, "faults": 0, "longest_step_us": 0}
        self.progress: Callable[[], None] = lambda: None
        self._chain = chain
        self._append = append
        self._pepper = pepper
        self._durability = Durability()
        self._inbox = Inbox(self._durability)
        self._gate = Gate(dispatch, self.say)
        self._edits: deque[tuple[SiteEdit, SiteChanged]] = deque()

    # -- from outside -------------------------------------------------------------------------------------------

    def emit(self, link: str) -> Emit:
        """The `Emit` of a link."""
        return lambda signal: self._inbox.put(link, signal, self.clock.t())

    def say(self, signal: Signal) -> Receipt:
        """A signal of the gateway itself."""
        return self._inbox.put(OWN, signal, self.clock.t())

    def edit_site(self, edit: SiteEdit, change: SiteChanged) -> None:
        """Swap the Site between two signals and say so; a later edit sees the earlier one's Site."""
        self._edits.append((edit, change))
        self._inbox.arrived.set()

    def durable(self, seq: int) -> None:
        """The journal is durable up to `seq`."""
        self._durability.reached(seq)
        self._gate.durable(seq)

    @property
    def sealed(self) -> Head:
        """The head of the record, durable or not."""
        return self._chain.head

    @property
    def waiting(self) -> int:
        return len(self._inbox)

    # -- the loop -----------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """For ever; ends by cancellation only."""
        try:
            while True:
                await self._rest()
                self.turn()
                await asyncio.sleep(0)
        finally:
            self._gate.close()

    async def _rest(self) -> None:
        if len(self._inbox) or self._edits:
            return
        self._inbox.arrived.clear()
        try:
            async with asyncio.timeout(self._pause()):
                await self._inbox.arrived.wait()
        except TimeoutError:
            pass

    def _pause(self) -> float:
        """Seconds until something is due."""
        due = next_due(self.site, self.state, self._glance())
        if due is None:
            return LONGEST_REST
        kind, when, _ = due
        seconds = (when - self.clock.t()) / 1e6 if kind == "t" else self.clock.seconds_until_utc(when)
        return min(max(seconds, 0.0), LONGEST_REST)

    def _glance(self) -> Stamp:
        """A moment to look at, not to record."""
        return Stamp(self.clock.t(), self.clock.utc(), self.clock.state(), "")

    def turn(self) -> None:
        """What waits now: a step of the clock, edits of the site, what is due, then signals in order."""
        by = self.clock.stepped()
        if by:
            self._take(ClockChanged(by))
        for _ in range(BATCH):
            self._edit()
            self._due()
            arrival = self._inbox.pop()
            if arrival is None:
                break
            self._take_arrival(arrival)
        self.progress()

    def _edit(self) -> None:
        while self._edits:
            edit, change = self._edits.popleft()
            self.site = edit(self.site)
            self._take(replace(change, rules_hash=self.site.rules_hash, people_rev=self.site.people.rev))

    def _due(self) -> None:
        """Everything that is due, one at a time."""
        for _ in range(BATCH):
            now = self._glance()
            due = next_due(self.site, self.state, now)
            if due is None or due[1] > (now.t if due[0] == "t" else now.utc):
                return
            self._take_deadline(*due)

    def _take_deadline(self, kind: str, when: int, key: str) -> None:
        self._take(DeadlineReached(key))
        left = self.state.deadlines.get(key)
        if kind == "t" and left is not None and left.t == when:
            self._take(DeadlineFaulted(key, "still due after its step"))

    def _take_arrival(self, arrival: Arrival) -> None:
        signal = arrival.signal
        if isinstance(signal, CardRead):
            signal = self.identify(signal, self.clock.t() - arrival.t)
        self._take(signal)
        arrival.receipt.stepped(self.head)

    def identify(self, read: CardRead, age: int = 0) -> CardPresented:
        """A raw read as what it means at its reader; age: us it waited."""
        place = self.site.readers.get(read.reader)
        return identify(place.policy.formats if place else (), self._pepper, read, age)

    # -- one signal ---------------------------------------------------------------------------------------------

    def _take(self, signal: Signal) -> None:
        """Step it; if that raises, undo it whole, say so, and do what must be done even then."""
        stamp = self.clock.stamp()
        self.state.mark()
        try:
            effects = step(self.site, self.state, signal, stamp)
            bodies = [envelope(e, stamp, None if n else signal) for n, e in enumerate(effects.events)]
        except Exception as error:  # noqa: BLE001 - the core's one guard: a fault undoes one signal and no more
            self.state.undo()
            self._fault(signal, error)
        else:
            self.counters["signals"] += 1
            if bodies:
                self._keep(stamp, effects, bodies)
            self.counters["longest_step_us"] = max(self.counters["longest_step_us"], self.clock.t() - stamp.t)

    def _keep(self, stamp: Stamp, effects: Effects, bodies: list[bytes]) -> None:
        """Seal the events, hand them to the journal, and put the orders at the gate."""
        group = tuple(
            self._chain.seal(
                body,
                stream=stream(event),
                cls=event.CLASS,
                type=type(event).__name__,
                t=stamp.t,
                utc=stamp.utc,
                first=event is effects.events[0],
            )
            for event, body in zip(effects.events, bodies, strict=True)
        )
        self.head = group[-1].seq
        self.counters["events"] += len(group)
        self.counters["orders"] += len(effects.orders)
        self._append(group)
        self._gate.submit(effects.orders, self.head)

    def _fault(self, signal: Signal, error: Exception) -> None:
        log.error("a step raised on %s", type(signal).__name__, exc_info=error)
        self.counters["faults"] += 1
        if isinstance(signal, InputChanged):
            self._gate.submit(fixed_path(self.site, signal.point, signal.sensed), self.head)
        kind = type(error).__name__
        if isinstance(signal, SignalFaulted | DeadlineFaulted):
            return
        if isinstance(signal, DeadlineReached):
            self._take(DeadlineFaulted(signal.key, kind))
        else:
            self._take(SignalFaulted(type(signal).__name__, _subject(signal), kind))


def _subject(signal: Signal) -> str:
    """What a signal is about: its reader, point or device."""
    for name in ("reader", "point", "device", "link", "who"):
        found = getattr(signal, name, None)
        if isinstance(found, str):
            return found
    return ""
