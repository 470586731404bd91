"""What the service manager hears, over real sockets."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

import pytest

from gateway.notify import Notifier


@contextmanager
def manager(abstract: bool) -> Iterator[tuple[str, socket.socket]]:
    """A service manager's socket: (NOTIFY_SOCKET, what to listen on)."""
    with TemporaryDirectory(prefix="dw-") as folder, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        name = f"@doorward-{token_hex(4)}" if abstract else str(Path(folder) / "notify")
        listening.bind("\0" + name[1:] if abstract else name)
        listening.settimeout(5)
        yield name, listening


def silent(listening: socket.socket) -> bool:
    listening.setblocking(False)
    try:
        listening.recv(100)
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("abstract", [False, True])
def test_ready_and_stopping(abstract: bool) -> None:
    with manager(abstract) as (name, listening):
        notifier = Notifier({"NOTIFY_SOCKET": name})
        notifier.ready("8 doors")
        assert listening.recv(100) == b"READY=1\nSTATUS=8 doors"
        notifier.progress()  # no watchdog was asked for
        notifier.stopping()
        assert listening.recv(100) == b"STOPPING=1"


def test_alive_is_said_by_progress_alone_and_not_too_often() -> None:
    with manager(False) as (name, listening):
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "600000000"})
        assert silent(listening)
        for _ in range(1_000):
            notifier.progress()
        assert listening.recv(100) == b"WATCHDOG=1"
        assert silent(listening)


def test_every_third_of_its_period() -> None:
    with manager(False) as (name, listening):
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3"})
        for _ in range(3):
            notifier.progress()
            assert listening.recv(100) == b"WATCHDOG=1"


@pytest.mark.parametrize("environment", [{}, {"NOTIFY_SOCKET": "/nowhere/notify", "WATCHDOG_USEC": "3"}])
def test_nobody_listens(environment: dict[str, str]) -> None:
    notifier = Notifier(environment)
    notifier.ready("")
    notifier.progress()
    notifier.stopping()


def test_a_manager_that_does_not_read_holds_nobody_up() -> None:
    with manager(False) as (name, _):
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3"})
        for _ in range(5_000):
            notifier.progress()


def test_without_a_free_descriptor_doors_go_on() -> None:
    with manager(False) as (name, _):
        notifier = Notifier({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "3"})
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
        try:
            notifier.progress()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
