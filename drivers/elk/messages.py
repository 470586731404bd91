"""What the panel's frames say, and the frames we send. Only what the gateway uses; the rest is Other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from drivers.elk.codec import Frame, encode

ZONES, AREAS, OUTPUTS = 208, 8, 208


@dataclass(frozen=True, slots=True)
class ZoneChanged:
    """ZC (4.38). status: hex digit, logical state in bits 2-3, physical state in bits 0-1."""

    zone: int
    status: int


@dataclass(frozen=True, slots=True)
class ZonesReported:
    """ZS (4.39.6): the status of every zone, zone 1 first."""

    status: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AreasReported:
    """AS (4.2.11): a character per area for arming, readiness and alarm, area 1 first."""

    arming: str
    ready: str
    alarm: str


@dataclass(frozen=True, slots=True)
class OutputChanged:
    """CC (4.7). Sent only where the panel's global option 37 is on."""

    output: int
    on: bool


@dataclass(frozen=True, slots=True)
class OutputsReported:
    """CS (4.9.4): every output, output 1 first."""

    on: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """XK (4.4.5): every 30 s, whether an Ethernet module is fitted or not."""


@dataclass(frozen=True, slots=True)
class ProgrammingBegan:
    """RP 01 or 02 (4.27): a programming computer is connected, or the Ethernet module is starting."""

    cause: str


@dataclass(frozen=True, slots=True)
class ProgrammingEnded:
    """RP 00 (4.27), or IE when the installer left programming at a keypad."""


@dataclass(frozen=True, slots=True)
class Other:
    """A message that the gateway has no use for. Codes, cards and log entries among them are not kept."""

    kind: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """A right checksum around data that its kind does not allow."""

    kind: str


Message = (
    ZoneChanged | ZonesReported | AreasReported | OutputChanged | OutputsReported
    | Heartbeat | ProgrammingBegan | ProgrammingEnded | Other | Malformed
)  # fmt: skip

ASK_ZONES = encode("zs")
ASK_AREAS = encode("as")
ASK_OUTPUTS = encode("cs")

_PROGRAMMING = {"01": "programming", "02": "starting"}


def turn_on(output: int, seconds: int = 0) -> bytes:
    """cn (4.9.2): on for 1 to 65535 s; 0 is until it is turned off."""
    return encode("cn", f"{output:03d}{seconds:05d}")


def turn_off(output: int) -> bytes:
    """cf (4.9.1)."""
    return encode("cf", f"{output:03d}")


def _zone_changed(match: re.Match[str]) -> Message:
    zone = int(match[1])
    return ZoneChanged(zone, int(match[2], 16)) if 1 <= zone <= ZONES else Malformed("ZC")


def _output_changed(match: re.Match[str]) -> Message:
    output = int(match[1])
    return OutputChanged(output, match[2] == "1") if 1 <= output <= OUTPUTS else Malformed("CC")


def _programming(match: re.Match[str]) -> Message:
    cause = _PROGRAMMING.get(match[0])
    return ProgrammingBegan(cause) if cause else ProgrammingEnded()


_KINDS: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], Message]]] = {
    "ZC": (re.compile(r"([0-9]{3})([0-9A-Fa-f])"), _zone_changed),
    "ZS": (re.compile(r"[0-9A-Fa-f]{208}"), lambda m: ZonesReported(tuple(int(c, 16) for c in m[0]))),
    "AS": (re.compile(r"([ -~]{8})([ -~]{8})([ -~]{8})"), lambda m: AreasReported(m[1], m[2], m[3])),
    "CC": (re.compile(r"([0-9]{3})([01])"), _output_changed),
    "CS": (re.compile(r"[01]{208}"), lambda m: OutputsReported(tuple(c == "1" for c in m[0]))),
    "XK": (re.compile(r"[ -~]*"), lambda _: Heartbeat()),
    "RP": (re.compile(r"0[0-2]"), _programming),
    "IE": (re.compile(r""), lambda _: ProgrammingEnded()),
}


def parse(frame: Frame) -> Message:
    """The message in a frame. Never raises: what is not understood is Other or Malformed."""
    known = _KINDS.get(frame.kind)
    if known is None:
        return Other(frame.kind)
    pattern, build = known
    match = pattern.fullmatch(frame.data.decode("latin-1"))
    return build(match) if match else Malformed(frame.kind)
