"""Serial lines through serialx: real ports and ptys, under asyncio and uvloop, event-driven (no polling)."""

from __future__ import annotations

import asyncio
import errno
import logging
import termios
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import serialx

from gateway.transport.pipe import Pipe
from rules.model.driver import ByteStream, MessagePort
from rules.model.errors import LinkError

OPEN_LIMIT = 5.0  # s; some USB adapters take a second to open
DEFAULT_BAUD = 9600

_CODES = {
    errno.ENOENT: "line_missing",
    errno.ENODEV: "line_missing",
    errno.ENXIO: "line_missing",
    errno.EBUSY: "line_busy",
    errno.EACCES: "line_denied",
    errno.EPERM: "line_denied",
    errno.ENOTTY: "not_a_tty",
}

# serialx writes every byte it moves to its debug log: card numbers and PINs. Its log stays shut for good.
logging.getLogger("serialx").setLevel(logging.WARNING)


class SerialTransport:
    """One serial port, 8N1, ours alone by flock: unlike TIOCEXCL, it dies with the process."""

    def __init__(self, url: str, baud: int = 0) -> None:
        self.url = url
        self.baud = baud or DEFAULT_BAUD

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ByteStream]:
        """The open port; stale input is flushed. Raises LinkError."""
        pipe = Pipe(self.url)
        try:
            await self._open(pipe)
            yield pipe
        finally:
            await pipe.close()

    def messages(self) -> AbstractAsyncContextManager[MessagePort]:
        """A serial line carries no messages: raises LinkError."""
        raise LinkError("a serial line is not a broker", code="wrong_kind", where=self.url)

    async def _open(self, pipe: Pipe) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_LIMIT):
                port, _ = await serialx.create_serial_connection(
                    loop, lambda: pipe, self.url, self.baud, transport_cls=serialx.SerialTransport
                )
            pipe.use_descriptor(_without_false_ends(port))
        except TimeoutError as error:
            raise LinkError("the port did not open in time", code="open_timeout", where=self.url) from error
        except serialx.UnsupportedSetting as error:
            raise LinkError(str(error), code="bad_setting", where=self.url, got=str(self.baud)) from error
        except (OSError, serialx.SerialException, termios.error) as error:
            code = _CODES.get(getattr(error, "errno", None) or 0, "open_failed")
            raise LinkError(f"cannot open: {error}", code=code, where=self.url) from error


def _without_false_ends(port: serialx.BaseSerialTransport) -> int:
    """Make an empty read EAGAIN instead of b''; returns the descriptor.

    serialx sets VMIN=0, with which Linux answers a read of an empty port by 0 bytes, non-blocking or not, and
    serialx takes 0 bytes for an unplugged port. One spurious wake-up, or input dropped between the wake-up
    and the read, would then close a healthy line. With VMIN=1 only a hang-up reads as 0 bytes or EIO.
    """
    fd = port.serial.fileno()
    settings = termios.tcgetattr(fd)
    settings[6][termios.VMIN] = 1
    settings[6][termios.VTIME] = 0
    termios.tcsetattr(fd, termios.TCSANOW, settings)
    return fd
