"""A scripted OSDP reader and a hostile wire to it, for what libosdp's reader cannot do: BUSY, FMT, OSTATR, a reply
cache for repeated sequences, plain answers where they ought to be secured, forged MACs."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any

from drivers.osdp import codec
from drivers.osdp.crypto import SCBK_D, SecureChannel, SessionKeys
from rules.model.errors import LinkError

KEY = bytes.fromhex("00a1b2c3d4e5f60718293a4b5c6d7e8f")
UID = bytes(8)
RND_B = bytes(range(0xA0, 0xA8))
ACK = b"\x40"

Fault = Callable[[bytes], Iterable[bytes]]


class Peer:
    """One reader. `events` answer its polls; `scripted` frames or callables answer its next commands instead."""

    def __init__(self, address: int = 1, key: bytes = KEY, serial: int = 7) -> None:
        self.address = address
        self.key = key
        self.serial = serial
        self.events: deque[bytes] = deque()
        self.scripted: deque[Callable[[codec.Packet], bytes]] = deque()
        self.taken: list[bytes] = []
        self.polls = self.challenges = self.repeats = 0
        self.answers: dict[int, bytes] = {}
        self.default_key = False  # knows SCBK-D only
        self.caches = True
        self.mute = False
        self.forging = False  # its MACs are wrong
        self.channel: SecureChannel | None = None
        self._parser = codec.Parser()
        self._keys: SessionKeys | None = None
        self._rnd_a = b""
        self._last: tuple[codec.Packet, bytes] | None = None

    def restart(self) -> None:
        """A power cycle."""
        self.channel, self._last = None, None

    def hear(self, data: bytes) -> list[bytes]:
        """Replies to the commands that end in `data`, one item each."""
        return self._answers(self._parser.feed(data))

    def pause(self) -> list[bytes]:
        """No more bytes for a while: frames that have begun are given up."""
        return self._answers(self._parser.expire())

    def _answers(self, packets: list[codec.Packet]) -> list[bytes]:
        mine = [packet for packet in packets if packet.address == self.address and not packet.reply]
        return [reply for packet in mine if (reply := self._answer(packet))]

    def plain(self, packet: codec.Packet, body: bytes) -> bytes:
        return codec.encode(self.address, packet.sequence, body, reply=True)

    def _answer(self, packet: codec.Packet) -> bytes:
        if self.mute:
            return b""
        if self.caches and self._last is not None and packet == self._last[0] and packet.sequence:
            self.repeats += 1
            return self._last[1]
        if packet.sequence == 0:
            self.channel = None
        reply = self.scripted.popleft()(packet) if self.scripted else self._handle(packet)
        self._last = (packet, reply)
        return reply

    def _handle(self, packet: codec.Packet) -> bytes:
        if packet.scb is None:
            return self.plain(packet, self._meaning(packet.body))
        if packet.scb[0] == 0x11:
            return self._challenged(packet)
        if packet.scb[0] == 0x13:
            return self._proved(packet)
        body = None if self.channel is None else self.channel.open(packet)
        if self.channel is None or body is None:
            self.channel = None
            return self.plain(packet, b"\x41\x06")
        sealed = self.channel.seal(self.address, packet.sequence, self._meaning(body), reply=True)
        return codec.close(sealed[1:-6] + bytes(4)) if self.forging else sealed

    def _challenged(self, packet: codec.Packet) -> bytes:
        self.challenges += 1
        self._rnd_a = packet.body[1:]
        self._keys = SessionKeys(SCBK_D if self.default_key else self.key, self._rnd_a)
        body = b"\x76" + UID + RND_B + self._keys.client_cryptogram(self._rnd_a, RND_B)
        scb = bytes([0x12, not self.default_key])
        return codec.encode(self.address, packet.sequence, body, scb, reply=True)

    def _proved(self, packet: codec.Packet) -> bytes:
        assert self._keys is not None
        if packet.body[1:] != self._keys.server_cryptogram(self._rnd_a, RND_B):
            return self.plain(packet, b"\x41\x05")
        first = self._keys.first_mac(packet.body[1:])
        self.channel = SecureChannel(self._keys, first)
        return codec.encode(self.address, packet.sequence, b"\x78" + first, b"\x14\x01", reply=True)

    def _meaning(self, body: bytes) -> bytes:
        match body[0]:
            case 0x60:
                self.polls += 1
                return self.events.popleft() if self.events else ACK
            case 0x61:
                return b"\x45" + bytes([1, 2, 3, 4, 5]) + self.serial.to_bytes(4, "little") + bytes(3)
            case 0x64:
                return self.answers.get(0x64, b"\x48\x00\x00")
            case 0x66:
                return self.answers.get(0x66, b"\x4a\x00")
            case 0x75:
                self.key, self.default_key = body[3:], False
        self.taken.append(body)
        return self.answers.get(body[0], ACK)


def whole(data: bytes) -> Iterable[bytes]:
    yield data


def bytewise(data: bytes) -> Iterable[bytes]:
    return (data[at : at + 1] for at in range(len(data)))


class Wire:
    """A ByteStream with peers at its end, and faults on each way. Each chunk is one `read`."""

    def __init__(self, *peers: Peer, out: Fault = whole, back: Fault = whole, echo: bool = False) -> None:
        self.peers = peers
        self.out, self.back, self.echo = out, back, echo
        self.written: list[bytes] = []
        self.cut = False
        self._chunks: deque[bytes] = deque()
        self._arrived = asyncio.Event()

    def put(self, data: bytes) -> None:
        """Bytes appear on the line."""
        if data:
            self._chunks.append(data)
            self._arrived.set()

    def fail(self) -> None:
        self.cut = True
        self._arrived.set()

    async def read(self, limit: int = 4096) -> bytes:
        while not self._chunks:
            if self.cut:
                raise LinkError("the line is gone", code="closed")
            self._arrived.clear()
            await self._arrived.wait()
        data = self._chunks.popleft()
        if len(data) > limit:
            self._chunks.appendleft(data[limit:])
        return data[:limit]

    async def write(self, data: bytes) -> None:
        if self.cut:
            raise LinkError("the line is gone", code="closed")
        self.written.append(data)
        if self.echo:
            self.put(data)
        replies = [reply for chunk in self.out(data) for peer in self.peers for reply in peer.hear(chunk)]
        replies += [reply for peer in self.peers for reply in peer.pause()]
        for reply in replies:
            for piece in self.back(reply):
                self.put(piece)

    def drop_input(self) -> int:
        dropped = sum(map(len, self._chunks))
        self._chunks.clear()
        return dropped


class WireTransport:
    """A Transport whose line is a Wire."""

    url = "test://wire"
    baud = 115200

    def __init__(self, wire: Wire) -> None:
        self.wire = wire

    @asynccontextmanager
    async def stream(self) -> Any:
        yield self.wire

    def messages(self) -> Any:
        raise NotImplementedError
