"""A serial line made of a pty pair: the device's end is here, the other end a path that anybody may open.

It can be unplugged and plugged in again under the same path, like a USB adapter. Everything runs on callbacks
of the loop, so that many lines and devices share one asyncio process without a task each.
"""

from __future__ import annotations

import asyncio
import os
import select
import tty
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

BACKLOG = 65_536  # bytes kept for `read`
_LISTENER_CHECK = 0.02  # s between looks for somebody who opened the path


class PtyLine:
    """The device's end of a serial line at `path` (a symlink). Plugged in by `async with` or `replug()`.

    hear: called with what arrives; without it, `read()` returns it.
    """

    def __init__(self, path: Path | str, hear: Callable[[bytes], None] | None = None) -> None:
        self.path = Path(path)
        self.lost = 0  # bytes that nobody took in time
        self._hear = hear or self._keep
        self._unread = bytearray()
        self._arrived = asyncio.Event()
        self._master = -1
        self._hang_up = select.poll()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def plugged(self) -> bool:
        """Whether the path exists."""
        return self._master >= 0

    @property
    def listened(self) -> bool:
        """Whether somebody has the path open."""
        return self.plugged and not self._hang_up.poll(0)

    def replug(self) -> None:
        """Make a new pair and put its far end at `path`. Does nothing while plugged."""
        if self.plugged:
            return
        self._master, slave = os.openpty()
        tty.setraw(slave)
        os.set_blocking(self._master, False)
        self._hang_up = select.poll()
        self._hang_up.register(self._master, 0)
        self._link(os.ttyname(slave))
        # From here on the kernel tells us, as a hang-up, when nobody has the far end open.
        os.close(slave)
        self._await_listener()

    def unplug(self) -> None:
        """Pull the cable: the path goes, and whoever has it open reads end of file."""
        if not self.plugged:
            return
        self.path.unlink(missing_ok=True)
        asyncio.get_running_loop().remove_reader(self._master)
        if self._timer is not None:
            self._timer.cancel()
        os.close(self._master)
        self._master = -1
        self._unread.clear()

    def write(self, data: bytes) -> None:
        """Send. As on a real line, what nobody takes is lost, not kept for who comes later."""
        sent = 0
        if self.listened:
            try:
                sent = os.write(self._master, data)
            except BlockingIOError:
                sent = 0
        self.lost += len(data) - sent

    async def read(self, limit: int = 4096) -> bytes:
        """At least one byte; waits through an unplugging."""
        while not self._unread:
            self._arrived.clear()
            await self._arrived.wait()
        data = bytes(self._unread[:limit])
        del self._unread[:limit]
        return data

    async def __aenter__(self) -> Self:
        self.replug()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unplug()

    def _link(self, target: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        beside.unlink(missing_ok=True)
        beside.symlink_to(target)
        beside.replace(self.path)

    def _await_listener(self) -> None:
        """Read while somebody is there; without anybody the master would always be ready, with EIO."""
        loop = asyncio.get_running_loop()
        if self.listened:
            loop.add_reader(self._master, self._readable)
        else:
            self._timer = loop.call_later(_LISTENER_CHECK, self._await_listener)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, 4096)
        except BlockingIOError:
            return
        except OSError:  # EIO: whoever listened closed the path
            asyncio.get_running_loop().remove_reader(self._master)
            self._await_listener()
            return
        self._hear(data)

    def _keep(self, data: bytes) -> None:
        self._unread += data
        self.lost += max(len(self._unread) - BACKLOG, 0)
        del self._unread[:-BACKLOG]
        self._arrived.set()
