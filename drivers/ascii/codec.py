"""Bytes of an ASCII reader to packets. No I/O; any split of the stream gives the same packets.

Two framings: text ended by CR, LF or both, and, where the format has it, STX .. ETX between such lines. The rest
is a Reject with its size, so that the session can tell a bad frame from a babbling line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rules.model.secret import CardBits, Secret

STX, ETX, CR, LF = 0x02, 0x03, 0x0D, 0x0A
_LINE_ENDS = frozenset({CR, LF})
_ALL_ENDS = frozenset({STX, ETX, CR, LF})
_IN_FRAME = frozenset(b"0123456789ABCDEFabcdef\r\n")
MAX_LINE = 96  # bytes; the longest good line is `W256:` and 64 hex digits
MAX_FRAME = 14  # bytes between STX and ETX: ten digits, two of checksum, CR, LF
_OVERLONG_STEP = 64  # bytes of an endless line per Reject


@dataclass(frozen=True, slots=True)
class Card:
    """A card as the reader wrote it."""

    bits: CardBits


@dataclass(frozen=True, slots=True)
class Keys:
    """One or more keys in order: digits, `*` and `#`."""

    keys: Secret


@dataclass(frozen=True, slots=True)
class Beat:
    """The reader says that it is alive."""


@dataclass(frozen=True, slots=True)
class Tamper:
    """The reader's tamper contact."""

    active: bool


@dataclass(frozen=True, slots=True)
class Reject:
    """Bytes that are no frame. reason: `malformed`, `checksum` or `overlong`; size: how many bytes."""

    reason: str
    size: int


Packet = Card | Keys | Beat | Tamper | Reject
Parse = Callable[[bytes], Packet]


class Decoder:
    """Cuts the stream into frames and has them parsed. Holds at most MAX_LINE bytes.

    framed: parses what stands between STX and ETX; without it those two are noise like any other, so that a
    stray STX costs one line and not all up to the next ETX.
    """

    def __init__(self, line: Parse, framed: Parse | None = None) -> None:
        self._line = line
        self._framed = framed
        self._ends = _ALL_ENDS if framed else _LINE_ENDS
        self._part = bytearray()
        self._in_frame = False
        self._after_cr = False
        self._skipped = -1  # bytes of an overlong line not yet reported, or -1 where there is none

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completes."""
        found: list[Packet] = []
        for byte in data:
            packet = self._take(byte)
            if packet is not None:
                found.append(packet)
            self._after_cr = byte == CR
        return found

    def _take(self, byte: int) -> Packet | None:
        if self._skipped >= 0:
            return self._skip(byte)
        if byte not in self._ends or (self._in_frame and byte in _LINE_ENDS):
            return self._collect(byte)
        return self._end(byte)

    def _collect(self, byte: int) -> Packet | None:
        self._part.append(byte)
        size = len(self._part)
        if self._in_frame and byte not in _IN_FRAME:
            return self._give_up("malformed", size)
        if size > (MAX_FRAME if self._in_frame else MAX_LINE):
            return self._give_up("overlong", size)
        return None

    def _give_up(self, reason: str, size: int) -> Packet:
        """Drop what was collected, and what follows it up to the next end."""
        self._part.clear()
        self._in_frame = False
        self._skipped = 0
        return Reject(reason, size)

    def _skip(self, byte: int) -> Packet | None:
        if byte in self._ends:
            size, self._skipped = self._skipped, -1
            self._in_frame = byte == STX
            return Reject("overlong", size) if size else None
        self._skipped += 1
        if self._skipped < _OVERLONG_STEP:
            return None
        self._skipped = 0
        return Reject("overlong", _OVERLONG_STEP)

    def _end(self, byte: int) -> Packet | None:
        body, was_framed = bytes(self._part), self._in_frame
        self._part.clear()
        self._in_frame = byte == STX
        if byte == STX:  # a new frame cuts off whatever was under way
            return Reject("malformed", len(body) + was_framed) if body or was_framed else None
        if was_framed and self._framed is not None:
            return self._framed(body)
        if body:
            return self._line(body) if byte != ETX else Reject("malformed", len(body) + 1)
        if byte == LF and self._after_cr:
            return None
        return Reject("malformed", 1)
