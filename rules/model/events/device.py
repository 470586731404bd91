"""Devices, links, inputs and outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from rules.model.points import InputState


@dataclass(frozen=True, slots=True)
class Device:
    CLASS: ClassVar = "device"
    STREAM: ClassVar = "event"
    V: ClassVar = 1


@dataclass(frozen=True, slots=True)
class InputReported(Device):
    """An input's state as the site means it. blind: it changed while its device was lost or before the start."""

    point: str
    state: InputState
    blind: bool


@dataclass(frozen=True, slots=True)
class OutputSensed(Device):
    """An output as read back. check_at: `t` at which a level that we cannot explain counts as foreign, or None."""

    point: str
    on: bool
    check_at: int | None


@dataclass(frozen=True, slots=True)
class OutputForeign(Device):
    """An output is at a level that nothing of ours commanded."""

    point: str
    on: bool


@dataclass(frozen=True, slots=True)
class OutputConfirmed(Device):
    """An output that was foreign or failed is at its commanded level."""

    point: str


@dataclass(frozen=True, slots=True)
class OutputReasserted(Device):
    """The level that the present state demands was sent again."""

    point: str
    on: bool


@dataclass(frozen=True, slots=True)
class DeviceOffline(Device):
    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class DeviceOnline(Device):
    device: str


@dataclass(frozen=True, slots=True)
class LinkOffline(Device):
    """A whole link failed: devices names those it took along."""

    link: str
    cause: str
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReaderRestarted(Device):
    """The reader came back from a power cycle, its secure channel and identity verified again."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceDistrusted(Device):
    """The device spoke plain, failed to prove its key, or changed its identity; nothing it says counts."""

    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class PanelAreaChanged(Device):
    device: str
    area: int
    arming: str
    alarm: str


@dataclass(frozen=True, slots=True)
class CommandUndelivered(Device):
    """A device did not confirm a command; retry_at: `t` when a level is sent again, or None."""

    target: str
    kind: str
    cause: str
    retry_at: int | None
