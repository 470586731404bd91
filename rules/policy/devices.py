"""Inputs, readers, controllers and devices, as far as rules know them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rules.model.points import PointKind, Sensed
from rules.policy.source import Source


@dataclass(frozen=True, slots=True)
class Input:
    """An input with its polarity. active: `open` or `closed` for a circuit, None for a detector."""

    point: str
    active: Sensed | None


@dataclass(frozen=True, slots=True)
class ReaderPolicy:
    """A reader: a device that reads cards, or a controller that asks. formats: card formats it accepts."""

    id: str
    formats: tuple[str, ...]
    keypad: bool
    controller: bool = False


@dataclass(frozen=True, slots=True)
class ControllerPolicy:
    """A door controller that asks over the bus. key: Ed25519 public key, 32 bytes; fallback: deny, cached or open."""

    id: str
    source: Source
    key: bytes
    fallback: str


@dataclass(frozen=True, slots=True)
class DevicePolicy:
    """A device with its points and the link it lives on."""

    id: str
    link: str
    points: Mapping[str, PointKind]
