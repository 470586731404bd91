"""Which link a command is for: the device before the first dot, or a service by its name."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.link import Link
from rules.model.commands import Order, target
from rules.model.ids import device_of


class Dispatch:
    """Routes orders. services: `bus`, `pin`, `people`; devices: device id -> link id."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._devices: dict[str, str] = {}
        self.misrouted = 0

    def add(self, link: Link, devices: Mapping[str, str] | None = None) -> None:
        self._links[link.id] = link
        self._devices.update(devices or {})

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links.values())

    def __call__(self, order: Order, deadline: float | None) -> None:
        """Hand the order to its link; never blocks."""
        name = target(order.command)
        link = self._links.get(self._devices.get(device_of(name), name))
        if link is None:
            self.misrouted += 1
        else:
            link.submit(order, deadline)
