"""The driver against libosdp's reader, an independent implementation, over real ptys."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from drivers.osdp import Driver
from drivers.osdp.health import Timing
from gateway.transport import SerialTransport
from rules.model.commands import PulseOutput, SetOutput, ShowOutcome
from rules.model.driver import ByteStream
from rules.model.errors import CommandError, LinkError
from rules.model.points import Outcome, Sensed
from rules.model.secret import CardBits, Secret
from rules.model.signals import (
    CardRead,
    DeviceFound,
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    PinEntered,
)
from simulators.osdp_process import OsdpSite
from tests.drivers.osdp.conftest import (
    Recorder,
    device,
    reader_spec,
    running,
    serial,
    site_with,
)
from tests.drivers.osdp.peer import KEY

CARD = CardBits.from_int(0x2006F62, 26)
KEYS = [KEY[n:] + KEY[:n] for n in range(4)]


@asynccontextmanager
async def one_reader(path: Path, **config: Any) -> AsyncIterator[tuple[OsdpSite, Driver, Recorder]]:
    """A reader called door, found."""
    async with site_with(path, reader_spec("door", 1, KEY, keypad=True)) as site:
        driver = Driver("north", (device(**config),), serial(path))
        async with running(driver) as seen:
            await seen.wait(DeviceFound("door"))
            yield site, driver, seen


async def test_handshake_card_feedback_and_output(line_path: Path) -> None:
    async with one_reader(line_path) as (site, driver, seen):
        assert seen.signals == [
            InputChanged("door.tamper", Sensed.NORMAL),
            InputChanged("door.power", Sensed.NORMAL),
            DeviceFound("door"),
        ]
        await site.wait("session", reader="door", secure=True)
        await site.swipe("door", CARD)
        await seen.wait(CardRead("door", CARD))
        await driver.execute(ShowOutcome("door", Outcome.GRANTED))
        await driver.execute(PulseOutput("door.out1", True, 5_000_000))
        await driver.execute(SetOutput("door.out1", True))
        await site.wait("led", reader="door", color="green", temporary=True, tenths=30)
        await site.wait("buzzer", reader="door", count=1)
        await site.wait("output", reader="door", code="timed_on", tenths=50)
        await site.wait("output", reader="door", code="on")
        health = driver.health()["door"]
    assert (health["sc_starts"], health["timeouts"], health["bad_checks"], health["bad_macs"]) == (1, 0, 0, 0)


@pytest.mark.parametrize("outcome", Outcome)
async def test_libosdp_takes_every_outcome(line_path: Path, outcome: Outcome) -> None:
    async with one_reader(line_path) as (site, driver, _):
        await driver.execute(ShowOutcome("door", outcome))
        await site.wait("led", reader="door")
        assert driver.health()["door"]["naks"] == 1  # to OSTAT, which libosdp cannot answer


async def test_cards_of_all_lengths(line_path: Path) -> None:
    async with one_reader(line_path) as (site, _, seen):
        for length in (26, 34, 35, 37, 48, 64, 200):
            card = CardBits.from_int((1 << length) - 3, length)
            await site.swipe("door", card)
            await seen.wait(CardRead("door", card))


async def test_pins(line_path: Path) -> None:
    async with one_reader(line_path, keypad=True) as (site, _, seen):
        await site.keys("door", "99*1234#")
        await seen.wait(PinEntered("door", Secret("1234")))
        assert len(seen.of(PinEntered)) == 1


async def test_tamper(line_path: Path) -> None:
    async with one_reader(line_path) as (site, _, seen):
        await site.tamper("door", True)
        await seen.wait(InputChanged("door.tamper", Sensed.ACTIVE))
        await site.tamper("door", False)
        await seen.wait(InputChanged("door.tamper", Sensed.NORMAL), 3)


async def test_four_readers_share_a_line(line_path: Path) -> None:
    names = [f"reader-{n}" for n in range(4)]
    specs = [reader_spec(name, n, KEYS[n]) for n, name in enumerate(names)]
    async with site_with(line_path, *specs) as site:
        devices = [device(name, n, KEYS[n]) for n, name in enumerate(names)]
        driver = Driver("north", tuple(devices), serial(line_path))
        async with running(driver) as seen:
            for name in names:
                await seen.wait(DeviceFound(name))
            for n, name in enumerate(names):
                await site.swipe(name, CardBits.from_int(n, 26))
            for n, name in enumerate(names):
                await seen.wait(CardRead(name, CardBits.from_int(n, 26)))
            await asyncio.gather(*(driver.execute(ShowOutcome(name, Outcome.DENIED)) for name in names))
            assert len(seen.of(CardRead)) == 4
    assert all(health["sc_starts"] == 1 for health in driver.health().values())


async def test_unplugged_and_plugged_in_again(line_path: Path) -> None:
    async with site_with(line_path, reader_spec("door", 1, KEY)) as site:
        driver = Driver("north", (device(),), serial(line_path))
        for _ in range(3):
            seen = Recorder()
            run = asyncio.create_task(driver.run(seen))
            await seen.wait(DeviceFound("door"))
            await site.unplug("north")
            with pytest.raises(LinkError):
                await asyncio.wait_for(run, 5)
            with pytest.raises(CommandError):
                await driver.execute(SetOutput("door.out1", True))
            with pytest.raises(LinkError):
                await driver.run(Recorder())
            await site.replug("north")


@pytest.mark.parametrize("fault", ["mute", "restart"])
async def test_a_stall_or_a_power_cycle_is_no_loss(line_path: Path, fault: str) -> None:
    async with one_reader(line_path) as (site, driver, seen):
        if fault == "mute":
            await site.mute("door", 1.0)
            await site.swipe("door", CARD)
        else:
            await site.restart("door", 2.0)
            await seen.wait(DeviceRestarted("door"))
            await site.swipe("door", CARD)
        await seen.wait(CardRead("door", CARD))
        assert seen.of(DeviceLost) == []
        assert len(seen.of(DeviceRestarted)) == (fault == "restart")
        assert driver.health()["door"]["sc_starts"] == 2


async def test_eight_seconds_of_silence_are_a_loss_and_the_return_is_quick(line_path: Path) -> None:
    async with one_reader(line_path) as (site, _, seen):
        muted = await site.mute("door", 8.5)
        await seen.wait(DeviceLost("door", "silent"))
        start = len(seen.signals)
        dropped = await site.wait("session", after=muted["n"], secure=False)
        assert dropped["t"] - muted["t"] > 7.9  # the reader counts from the last command it heard before
        await seen.wait(DeviceFound("door"), start)
        back = await site.wait("session", after=dropped["n"], secure=True)
        assert back["t"] - muted["t"] < 8.5 + 2.0


async def test_another_reader_in_its_place_is_refused(line_path: Path) -> None:
    async with one_reader(line_path) as (site, driver, seen):
        await site.swap("door", 4711)
        await seen.wait(DeviceInsecure("door", "identity changed"))
        with pytest.raises(CommandError):
            await driver.execute(SetOutput("door.out1", True))


async def test_wrong_key(line_path: Path) -> None:
    driver = Driver("north", (device(),), serial(line_path))
    async with site_with(line_path, reader_spec("door", 1, KEYS[1])), running(driver) as seen:
        await seen.wait(DeviceInsecure("door", "does not know its key"))


@pytest.mark.parametrize("install", [True, False])
async def test_a_new_reader_takes_its_key_in_install_mode_only(line_path: Path, install: bool) -> None:
    async with site_with(line_path, reader_spec("door", 1, None)) as site:
        driver = Driver("north", (device(install=install),), serial(line_path))
        async with running(driver) as seen:
            if not install:
                await seen.wait(lambda signal: isinstance(signal, DeviceInsecure))
                return
            await seen.wait(DeviceFound("door"))
            await site.wait("keyset", reader="door")
        again = Driver("north", (device(),), serial(line_path))
        async with running(again) as seen:
            await seen.wait(DeviceFound("door"))


class SpoiltStream:
    """Flips a bit of one write and of one read in `odds`."""

    odds = 15

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._random = random.Random(11)

    def _spoil(self, data: bytes) -> bytes:
        if self._random.randrange(self.odds):
            return data
        spoilt = bytearray(data)
        bit = self._random.randrange(len(data) * 8)
        spoilt[bit // 8] ^= 1 << bit % 8
        return bytes(spoilt)

    async def read(self, limit: int = 4096) -> bytes:
        return self._spoil(await self._stream.read(limit))

    async def write(self, data: bytes) -> None:
        await self._stream.write(self._spoil(data))

    def drop_input(self) -> int:
        return self._stream.drop_input()


class SpoiltTransport(SerialTransport):
    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ByteStream]:
        async with super().stream() as stream:
            yield SpoiltStream(stream)


class Quick(Driver):
    timing = Timing(reply=0.05, probe=0.1)


async def test_flipped_bits_lose_no_reader(line_path: Path) -> None:
    """libosdp keeps no reply for a repeated sequence, so a spoilt reply may cost a card; never the reader."""
    specs = [reader_spec(name, n, KEYS[n]) for n, name in enumerate(("door", "gate"))]
    async with site_with(line_path, *specs) as site:
        devices = (device("door", 0, KEYS[0]), device("gate", 1, KEYS[1]))
        async with running(Quick("north", devices, SpoiltTransport(str(line_path), 115200))) as seen:
            await seen.wait(DeviceFound("door"))
            await seen.wait(DeviceFound("gate"))
            for n in range(20):
                reader, card = ("door", "gate")[n % 2], CardBits.from_int(n, 26)
                while CardRead(reader, card) not in seen.signals:
                    await site.swipe(reader, card)
                    with suppress(TimeoutError):
                        await seen.wait(CardRead(reader, card), limit=0.3)
    assert seen.of(DeviceLost) == []
    assert seen.of(DeviceInsecure) == []
