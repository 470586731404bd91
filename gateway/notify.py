"""Telling systemd: ready, alive, stopping. Alive is said by the core's progress alone, never by a timer."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """NOTIFY_SOCKET and WATCHDOG_USEC of the service manager; without them it says nothing."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        watchdog = int(environment.get("WATCHDOG_USEC", "0") or "0")
        self._period = watchdog / 1e6 / 3
        self._said = 0.0

    def ready(self, status: str) -> None:
        self._send(f"READY=1\nSTATUS={status}")

    def stopping(self) -> None:
        self._send("STOPPING=1")

    def progress(self) -> None:
        """Called at every pass of the core: feeds the watchdog, at most three times per period."""
        if not self._period:
            return
        now = time.monotonic()
        if now - self._said >= self._period:
            self._said = now
            self._send("WATCHDOG=1")

    def _send(self, text: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as channel:
                channel.sendto(text.encode(), self._address)
        except OSError:  # a manager that does not listen, or no descriptor left: doors go on
            return
