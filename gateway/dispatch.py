"""Which link a command is for: that of the device before the first dot, or a service by its name."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.link import Link
from rules.model.commands import Order, PulseOutput, SetOutput, ShowOutcome, target
from rules.model.ids import device_of


class Dispatch:
    """Routes orders: to devices by their link, to services (`bus`, `pin`, `people`) by name, never to one for the
    other, whatever an admin calls a device."""

    def __init__(self) -> None:
        self._links: dict[str, Link] = {}
        self._devices: dict[str, Link] = {}
        self.misrouted = 0

    def add(self, link: Link, devices: Mapping[str, str] | None = None) -> None:
        """devices: device id -> link id, for a link with devices."""
        self._links[link.id] = link
        self._devices.update(dict.fromkeys(devices or {}, link))

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links.values())

    def __call__(self, order: Order, deadline: float | None) -> None:
        """Hand the order to its link; never blocks."""
        name = target(order.command)
        of_device = isinstance(order.command, PulseOutput | SetOutput | ShowOutcome)
        link = self._devices.get(device_of(name)) if of_device else self._links.get(name)
        if link is None:
            self.misrouted += 1
        else:
            link.submit(order, deadline)
