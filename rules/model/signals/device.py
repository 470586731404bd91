"""Devices and links: inputs, outputs, lost and found, orders carried out."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model.points import Sensed


@dataclass(frozen=True, slots=True)
class InputChanged:
    """An input as the device now says it. Also sent for every input, unchanged or not, after a (re)connection."""

    point: str
    sensed: Sensed


@dataclass(frozen=True, slots=True)
class OutputReported:
    """An output as read back from its device."""

    point: str
    on: bool


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A device stopped answering, or its link failed. cause: short, printable, stable per kind of failure."""

    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class LinkLost:
    """A whole link failed and is being retried; every device on it is lost with it."""

    link: str
    cause: str


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link without devices (the bus, a service) works again; where there are devices, theirs says so."""

    link: str


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """A device answers (again); every input of it has been sent as `InputChanged` just before."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceRestarted:
    """A device came back from a power cycle; its identity was verified again."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceInsecure:
    """A device that ran encrypted now speaks plain, or failed to prove its key. cause: short, printable."""

    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class PanelReported:
    """One area of an alarm panel: `arming` and `alarm` in the panel protocol's own words."""

    device: str
    area: int
    arming: str
    alarm: str


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A device confirmed a command."""

    command: int
    target: str


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command was not confirmed or died at its deadline; the state of its target is unknown."""

    command: int
    target: str
    kind: str
    cause: str


@dataclass(frozen=True, slots=True)
class SignalsLost:
    """`count` signals of a link were dropped because its queue was full."""

    link: str
    count: int
