"""Readers on real ptys, drivers that run in the background, signals to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from drivers.osdp import Config, Driver
from drivers.osdp.health import Timing
from gateway.transport import SerialTransport
from rules.model.driver import Device, Receipt, Transport
from rules.model.secret import Secret
from rules.model.signals import Signal
from simulators.osdp_process import OsdpSite
from tests.drivers.osdp.peer import KEY, Wire, WireTransport

LIMIT = 10.0
Kind = TypeVar("Kind")
QUICK = Timing(reply=0.05, probe=0.1, probe_reply=0.03, probe_spacing=0.02, retry=0.3, offline=1.0, restart=0.4)


def serial(path: Path) -> Transport:
    """The daemon's own transport."""
    return SerialTransport(str(path), 115200)


class Recorder:
    """An Emit that keeps the signals; `wait` returns the first that is wanted, from `start` on."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []
        self.receipts: list[asyncio.Future[int]] = []
        self.durable = True
        self._news = asyncio.Event()

    def __call__(self, signal: Signal) -> Receipt:
        receipt: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self.durable:
            receipt.set_result(1)
        self.receipts.append(receipt)
        self.signals.append(signal)
        self._news.set()
        return receipt

    async def wait(self, wanted: Callable[[Signal], bool] | Signal, start: int = 0, limit: float = LIMIT) -> Signal:
        def fits(signal: Signal) -> bool:
            return wanted(signal) if callable(wanted) else signal == wanted

        async with asyncio.timeout(limit):
            while True:
                for signal in self.signals[start:]:
                    if fits(signal):
                        return signal
                self._news.clear()
                await self._news.wait()

    def of(self, kind: type[Kind]) -> list[Kind]:
        return [signal for signal in self.signals if isinstance(signal, kind)]


async def until(condition: Callable[[], bool], limit: float = LIMIT) -> None:
    """Turn the loop until `condition` holds."""
    async with asyncio.timeout(limit):
        while not condition():  # noqa: ASYNC110  what is awaited are counters
            await asyncio.sleep(0.002)


def device(name: str = "door", address: int = 1, key: bytes = KEY, **config: Any) -> Device:
    """A reader with its key, unless it is `insecure`."""
    if "insecure" not in config:
        config["key"] = {"secret": "scbk"}
    return Device(name, Config(address=address, **config), {"scbk": Secret(key.hex())})


@asynccontextmanager
async def running(driver: Driver) -> AsyncIterator[Recorder]:
    """The driver's run() in the background; what it raised, other than being cancelled, is raised here."""
    recorder = Recorder()
    task = asyncio.create_task(driver.run(recorder), name="driver under test")
    try:
        yield recorder
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait([task])


def make_driver(transport: Transport, *devices: Device, **timing: float) -> Driver:
    """A Driver with its times changed."""

    class Timed(Driver):
        pass

    Timed.timing = replace(QUICK, **timing)
    return Timed("line", devices, transport)


def wire_driver(wire: Wire, *devices: Device, **timing: float) -> Driver:
    return make_driver(WireTransport(wire), *(devices or (device(),)), **timing)


def reader_spec(name: str, address: int, key: bytes | None, **more: Any) -> dict[str, Any]:
    return {"id": name, "address": address, "key": key.hex() if key else None, **more}


@pytest.fixture
def line_path(tmp_path: Path) -> Path:
    return tmp_path / "tty-osdp"


@asynccontextmanager
async def site_with(path: Path, *readers: dict[str, Any]) -> AsyncIterator[OsdpSite]:
    async with OsdpSite([{"name": "north", "path": path, "readers": list(readers)}]) as site:
        yield site
