"""Commands and replies with one reader: sequence numbers, security blocks. No I/O, no clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from drivers.osdp import codec
from drivers.osdp.crypto import SCS_14, SCS_16, SCS_18, SecureChannel
from drivers.osdp.payload import Reply
from rules.model.errors import ProtocolError


class Kind(Enum):
    """What a packet is to the command that awaits its reply."""

    REPLY = auto()
    BUSY = auto()
    ECHO = auto()  # a command: our own, come back
    STRAY = auto()  # another reader's, or an old one
    PLAIN = auto()  # ought to have been secured
    FORGED = auto()  # its MAC is wrong


@dataclass(frozen=True, slots=True)
class Heard:
    """A packet, understood. body: ID and clear data; scb: its security block's data in a handshake."""

    kind: Kind
    body: bytes = field(default=b"", repr=False)
    scb: bytes = b""


class Conversation:
    """The two ends' common state: the next sequence number and, once proved, the secure channel."""

    def __init__(self, address: int) -> None:
        self.address = address
        self.channel: SecureChannel | None = None
        self._sequence = 0
        self._next = 0

    def restart(self) -> None:
        """Sequence 0 tells the reader to forget the session; so do we."""
        self.channel = None
        self._next = 0

    def say(self, body: bytes, scb: bytes | None = None) -> bytes:
        """The frame of a new command. Repeats must send these very bytes."""
        self._sequence, self._next = self._next, self._next % 3 + 1
        if self.channel is not None:
            return self.channel.seal(self.address, self._sequence, body)
        return codec.encode(self.address, self._sequence, body, scb)

    def hear(self, packet: codec.Packet) -> Heard:
        """What `packet` is. Only REPLY carries anything that may be believed."""
        if not packet.reply:
            return Heard(Kind.ECHO)
        if packet.address != self.address:
            return Heard(Kind.STRAY)
        plain = packet.scb is None
        if plain and packet.body[0] == Reply.BUSY:
            return Heard(Kind.BUSY)
        if plain and packet.body[0] == Reply.NAK:  # a reader that lost its session has no other words
            return Heard(Kind.REPLY, packet.body)
        if packet.sequence != self._sequence:
            return Heard(Kind.STRAY)
        return self._secured(packet) if self.channel is not None else self._unsecured(packet)

    def _secured(self, packet: codec.Packet) -> Heard:
        if packet.scb is None or packet.scb[0] not in (SCS_16, SCS_18):
            return Heard(Kind.PLAIN)
        assert self.channel is not None
        try:
            body = self.channel.open(packet)
        except ProtocolError:
            body = None
        return Heard(Kind.FORGED) if body is None else Heard(Kind.REPLY, body)

    @staticmethod
    def _unsecured(packet: codec.Packet) -> Heard:
        if packet.scb is None:
            return Heard(Kind.REPLY, packet.body)
        if packet.scb[0] > SCS_14:
            return Heard(Kind.STRAY)
        return Heard(Kind.REPLY, packet.body, packet.scb[1:])
