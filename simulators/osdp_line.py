"""A serial line of OSDP readers: a pty whose far end is a symlink, with all readers on this end."""

from __future__ import annotations

import os
import pty
import tty
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from simulators.osdp_reader import Reader, ReaderSpec, Report

CHUNK = 4096


class PtyLine:
    """What the control panel sends, every reader hears; what a reader says goes to the control panel.

    Readers do not hear each other, as on a four-wire bus.
    """

    def __init__(self, spec: Mapping[str, Any], report: Report) -> None:
        self.name = str(spec["name"])
        self._path = Path(spec["path"])
        self._master = self._slave = -1
        self.readers = [Reader(ReaderSpec.load(reader), self._send, report) for reader in spec["readers"]]
        self.plug()

    @property
    def descriptor(self) -> int:
        """To be polled for reading; -1 while unplugged."""
        return self._master

    def plug(self) -> None:
        """Make a new pty pair under the same name. The slave stays open here, or the master would hang up."""
        self.unplug()
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self._path.symlink_to(os.ttyname(self._slave))

    def unplug(self) -> None:
        """Pull the cable out of the computer: whoever has the far end open gets a hang-up."""
        self._path.unlink(missing_ok=True)
        for descriptor in (self._slave, self._master):
            if descriptor >= 0:
                os.close(descriptor)
        self._master = self._slave = -1

    def pump(self) -> None:
        """Read what came and let every reader work on it."""
        with suppress(BlockingIOError, OSError):
            data = os.read(self._master, CHUNK)
            for reader in self.readers:
                reader.hear(data)
        self.refresh()

    def refresh(self) -> None:
        """Twice: libosdp takes one frame a turn, and skips another reader's in a turn of its own."""
        for _ in range(2):
            for reader in self.readers:
                reader.refresh()

    def _send(self, data: bytes) -> None:
        with suppress(OSError):  # unplugged, or nobody reads: the bytes are gone, as on a wire
            os.write(self._master, data)
