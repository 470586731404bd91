"""OSDP frames: bytes in, packets out. No I/O, no keys; any split of a stream gives the same packets.

`[FF] 53 ADDR LEN(2, LE, 53 to check) CTRL [SCB: len, type, data] ID data [MAC 4] check`; ADDR bit 7: a reply;
CTRL bits 0-1 sequence, bit 2 CRC-16 instead of a checksum, bit 3 security block.
"""

from __future__ import annotations

from binascii import crc_hqx
from dataclasses import dataclass, field

MARK = 0xFF
SOM = 0x53
REPLY = 0x80
BROADCAST = 0x7F
LARGEST = 1440  # bytes from SOM to the end of the check
MAC_SIZE = 4

_SEQUENCE = 0x03
_CRC = 0x04
_SCB = 0x08
_RESERVED = 0xF0
_HEADER = 5
_SMALLEST = 7


@dataclass(frozen=True, slots=True)
class Packet:
    """One good frame. scb: the security block's type and data, or None; body: ID, data and any MAC."""

    address: int
    reply: bool
    sequence: int
    scb: bytes | None
    body: bytes = field(repr=False)
    signed: bytes = field(repr=False)  # what a MAC covers: SOM up to, without, the last four bytes of the body


def crc16(data: bytes) -> bytes:
    """Poly 1021, init 1D0F, little endian."""
    return crc_hqx(data, 0x1D0F).to_bytes(2, "little")


def checksum(data: bytes) -> bytes:
    """Two's complement of the sum of all bytes."""
    return bytes([-sum(data) & 0xFF])


def head(
    address: int,
    sequence: int,
    body: bytes,
    scb: bytes | None = None,
    *,
    reply: bool = False,
    crc: bool = True,
    mac: int = 0,
) -> bytes:
    """SOM to the end of `body`, its length field counting `mac` more bytes and the check."""
    block = b"" if scb is None else bytes([len(scb) + 1]) + scb
    size = _HEADER + len(block) + len(body) + mac + (2 if crc else 1)
    control = sequence | (_CRC if crc else 0) | (0 if scb is None else _SCB)
    start = bytes([SOM, address | (REPLY if reply else 0), size & 0xFF, size >> 8, control])
    return start + block + body


def close(data: bytes) -> bytes:
    """The bytes for the wire: mark, `data` (SOM to body or MAC), and the check its control byte asks for."""
    return bytes([MARK]) + data + (crc16(data) if data[4] & _CRC else checksum(data))


def encode(
    address: int,
    sequence: int,
    body: bytes,
    scb: bytes | None = None,
    *,
    reply: bool = False,
    crc: bool = True,
) -> bytes:
    """A frame without a MAC, for the wire."""
    return close(head(address, sequence, body, scb, reply=reply, crc=crc))


def decode(data: bytes) -> Packet | None:
    """The packet in `data` (SOM to check, whole), or None if its check or its security block is wrong."""
    control = data[4]
    size = len(data) - (2 if control & _CRC else 1)
    if (crc16(data[:size]) if control & _CRC else checksum(data[:size])) != data[size:]:
        return None
    block = data[_HEADER] if control & _SCB else 0
    start = _HEADER + block
    if start >= size or (control & _SCB and block < 2):
        return None
    return Packet(
        data[1] & ~REPLY,
        bool(data[1] & REPLY),
        control & _SEQUENCE,
        data[_HEADER + 1 : start] if block else None,
        data[start:size],
        data[: size - MAC_SIZE],
    )


class Parser:
    """Finds frames in a stream. Counts `noise` (bytes outside frames) and `bad_checks` (broken frames)."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.noise = 0
        self.bad_checks = 0

    @property
    def pending(self) -> bool:
        """True inside a frame that has begun and not ended."""
        return bool(self._buffer)

    def feed(self, data: bytes) -> list[Packet]:
        """The packets that end in `data`."""
        self._buffer += data
        packets: list[Packet] = []
        while self._next(packets):
            pass
        return packets

    def expire(self) -> list[Packet]:
        """The line fell quiet: give up every frame that has begun, return the whole ones behind false starts."""
        packets: list[Packet] = []
        while self._buffer:
            self.bad_checks += 1
            del self._buffer[0]
            packets += self.feed(b"")
        return packets

    def reset(self) -> None:
        """Forget a frame that has begun."""
        self.noise += len(self._buffer)
        self._buffer.clear()

    def _next(self, packets: list[Packet]) -> bool:
        """Take one step; False when more bytes are needed."""
        buffer = self._buffer
        self._skip()
        if len(buffer) < _HEADER:
            return False
        size = buffer[2] | buffer[3] << 8
        if not _SMALLEST <= size <= LARGEST or buffer[4] & _RESERVED:
            self.noise += 1
            del buffer[0]
            return True
        if len(buffer) < size:
            return False
        packet = decode(bytes(buffer[:size]))
        if packet is None:
            self.bad_checks += 1
            del buffer[0]
        else:
            packets.append(packet)
            del buffer[:size]
        return True

    def _skip(self) -> None:
        """Drop what cannot be the start of a frame; marks are not noise."""
        start = self._buffer.find(SOM)
        junk = self._buffer[:start] if start >= 0 else self._buffer
        self.noise += len(junk) - junk.count(MARK)
        del self._buffer[: len(junk)]
