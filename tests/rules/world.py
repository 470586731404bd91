"""A driver for the rules: holds a site, a state and a clock, and proves the promises of `step` at every signal."""

from __future__ import annotations

import itertools
from typing import Any

from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.commands import Answer, Order, PulseOutput, SetOutput, ShowOutcome, VerifyPin
from rules.model.events import DeadlineAbandoned, Event
from rules.model.points import Outcome, Sensed
from rules.model.secret import Secret
from rules.model.signals import (
    CardPresented,
    DeadlineReached,
    DeviceFound,
    GatewayBegan,
    InputChanged,
    PinChecked,
    PinEntered,
    RequestReceived,
    Signal,
)
from rules.model.stamp import ClockState, Stamp
from rules.record import decode, envelope, event_of, signal_of
from rules.site import Site
from rules.state import State
from rules.step import evolve, next_due, step
from rules.turn import Effects
from tests.rules.builder import MONDAY, S, site

LIMIT = 5_000
"""Steps that one stretch of time may take: more means a deadline that never goes."""


def picture(state: State) -> bytes:
    """The state as canonical bytes."""
    return canonical_bytes(snapshot.dump(state))


def copy(state: State) -> State:
    return snapshot.load(snapshot.dump(state))


class World:
    """`say` steps a signal and proves it; `wait` lets time pass, feeding what falls due."""

    def __init__(self, found: Site | None = None, utc: int = MONDAY) -> None:
        self.site = found or site()
        self.state = State()
        self.t, self.utc = 1_000 * S, utc
        self.clock = ClockState.OK
        self.events: list[Event] = []
        self.history: list[Event] = []
        self.orders: list[Order] = []
        self.abandoned: list[str] = []
        self._count = itertools.count()

    # -- time ------------------------------------------------------------------------------------------------

    def stamp(self) -> Stamp:
        return Stamp(self.t, self.utc, self.clock, f"{next(self._count):032x}")

    def wait(self, seconds: float) -> World:
        """Let time pass; the events and orders of all that fell due replace those of the last signal."""
        self.forget()
        end = self.t + int(seconds * S)
        for _ in range(LIMIT):
            due = next_due(self.site, self.state, self.stamp())
            at = end + 1 if due is None else due[1] if due[0] == "t" else self.t + due[1] - self.utc
            if due is None or at > end:
                self._advance(end)
                return self
            self._advance(max(at, self.t))
            self._say(DeadlineReached(due[2]))
        raise AssertionError(f"time stands still at {due}")

    def _advance(self, t: int) -> None:
        self.utc += t - self.t
        self.t = t

    # -- signals ---------------------------------------------------------------------------------------------

    def forget(self) -> World:
        self.events, self.orders = [], []
        return self

    def say(self, *signals: Signal) -> World:
        """Step them one after the other; `events` and `orders` are then theirs."""
        self.forget()
        for signal in signals:
            self._say(signal)
        return self

    def _say(self, signal: Signal) -> None:
        before = picture(self.state)
        stamp = self.stamp()
        self.state.mark()
        effects = step(self.site, self.state, signal, stamp)
        self._prove(before, signal, stamp, effects)
        self.events += effects.events
        self.history += effects.events
        self.orders += effects.orders
        self.abandoned += [e.key for e in effects.events if isinstance(e, DeadlineAbandoned)]

    def _prove(self, before: bytes, signal: Signal, stamp: Stamp, effects: Effects) -> None:
        after = picture(self.state)
        if not effects.events:
            assert before == after, "the state changed without an event"
            assert not effects.orders, "an order without an event"
            return
        self.state.undo()
        assert picture(self.state) == before, "undo does not restore the state"
        bodies = [envelope(e, stamp, None if n else signal) for n, e in enumerate(effects.events)]
        for event, body in zip(effects.events, bodies, strict=True):
            assert event_of(decode(body)) == event
            evolve(self.state, event)
        assert picture(self.state) == after, "folding the events gives another state"
        self._prove_again(before, bodies, after)

    def _prove_again(self, before: bytes, bodies: list[bytes], after: bytes) -> None:
        """From the stored form alone: the redacted signal gives the same bytes and the same state."""
        state = snapshot.load(decode(before))
        found = signal_of(decode(bodies[0]))
        assert found is not None
        signal, stamp = found
        again = step(self.site, state, signal, stamp)
        assert [envelope(e, stamp, None if n else signal) for n, e in enumerate(again.events)] == bodies
        assert picture(state) == after

    # -- shorthands ------------------------------------------------------------------------------------------

    def begin(self) -> World:
        """Start, find every device, read every input as at rest."""
        self.say(GatewayBegan("1", True))
        for point, found in self.site.inputs.items():
            self.rest(point, found.active)
        for device in self.site.devices:
            self._say(DeviceFound(device))
        return self.forget()

    def rest(self, point: str, active: Sensed | None) -> None:
        at_rest = {Sensed.OPEN: Sensed.CLOSED, Sensed.CLOSED: Sensed.OPEN, None: Sensed.NORMAL}[active]
        self._say(InputChanged(point, at_rest))

    def sense(self, point: str, sensed: Sensed) -> World:
        return self.say(InputChanged(point, sensed))

    def active(self, point: str) -> World:
        return self.sense(point, self.site.inputs[point].active or Sensed.ACTIVE)

    def normal(self, point: str) -> World:
        self.forget()
        self.rest(point, self.site.inputs[point].active)
        return self

    def card(self, reader: str, token: str | None, **more: Any) -> World:
        fault = None if token else "bad_format"
        return self.say(CardPresented(reader, token, "h10301", "17", **({"fault": fault} | more)))

    def pin(self, reader: str, result: str, digits: str = "4711") -> World:
        """Digits, and the service's answer to them; events and orders of both."""
        self.say(PinEntered(reader, Secret(digits)))
        return self.answer(reader, result)

    def answer(self, reader: str, result: str) -> World:
        self._say(PinChecked(reader, self.state.reader(reader).attempt, result))
        return self

    def ask(self, who: str | None, verb: str, target: str = "", args: str = "{}", **more: Any) -> World:
        number = next(self._count)
        plain: dict[str, Any] = {"issued": self.utc, "expires": self.utc + 5 * S, "nonce": f"n{number}"}
        return self.say(RequestReceived(f"q{number}", who, verb, target, args, **(plain | more)))

    # -- what was seen ---------------------------------------------------------------------------------------

    @property
    def names(self) -> list[str]:
        return [type(e).__name__ for e in self.events]

    def only(self, kind: type[Any]) -> Any:
        """The one event of this kind."""
        (found,) = (e for e in self.events if isinstance(e, kind))
        return found

    def has(self, kind: type[Any]) -> bool:
        return any(isinstance(e, kind) for e in self.events)

    def commands(self, kind: type[Any]) -> list[Any]:
        return [o.command for o in self.orders if isinstance(o.command, kind)]

    def shown(self, reader: str) -> list[Outcome]:
        return [c.outcome for c in self.commands(ShowOutcome) if c.reader == reader]

    def pulses(self) -> list[PulseOutput]:
        return self.commands(PulseOutput)

    def levels(self) -> list[SetOutput]:
        return self.commands(SetOutput)

    def answered(self) -> Answer:
        found: Answer
        (found,) = self.commands(Answer)
        return found

    def checks(self) -> list[VerifyPin]:
        return self.commands(VerifyPin)

    def raised(self) -> set[str]:
        """Alarms that are active."""
        return {id for id, row in self.state.alarms.items() if row.active}
