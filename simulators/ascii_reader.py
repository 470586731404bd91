"""A plain ASCII reader at the end of a serial line, in the formats of docs/drivers/ascii.md.

Written from the format's description, not from the driver: the two check each other.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType

from rules.model.secret import CardBits
from simulators.pty import PtyLine

FORMATS = ("wiegand-hex", "decimal-26", "stx-etx-hex")
_MEMORY = 1000  # feedback lines kept


class AsciiReader:
    """One reader. heartbeat: s between `H` lines, or None; tamper: whether it has a tamper contact.

    `feedback` holds the letters of the LED lines it received, oldest first.
    """

    def __init__(self, path: Path | str, format: str, *, heartbeat: float | None = None, tamper: bool = False) -> None:
        if format not in FORMATS:
            raise ValueError(f"no such format: {format}")
        self.line = PtyLine(path, self._hear)
        self.feedback: asyncio.Queue[str] = asyncio.Queue(_MEMORY)
        self._format = format
        self._heartbeat = heartbeat
        self._tamper: bool | None = False if tamper else None
        self._timer: asyncio.TimerHandle | None = None
        self._part = b""

    def swipe(self, bits: int, length: int) -> None:
        """A card of `length` bits, first bit most significant; a format writes what it can carry."""
        self.line.write(card_frame(self._format, bits, length))

    def present(self, card: CardBits) -> None:
        """The same for a card as the gateway knows it."""
        self.swipe(card.as_int(), card.length)

    def keys(self, keys: str) -> None:
        """Keys one after the other, each on its line, as a person types them."""
        for key in keys:
            self.line.write(b"K" + key.encode() + b"\r\n")

    def tamper(self, active: bool) -> None:
        """Open or close its case."""
        self._tamper = active
        self._say_tamper()

    def beat(self) -> None:
        """Say that it is alive, its tamper contact first."""
        self._say_tamper()
        self.line.write(b"H\r\n")

    def babble(self, data: bytes) -> None:
        """Anything at all."""
        self.line.write(data)

    def start(self) -> None:
        """Beat now and from now on."""
        if self._heartbeat is not None:
            self.beat()
            self._timer = asyncio.get_running_loop().call_later(self._heartbeat, self.start)

    def stop(self) -> None:
        """Fall silent, the line staying as it is."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def __aenter__(self) -> AsciiReader:
        self.line.replug()
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.line.unplug()

    def _say_tamper(self) -> None:
        if self._tamper is not None:
            self.line.write(b"T1\r\n" if self._tamper else b"T0\r\n")

    def _hear(self, data: bytes) -> None:
        *lines, self._part = (self._part + data).split(b"\r\n")
        self._part = self._part[-64:]
        for line in lines:
            if self.feedback.full():
                self.feedback.get_nowait()
            self.feedback.put_nowait(line.decode("ascii", "replace"))


def card_frame(format: str, bits: int, length: int) -> bytes:
    """The bytes of one card in one of FORMATS."""
    if format == "wiegand-hex":
        digits = -(-length // 4)
        return f"W{length}:{bits:0{digits}X}\r\n".encode()
    if format == "decimal-26":
        if length != 26:
            raise ValueError("decimal-26 carries 26-bit cards only")
        return f"{bits >> 17 & 0xFF:03d},{bits >> 1 & 0xFFFF:05d}\r\n".encode()
    tag = bits.to_bytes(5, "big")
    check = tag[0] ^ tag[1] ^ tag[2] ^ tag[3] ^ tag[4]
    return b"\x02" + tag.hex().upper().encode() + f"{check:02X}".encode() + b"\r\n\x03"
