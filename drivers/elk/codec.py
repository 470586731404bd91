"""Frames of the Elk M1 ASCII protocol (sections 3 and 4.1). No I/O; any split gives the same packets.

`LL MM data rr CC CR LF`: LL counts in hex the characters after itself up to CC; MM is the kind; rr are two
characters "for future use", `00` or a timer; CC is the two's complement of the sum of all before it, in hex.
"""

from __future__ import annotations

from dataclasses import dataclass, field

MAX_LINE = 257  # characters: two of length and the 255 they can count
_MIN_LINE = 8  # LL MM rr CC
_OVERLONG_STEP = 64  # bytes of an endless line per Reject
_HEX = frozenset(b"0123456789ABCDEFabcdef")


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose length and checksum are right. data is hidden: it may hold a user's code."""

    kind: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reject:
    """Bytes that are no frame. reason: `length`, `checksum`, `malformed` or `overlong`; size: how many."""

    reason: str
    size: int


Packet = Frame | Reject


def encode(kind: str, data: str = "") -> bytes:
    """The bytes of a frame, reserved characters `00`."""
    body = f"{len(data) + 6:02X}{kind}{data}00".encode("ascii")
    return body + b"%02X\r\n" % checksum(body)


def checksum(body: bytes) -> int:
    """Of everything before the checksum itself."""
    return -sum(body) & 0xFF


class Decoder:
    """Cuts the stream at its line ends. Holds at most MAX_LINE bytes."""

    def __init__(self) -> None:
        self._part = bytearray()
        self._overlong = False

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that `data` completes."""
        found: list[Packet] = []
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._part += line
            found += self._shed()
            found += self._finish()
        self._part += rest
        return found + self._shed()

    def _shed(self) -> list[Packet]:
        """Give up a line that is too long: report it in steps, so that endless babble is seen in time."""
        found: list[Packet] = []
        if len(self._part) > MAX_LINE + 1:  # and its CR
            self._overlong = True
        while self._overlong and len(self._part) >= _OVERLONG_STEP:
            del self._part[:_OVERLONG_STEP]
            found.append(Reject("overlong", _OVERLONG_STEP))
        return found

    def _finish(self) -> list[Packet]:
        line, overlong = bytes(self._part), self._overlong
        self._part.clear()
        self._overlong = False
        if overlong:
            return [Reject("overlong", len(line) + 1)]
        body = line.removesuffix(b"\r")
        return [_frame(body)] if body else []


def _frame(line: bytes) -> Packet:
    size = len(line) + 2
    if len(line) < _MIN_LINE or not line.isascii() or not _HEX.issuperset(line[:2] + line[-2:]):
        return Reject("malformed", size)
    if int(line[:2], 16) != len(line) - 2:
        return Reject("length", size)
    if int(line[-2:], 16) != checksum(line[:-2]):
        return Reject("checksum", size)
    return Frame(line[2:4].decode("ascii"), line[4:-4])
