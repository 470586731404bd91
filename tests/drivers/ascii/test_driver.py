"""The whole ASCII link over real ptys: reader simulator, serial transport, driver."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from drivers.ascii import SHARED_LINE, Config, Driver, points
from gateway.transport import open_transport
from rules.model.commands import PulseOutput, ShowOutcome
from rules.model.driver import Device
from rules.model.errors import CommandError, ConfigError, LinkError
from rules.model.points import Outcome, PointKind, Sensed
from rules.model.secret import CardBits, Secret
from rules.model.signals import CardRead, DeviceFound, DeviceLost, InputChanged, PinEntered
from simulators.ascii_reader import FORMATS, AsciiReader
from tests.drivers.ascii.recorder import LIMIT, Recorder, running

H10301 = CardBits.from_int(0x2F623AE, 26)
FOUND = DeviceFound("door-reader")


def driver(path: Path, **settings: str) -> Driver:
    config = Config.model_validate({"format": "wiegand-hex", **settings})
    return Driver("line-1", (Device("door-reader", config, {}),), open_transport(str(path), 9600))


@pytest.mark.parametrize("format", FORMATS)
async def test_a_swipe_arrives(tmp_path: Path, format: str) -> None:
    emit = Recorder()
    card = CardBits.from_int(0x100086F444, 40) if format == "stx-etx-hex" else H10301
    async with AsciiReader(tmp_path / "tty", format) as reader:
        link = driver(reader.line.path, format=format)
        async with running(link, emit):
            await emit.until(FOUND)
            reader.present(card)
            assert await emit.until(CardRead("door-reader", card)) == [CardRead("door-reader", card)]


async def test_keys_tamper_and_heartbeat(tmp_path: Path) -> None:
    emit = Recorder()
    async with AsciiReader(tmp_path / "tty", "wiegand-hex", heartbeat=0.05, tamper=True) as reader:
        link = driver(reader.line.path, keypad="true", tamper="true", heartbeat="100ms")
        async with running(link, emit):
            start = await emit.until(FOUND)
            assert start == [InputChanged("door-reader.tamper", Sensed.NORMAL), FOUND]
            reader.keys("4711#")
            await emit.until(PinEntered("door-reader", Secret("4711")))
            reader.tamper(True)
            await emit.until(InputChanged("door-reader.tamper", Sensed.ACTIVE))
            reader.stop()
            await emit.until(DeviceLost("door-reader", "silent"))
            reader.start()
            back = await emit.until(FOUND)
            assert back == [InputChanged("door-reader.tamper", Sensed.ACTIVE), FOUND]


async def test_outcomes_are_shown_as_led_lines(tmp_path: Path) -> None:
    emit = Recorder()
    async with AsciiReader(tmp_path / "tty", "wiegand-hex") as reader:
        link = driver(reader.line.path, feedback="led-lines")
        async with running(link, emit):
            await emit.until(FOUND)
            for outcome in Outcome:
                await link.execute(ShowOutcome("door-reader", outcome))
            async with asyncio.timeout(LIMIT):
                shown = "".join([await reader.feedback.get() for _ in Outcome])
            assert shown == "GRWPAI"


async def test_a_reader_without_feedback_shows_nothing_and_fails_nothing(tmp_path: Path) -> None:
    emit = Recorder()
    async with AsciiReader(tmp_path / "tty", "wiegand-hex") as reader:
        link = driver(reader.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            await link.execute(ShowOutcome("door-reader", Outcome.GRANTED))
            assert reader.feedback.empty()


async def test_commands_that_cannot_be_carried_out_raise(tmp_path: Path) -> None:
    emit = Recorder()
    link = driver(tmp_path / "tty", feedback="led-lines", heartbeat="100ms")
    show = ShowOutcome("door-reader", Outcome.GRANTED)
    with pytest.raises(CommandError) as caught:
        await link.execute(show)
    assert caught.value.code == "not_connected"
    async with AsciiReader(tmp_path / "tty", "wiegand-hex", heartbeat=0.02) as reader, running(link, emit):
        with pytest.raises(CommandError) as caught:
            await link.execute(PulseOutput("door-reader.out1", True, 1))
        assert caught.value.code == "unsupported"
        await emit.until(FOUND)
        reader.stop()
        await emit.until(DeviceLost("door-reader", "silent"))
        with pytest.raises(CommandError) as caught:
            await link.execute(show)
        assert caught.value.code == "device_lost"


async def test_unplugged_is_a_link_error_and_a_new_run_finds_it_again(tmp_path: Path) -> None:
    emit = Recorder()
    async with AsciiReader(tmp_path / "tty", "wiegand-hex") as reader:
        link = driver(reader.line.path)
        for _ in range(3):
            async with running(link, emit) as run:
                await emit.until(FOUND)
                reader.line.unplug()
                with pytest.raises(LinkError) as caught:
                    await run
                assert caught.value.code == "line_closed"
            with pytest.raises(LinkError) as caught:
                await link.run(emit)
            assert caught.value.code == "line_missing"
            reader.line.replug()
        async with running(link, emit):
            await emit.until(FOUND)
            reader.present(H10301)
            await emit.until(CardRead("door-reader", H10301))


async def test_a_babbling_line_is_quarantined_and_comes_back(tmp_path: Path) -> None:
    emit, noise = Recorder(), random.Random(4)
    async with AsciiReader(tmp_path / "tty", "wiegand-hex") as reader:
        link = driver(reader.line.path)
        link.tuning.babble_leak = 20_000
        async with running(link, emit):
            await emit.until(FOUND)
            async with asyncio.timeout(LIMIT):
                while DeviceLost("door-reader", "babbling") not in emit.signals:
                    reader.babble(noise.randbytes(4096))
                    await asyncio.sleep(0.001)
            assert set(emit.signals) == {FOUND, DeviceLost("door-reader", "babbling")}
            await emit.until(FOUND)
            reader.babble(b"\r\n")
            reader.present(H10301)
            await emit.until(CardRead("door-reader", H10301))
        health = link.health()["door-reader"]
        assert health["babbles"] == 1
        assert int(health["malformed"]) + int(health["overlong"]) > 0


async def test_one_byte_at_a_time_between_noise(tmp_path: Path) -> None:
    emit = Recorder()
    async with AsciiReader(tmp_path / "tty", "wiegand-hex") as reader:
        link = driver(reader.line.path)
        async with running(link, emit):
            await emit.until(FOUND)
            for byte in b"\x00\xff\r\nW26:2F6\r\n" + b"W26:2F623AE\r\n":
                reader.babble(bytes([byte]))
                await asyncio.sleep(0)
            assert await emit.until(CardRead("door-reader", H10301)) == [CardRead("door-reader", H10301)]
        assert link.health()["door-reader"]["malformed"] == 2


def test_points_and_line() -> None:
    plain = Config.model_validate({"format": "decimal-26"})
    full = Config.model_validate({"format": "decimal-26", "keypad": "yes", "tamper": "on"})
    assert points(plain) == {"reader": PointKind.READER}
    assert points(full) == {
        "reader": PointKind.READER,
        "keypad": PointKind.KEYPAD,
        "tamper": PointKind.DETECTOR,
    }
    assert not SHARED_LINE


def test_two_readers_on_one_line_are_refused(tmp_path: Path) -> None:
    config = Config.model_validate({"format": "decimal-26"})
    devices = (Device("a", config, {}), Device("b", config, {}))
    with pytest.raises(ConfigError) as caught:
        Driver("line-1", devices, open_transport("/dev/null"))
    assert caught.value.code == "line_shared"
