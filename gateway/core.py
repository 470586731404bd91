"""The core: takes signals in order, steps, seals, hands to the journal, releases orders. One task, no I/O."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from gateway.clock import Clock
from gateway.gate import Gate
from gateway.inbox import OWN, Arrival, Inbox
from gateway.journal.chain import Chain
from gateway.journal.record import Head, Sealed
from gateway.receipt import Durability, Receipt
from rules.credential import identify
from rules.emergency import fixed_exit, fixed_path
from rules.model.commands import Order
from rules.model.driver import Emit
from rules.model.events import DeadlineAbandoned, Event, InternalError
from rules.model.signals import (
    CardPresented,
    CardRead,
    ClockChanged,
    DeadlineFaulted,
    DeadlineReached,
    GatewayEnding,
    InputChanged,
    RequestReceived,
    Signal,
    SignalFaulted,
    SiteChanged,
)
from rules.model.stamp import Stamp
from rules.record import envelope, stream
from rules.site import Site
from rules.state import State
from rules.step import evolve, next_due, step
from rules.swap import described
from rules.turn import Effects

log = logging.getLogger(__name__)

BATCH = 200
"""Signals and deadlines stepped before the loop gets its turn."""

DUE_AT_ONCE = 20
"""Deadlines stepped before the next signal gets its turn."""

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
        self._edits: deque[tuple[SiteChanged, SiteEdit, Receipt]] = deque()
        self._watched = site  # whose schedules are followed: the site, less the doors whose schedules raised
        self._ended = False  # the gateway's end is on record: nothing may follow it

    # -- from outside -------------------------------------------------------------------------------------------

    def emit(self, link: str) -> Emit:
        """The `Emit` of a link."""
        return lambda signal: self._inbox.put(link, signal, self.clock.t())

    def say(self, signal: Signal) -> Receipt:
        """A signal of the gateway itself."""
        return self._inbox.put(OWN, signal, self.clock.t())

    def edit_site(self, edit: SiteEdit, change: SiteChanged) -> Receipt:
        """Swap the Site between two signals and say so; a later edit sees the earlier one's Site."""
        receipt = Receipt(self._durability)
        self._edits.append((change, edit, receipt))
        self._inbox.arrived.set()
        return receipt

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
        if not self._ended and (len(self._inbox) or self._edits):
            return
        self._inbox.arrived.clear()
        try:
            async with asyncio.timeout(self._pause()):
                await self._inbox.arrived.wait()
        except TimeoutError:
            pass

    def _pause(self) -> float:
        """Seconds until something is due."""
        due = None if self._ended else self._next_due(self._glance())
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
        if by and not self._ended:
            self._take(ClockChanged(by))
        left = BATCH
        while left > 0 and not self._ended:
            self._edit()
            due, arrival = self._due(), self._inbox.pop()
            if arrival is not None:
                self._take_arrival(arrival)
            elif not due:
                break
            left -= due + 1
        self.progress()

    def _edit(self) -> None:
        while self._edits:
            change, edit, receipt = self._edits.popleft()
            self._take(change, edit)
            self._watched = self.site
            receipt.stepped(self.head)

    def _due(self) -> int:
        """What is due, one at a time, but not so much that signals starve; how much it was."""
        for done in range(DUE_AT_ONCE):
            now = self._glance()
            due = self._next_due(now)
            if due is None or due[1] > (now.t if due[0] == "t" else now.utc):
                return done
            self._take_deadline(*due)
        return DUE_AT_ONCE

    def _next_due(self, now: Stamp) -> tuple[str, int, str] | None:
        return next_due(self._watched, self.state, now)

    def _take_deadline(self, kind: str, when: int, key: str) -> None:
        faults = self.counters["faults"]
        self._take(DeadlineReached(key))
        if kind == "utc":
            if self.counters["faults"] > faults:
                self._unwatch(key)
            return
        left = self.state.deadlines.get(key)
        if left is not None and left.t == when:
            self._take(DeadlineFaulted(key, "still due after its step"))

    def _unwatch(self, key: str) -> None:
        """A door whose schedule raises is left as it is until the next edit of the site; the others go on."""
        door = key.partition(":")[2]
        doors = tuple(id for id in self._watched.scheduled_doors if id != door)
        self._watched = replace(self._watched, scheduled_doors=doors)

    def _take_arrival(self, arrival: Arrival) -> None:
        self._take(arrival.signal, arrived=arrival.t)
        arrival.receipt.stepped(self.head)
        self._ended = isinstance(arrival.signal, GatewayEnding)

    def identify(self, read: CardRead, age: int = 0) -> CardPresented:
        """A raw read as what it means at its reader; age: us it waited."""
        place = self.site.readers.get(read.reader)
        return identify(place.policy.formats if place else (), self._pepper, read, age)

    # -- one signal ---------------------------------------------------------------------------------------------

    def _take(self, signal: Signal, edit: SiteEdit | None = None, *, arrived: int | None = None) -> None:
        """Step it; if that raises, undo it whole, say so, and do what must be done even then."""
        stamp = self.clock.stamp()
        self.state.mark()
        try:
            site = edit(self.site) if edit else self.site
            meant = self._meaning(signal, site, stamp.t if arrived is None else arrived, stamp)
            effects = step(site, self.state, meant, stamp)
            bodies = [envelope(e, stamp, None if n else meant) for n, e in enumerate(effects.events)]
        except Exception as error:  # noqa: BLE001 - the core's one guard: a fault undoes one signal and no more
            self.state.undo()
            self._fault(signal, error)
        else:
            self.site = site
            self.counters["signals"] += 1
            if bodies:
                self._keep(stamp, effects, bodies)
            self.counters["longest_step_us"] = max(self.counters["longest_step_us"], self.clock.t() - stamp.t)

    def _meaning(self, signal: Signal, site: Site, arrived: int, stamp: Stamp) -> Signal:
        """What a step is told: a card by its token, a change of the site by what it changed to."""
        match signal:
            case CardRead():
                return self.identify(signal, stamp.t - arrived)
            case SiteChanged():
                return described(self.site, site, signal)
        return signal

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
        match signal:
            case SignalFaulted() | DeadlineFaulted():
                self._record_bare(signal)
            case DeadlineReached():
                self._take(DeadlineFaulted(signal.key, kind))
            case _:
                name = "CardPresented" if isinstance(signal, CardRead) else type(signal).__name__
                request = signal.request if isinstance(signal, RequestReceived) else ""
                self._take(SignalFaulted(name, _subject(signal), kind, request))

    def _record_bare(self, signal: SignalFaulted | DeadlineFaulted) -> None:
        """Even the step of a fault raised: its one event, without what should follow from it."""
        if isinstance(signal, DeadlineFaulted):
            event: Event = DeadlineAbandoned(signal.key, signal.error)
        else:
            event = InternalError(signal.kind, signal.subject, signal.error)
            self._gate.submit(fixed_exit(self.site, signal.kind, signal.subject), self.head)
        stamp = self.clock.stamp()
        self.state.mark()
        evolve(self.state, event)
        self._keep(stamp, Effects((event,), ()), [envelope(event, stamp, signal)])


def _subject(signal: Signal) -> str:
    """What a signal is about: its reader, point or device; printable, whatever the device sent."""
    for name in ("reader", "point", "device", "link", "who"):
        found = getattr(signal, name, None)
        if isinstance(found, str):
            return ascii(found)[1:-1][:64]
    return ""
