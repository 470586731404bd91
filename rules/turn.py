"""One step under way: what it may see, what it has said so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rules.model.commands import Command, Order, Wait
from rules.model.events import Event
from rules.model.stamp import Stamp
from rules.site import Site
from rules.state import State

Evolution = Callable[[State, Any], None]
"""Changes the state by one event. Each room offers its own as a table by event type."""

Evolutions = Mapping[type[Any], Evolution]


@dataclass(frozen=True, slots=True)
class Effects:
    """What followed from a signal, in order."""

    events: tuple[Event, ...]
    orders: tuple[Order, ...]


class Turn:
    """Collects events and orders; each event has changed the state before the next is derived."""

    __slots__ = ("_evolve", "events", "orders", "site", "stamp", "state")

    def __init__(self, site: Site, state: State, stamp: Stamp, evolve: Callable[[State, Event], None]) -> None:
        self.site = site
        self.state = state
        self.stamp = stamp
        self.events: list[Event] = []
        self.orders: list[Order] = []
        self._evolve = evolve

    @property
    def t(self) -> int:
        return self.stamp.t

    def emit(self, event: Event) -> None:
        """Say that something happened."""
        self._evolve(self.state, event)
        self.events.append(event)

    def order(self, command: Command, wait: Wait, *, ttl: int | None = None, door: str | None = None) -> None:
        """Tell somebody to do something. ttl: us until it is worthless; None for a level."""
        self.orders.append(Order(command, wait, ttl, door))
