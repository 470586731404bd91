"""A ByteStream on top of any asyncio transport: bounded both ways, silent about what it carries."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import cast

from rules.model.errors import LinkError

HIGH_WATER = 65_536  # bytes unread before the peer is made to wait
LOW_WATER = 16_384
WRITE_LIMIT = 2.0  # s until the operating system must have taken what was written
CLOSE_LIMIT = 2.0  # s for the descriptor to close; a hung USB adapter may hold it longer
_DROPS = 16  # reads of the descriptor one `drop_input` makes at most, so that babble cannot hold it


class Pipe(asyncio.Protocol):
    """One open line, by one reader at a time. Every method raises LinkError once the line is gone."""

    def __init__(self, where: str, *, write_limit: float = WRITE_LIMIT) -> None:
        self._where = where
        self._write_limit = write_limit
        self._transport: asyncio.Transport | None = None
        self._fd = -1
        self._unread = bytearray()
        self._arrival: asyncio.Future[None] | None = None
        self._writable = asyncio.Event()
        self._closed = asyncio.Event()
        self._lost = ""  # why the line is gone, or empty
        self._paused = False
        self._writable.set()

    def use_descriptor(self, fd: int) -> None:
        """Name the descriptor below, so that `drop_input` also empties what the kernel holds."""
        self._fd = fd

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The line is open."""
        self._transport = cast(asyncio.Transport, transport)
        # `write` promises that the operating system took the bytes: nothing may stay in our own buffer.
        self._transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        """Bytes from the line."""
        self._unread += data
        if len(self._unread) > HIGH_WATER and self._transport is not None and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """The line is gone: end of file, an error, or our own close."""
        self._lost = self._lost or (str(exc) if exc else "end of file")
        self._closed.set()
        self._writable.set()
        self._wake()

    def pause_writing(self) -> None:
        """The operating system takes no more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The operating system took all of it."""
        self._writable.set()

    # What a driver calls.

    async def read(self, limit: int = 4096) -> bytes:
        """At least one byte, at most `limit`; what arrived before the line went is still delivered."""
        while not self._unread:
            self._raise_if_lost()
            await self._wait_for_arrival()
        data = bytes(self._unread[:limit])
        del self._unread[:limit]
        self._resume_below(LOW_WATER)
        return data

    async def write(self, data: bytes) -> None:
        """Write all of `data`; LinkError `write_timeout` if the operating system does not take it in time."""
        transport = self._open_transport()
        try:
            transport.write(data)
        except OSError as error:  # serialx raises it between the loss of a port and `connection_lost`
            raise self._closed_error(str(error)) from error
        try:
            async with asyncio.timeout(self._write_limit):
                await self._writable.wait()
        except TimeoutError as error:
            raise LinkError("the line takes no more bytes", code="write_timeout", where=self._where) from error
        finally:
            # Timed out or cancelled with bytes unsent: whoever wrote them gave up, so they must never leave.
            if not self._writable.is_set():
                self._lost = self._lost or "unsent bytes given up"
                transport.abort()
        self._open_transport()

    def drop_input(self) -> int:
        """Throw away what arrived and was not read, in the kernel too; returns the number of bytes."""
        self._raise_if_lost()
        count = len(self._unread) + self._drop_below()
        self._unread.clear()
        self._resume_below(LOW_WATER)
        return count

    async def close(self) -> None:
        """Close at once, dropping what is unsent; waits until the descriptor is free again, even when cancelled.

        Whoever opens the line next would else find it locked, by us.
        """
        if self._transport is None:
            return
        self._transport.abort()
        end = asyncio.get_running_loop().time() + CLOSE_LIMIT
        cancelled: asyncio.CancelledError | None = None
        while not self._closed.is_set():
            try:
                async with asyncio.timeout_at(end):
                    await self._closed.wait()
            except TimeoutError:
                break
            except asyncio.CancelledError as error:
                cancelled = error
        if cancelled is not None:
            raise cancelled

    def _drop_below(self) -> int:
        """Empty the kernel's buffer. Safe beside the loop: a non-blocking read of nothing is EAGAIN."""
        if self._fd < 0 or self._transport is None or self._transport.is_closing():
            return 0
        count = 0
        with suppress(OSError):
            for _ in range(_DROPS):
                data = os.read(self._fd, HIGH_WATER)
                if not data:  # end of file: the loop will find it too, and report it
                    break
                count += len(data)
        return count

    def _resume_below(self, level: int) -> None:
        if self._paused and len(self._unread) <= level and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()

    async def _wait_for_arrival(self) -> None:
        if self._arrival is not None:
            raise RuntimeError("a line is read by one task")
        self._arrival = asyncio.get_running_loop().create_future()
        try:
            await self._arrival
        finally:
            self._arrival = None

    def _wake(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def _open_transport(self) -> asyncio.Transport:
        self._raise_if_lost()
        if self._transport is None or self._transport.is_closing():
            raise self._closed_error("closed")
        return self._transport

    def _raise_if_lost(self) -> None:
        if self._lost:
            raise self._closed_error(self._lost)

    def _closed_error(self, why: str) -> LinkError:
        return LinkError(f"the line closed: {why}", code="line_closed", where=self._where)
