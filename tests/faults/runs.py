"""Runs of the child process under faults, and the check of what it left behind."""

from __future__ import annotations

import selectors
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gateway.journal.export import read_tail
from gateway.journal.opening import STORE, open_journal
from gateway.journal.verify import verify
from tests.faults.shim import Disk

CHILD = Path(__file__).with_name("child.py")
LIMIT = 30.0  # s any wait may take


@dataclass
class Run:
    """A child process and what it said so far."""

    process: subprocess.Popen[bytes]
    said: list[list[str]] = field(default_factory=list)
    _rest: bytes = b""

    def wait_for(self, *words: str) -> None:
        """Read until it says a line that begins so."""
        for line in self._lines():
            if line[: len(words)] == list(words):
                return
        raise AssertionError(f"ended without saying {words}: {self.said[-5:]}, {self.process.wait()}")

    def wait_durable(self, seq: int) -> None:
        """Read until it promised an event."""
        for line in self._lines():
            if line[0] == "durable" and int(line[1]) >= seq:
                return
        raise AssertionError(f"ended before {seq}: {self.said[-5:]}")

    def finish(self) -> int:
        """Read to the end; the process's return code."""
        for _ in self._lines():
            pass
        return self.process.wait(LIMIT)

    @property
    def durable(self) -> int:
        """The highest event it promised."""
        told = (int(line[1]) for line in self.said if line[0] in ("durable", "open"))
        return max(told, default=0)

    def _lines(self) -> Iterator[list[str]]:
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            end = time.monotonic() + LIMIT
            while True:
                while b"\n" in self._rest:
                    line, self._rest = self._rest.split(b"\n", 1)
                    self.said.append(line.decode().split())
                    yield self.said[-1]
                if not selector.select(end - time.monotonic()):
                    raise TimeoutError(f"silent: {self.said[-5:]}")
                if not (data := self.process.stdout.read1(65536)):
                    return
                self._rest += data


@contextmanager
def child(folder: Path, *options: str | Path | int, disk: Disk | None = None) -> Iterator[Run]:
    """Start the journal-keeping child; it is killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, CHILD, folder, *map(str, options)],
        stdout=subprocess.PIPE,
        env=disk.environment() if disk is not None else None,
    )
    try:
        with process:
            try:
                yield Run(process)
            finally:
                process.kill()
    finally:
        process.wait()


def stands(folder: Path, promised: int, spool: Path | None = None) -> int:
    """Open the journal again as a start would; the head. Fails if a promised event is missing or the chain broken."""
    opened = open_journal(folder, "gw", spool, renew=False)
    opened.release()
    report = verify(folder / STORE, gateway="gw")
    assert report.ok, report.bad[:5]
    assert report.head == opened.head.seq
    assert report.head >= promised, f"lost: {promised} was promised, {report.head} is there"
    assert [event.seq for event in read_tail(folder / STORE, 3)][-1:] == ([report.head] if report.head else [])
    return report.head
