"""The gate between the wire and pymodbus: lets pass the one reply that was asked for, to the last byte.

pymodbus takes replies with transaction id 0, of another function or of another length for good, and raises
inside the transport at unknown functions. Here a reply must have the transaction, unit, function and byte
count of the request, or be its exact echo where it is a write; on a serial line with a correct CRC. No I/O.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pymodbus.framer.rtu import FramerRTU

_EXCEPTION = 0x80


def reply_shape(pdu: bytes) -> tuple[bytes, int]:
    """What a normal reply to the request `pdu` (functions 01-06) begins with, and its length in bytes."""
    function, count = pdu[0], int.from_bytes(pdu[3:5], "big")
    if function in (1, 2):
        size = (count + 7) // 8
    elif function in (3, 4):
        size = 2 * count
    else:
        return pdu, len(pdu)
    return bytes((function, size)), 2 + size


@dataclass(frozen=True, slots=True)
class Shape:
    """A frame that may pass: how it begins, how long it is, and what else must hold."""

    begin: bytes
    size: int
    valid: Callable[[bytes], bool]

    def find(self, data: bytes) -> bytes:
        """The first such frame in `data`, or nothing."""
        start = data.find(self.begin)
        while start >= 0:
            frame = data[start : start + self.size]
            if len(frame) == self.size and self.valid(frame):
                return frame
            start = data.find(self.begin, start + 1)
        return b""


def _crc_holds(frame: bytes) -> bool:
    return FramerRTU.compute_CRC(frame[:-2]) == int.from_bytes(frame[-2:], "big")


def _always(frame: bytes) -> bool:
    return True


def tcp_shapes(packet: bytes) -> tuple[Shape, Shape]:
    """The normal and the exception reply to a Modbus TCP request (MBAP header: id, 0, length, unit)."""
    transaction, unit, pdu = packet[:2], packet[6:7], packet[7:]
    begin, size = reply_shape(pdu)
    header = transaction + b"\0\0"
    refusal = header + b"\0\x03" + unit + bytes((pdu[0] | _EXCEPTION,))
    normal = header + (1 + size).to_bytes(2, "big") + unit + begin
    return Shape(normal, 7 + size, _always), Shape(refusal, 9, _always)


def rtu_shapes(packet: bytes) -> tuple[Shape, Shape]:
    """The normal and the exception reply to a serial request."""
    unit, pdu = packet[:1], packet[1:-2]
    begin, size = reply_shape(pdu)
    refusal = unit + bytes((pdu[0] | _EXCEPTION,))
    return Shape(unit + begin, size + 3, _crc_holds), Shape(refusal, 5, _crc_holds)


class Gate:
    """One line's gate; `trace` is pymodbus's `trace_packet` hook. It never raises.

    arrivals: how often bytes arrived; heard: some did since the last request; echoes: the line echoes what we
    send (learned from reads, because a write's reply looks like its echo).
    """

    def __init__(self, *, serial: bool) -> None:
        self.arrivals = 0
        self.heard = False
        self.echoes = False
        self._serial = serial
        self._shapes: tuple[Shape, ...] = ()
        self._sent = b""

    def trace(self, sending: bool, data: bytes) -> bytes:
        """Outgoing packets pass and say what to expect; of what arrived only the expected reply passes."""
        return self._send(data) if sending else self._receive(data)

    def shut(self) -> None:
        """Expect nothing more: a late reply will not pass."""
        self._shapes = ()

    def _send(self, packet: bytes) -> bytes:
        self.heard = False
        self._sent = packet
        self._shapes = rtu_shapes(packet) if self._serial else tcp_shapes(packet)
        return packet

    def _receive(self, data: bytes) -> bytes:
        self.arrivals += 1
        self.heard = True
        data = self._without_echo(data)
        for shape in self._shapes:
            if frame := shape.find(data):
                return frame
        return b""

    def _without_echo(self, data: bytes) -> bytes:
        if not self._serial or not data.startswith(self._sent):
            return data
        if self._sent[1] not in (5, 6):
            self.echoes = True
        return data[len(self._sent) :] if self.echoes else data
