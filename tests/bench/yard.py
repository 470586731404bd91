"""Everything beyond the daemon's wires, in one thread without an event loop: readers on ptys, Modbus modules.

It notes, in ns of CLOCK_MONOTONIC, when a card's last byte was handed to the reader's end of a wire and when the
module's end had the FC05 that releases a lock. Daemon and relay have the same kind of ends, in the same process.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import tty
from collections.abc import Callable
from pathlib import Path
from time import monotonic, monotonic_ns

from pymodbus.framer.rtu import FramerRTU

from rules.model.secret import CardBits
from tests.drivers.osdp.peer import Peer

ACTIVE_OUTPUT = 0xFF00


class Pty:
    """The device's end of a serial line at `path`; `hear` gets what the other end writes."""

    def __init__(self, path: Path, hear: Callable[[bytes], None] = lambda data: None) -> None:
        self.fd, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.fd, False)
        path.symlink_to(os.ttyname(self._slave))
        self._hear = hear

    def write(self, data: bytes) -> int:
        """Send; returns the moment at which the bytes were ready to go."""
        now = monotonic_ns()
        os.write(self.fd, data)
        return now

    def ready(self) -> None:
        self._hear(os.read(self.fd, 4096))


class OsdpLine:
    """Scripted readers with secure channel on one line. `sent`: when a card's reply left, by reader."""

    def __init__(self, path: Path, readers: dict[str, tuple[int, bytes]]) -> None:
        self.pty = Pty(path, self._hear)
        self.peers = {name: Peer(address, key) for name, (address, key) in readers.items()}
        self.sent: dict[str, int] = {}

    def swipe(self, reader: str, card: CardBits) -> None:
        """The card is read; its reply goes out when the daemon polls next."""
        peer = self.peers[reader]
        peer.events.append(b"\x50\x00\x00" + struct.pack("<H", card.length) + card.data)

    def _hear(self, data: bytes) -> None:
        for name, peer in self.peers.items():
            waiting = len(peer.events)
            for reply in peer.hear(data):
                moment = self.pty.write(reply)
                if len(peer.events) < waiting:
                    self.sent[name] = moment


class Board:
    """A module's points: `inputs` closed or not, `outputs` on or not; `struck`: when each output was last released."""

    def __init__(
        self, *, inputs: int = 8, outputs: int = 8, outputs_at: int = 0, inputs_as_coils: bool = False
    ) -> None:
        self.inputs = [True] * inputs
        self.outputs = [False] * outputs
        self.struck: dict[int, int] = {}
        self._outputs_at = outputs_at
        self._inputs_as_coils = inputs_as_coils
        self._registers = {214: 0, 215: 0}

    def answer(self, pdu: bytes, moment: int) -> bytes:
        """The reply to a request that was there at `moment`."""
        function, address, value = struct.unpack(">BHH", pdu[:5])
        if function == 5:
            self._write(address - self._outputs_at, value, moment)
            return pdu
        if function == 6:
            self._registers[address] = value
            return pdu
        if function == 3:
            return bytes((3, 2)) + struct.pack(">H", self._registers.get(address, 0))
        bits = self._bits(function, address)[:value]
        image = sum(bit << n for n, bit in enumerate(bits))
        size = (value + 7) // 8
        return bytes((function, size)) + image.to_bytes(size, "little")

    def _bits(self, function: int, address: int) -> list[bool]:
        is_outputs = function == 1 and (not self._inputs_as_coils or address >= self._outputs_at)
        return self.outputs if is_outputs else self.inputs

    def _write(self, output: int, value: int, moment: int) -> None:
        self.outputs[output] = value == ACTIVE_OUTPUT
        if value == ACTIVE_OUTPUT:
            self.struck[output] = moment


class TcpModule:
    """A board behind Modbus TCP."""

    def __init__(self, board: Board, yard: Yard) -> None:
        self.board = board
        self._yard = yard
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        yard.watch(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        connection, _ = self._listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._yard.watch(connection.fileno(), lambda: self._serve(connection))

    def _serve(self, connection: socket.socket) -> None:
        data = connection.recv(4096)
        moment = monotonic_ns()
        if not data:
            self._yard.forget(connection.fileno())
        while len(data) >= 12:
            size = 6 + int.from_bytes(data[4:6], "big")
            frame, data = data[:size], data[size:]
            reply = self.board.answer(frame[7:], moment)
            connection.sendall(frame[:4] + (len(reply) + 1).to_bytes(2, "big") + frame[6:7] + reply)


class RtuModule:
    """A board on a serial line of its own; every request of functions 01-06 has eight bytes."""

    def __init__(self, board: Board, path: Path) -> None:
        self.board = board
        self.pty = Pty(path, self._hear)
        self._buffer = b""

    def _hear(self, data: bytes) -> None:
        moment = monotonic_ns()
        self._buffer += data
        while len(self._buffer) >= 8:
            frame, self._buffer = self._buffer[:8], self._buffer[8:]
            reply = frame[:1] + self.board.answer(frame[1:6], moment)
            self.pty.write(reply + FramerRTU.compute_CRC(reply).to_bytes(2, "big"))


class Yard:
    """The loop: `serve` works on whatever is ready, until a condition holds or a moment is reached."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._ready: dict[int, Callable[[], None]] = {}

    def watch(self, fd: int, ready: Callable[[], None]) -> None:
        """Call `ready` whenever the descriptor is readable."""
        self._ready[fd] = ready
        self._poll.register(fd, select.EPOLLIN)

    def forget(self, fd: int) -> None:
        """Its other end is gone."""
        self._poll.unregister(fd)
        del self._ready[fd]

    def add(self, pty: Pty) -> None:
        self.watch(pty.fd, pty.ready)

    def serve(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """True as soon as `until` holds; False when `seconds` are over."""
        end = monotonic() + seconds
        while not until():
            left = end - monotonic()
            if left <= 0:
                return False
            for fd, event in self._poll.poll(left):
                if event & select.EPOLLIN:
                    self._ready[fd]()
                else:
                    self.forget(fd)
        return True
