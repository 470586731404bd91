"""The pty line, the ASCII reader and the Elk panel as others see them: pyserial, plain files, golden bytes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import serial

from simulators.ascii_reader import AsciiReader, card_frame
from simulators.elk_panel import ElkPanel, frame
from simulators.pty import PtyLine

LIMIT = 5.0


class Port:
    """pyserial at the far end, in threads, so that the simulator's loop runs on."""

    def __init__(self, port: serial.Serial) -> None:
        self._port = port

    async def read(self, count: int) -> bytes:
        return await asyncio.wait_for(asyncio.to_thread(self._port.read, count), LIMIT + 1)

    async def write(self, data: bytes) -> None:
        await asyncio.to_thread(self._port.write, data)


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Port]:
    port = await asyncio.to_thread(serial.Serial, str(path), 115200, timeout=LIMIT)
    try:
        yield Port(port)
    finally:
        port.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what the loop's callbacks will bring about."""
    async with asyncio.timeout(LIMIT):
        while not condition():  # noqa: ASYNC110 - the simulators have no events of their own
            await asyncio.sleep(0.002)


async def test_a_line_can_be_opened_again_and_again(tmp_path: Path) -> None:
    heard: list[bytes] = []
    async with PtyLine(tmp_path / "sub" / "tty", heard.append) as line:
        for turn in range(3):
            async with opened(line.path) as port:
                line.write(b"%d" % turn)
                assert await port.read(1) == b"%d" % turn
                await port.write(b"back %d" % turn)
                await until(lambda turn=turn: b"".join(heard).endswith(b"back %d" % turn))  # type: ignore[misc]
            await until(lambda: not line.listened)


async def test_nobody_listening_costs_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    async with PtyLine(tmp_path / "tty") as line:
        assert not line.listened
        line.write(b"unheard")
        assert line.lost == 7
        async with opened(line.path) as port:
            assert line.listened
            line.write(b"heard")
            assert await port.read(5) == b"heard"


async def test_unplugging_ends_the_far_side_and_replugging_keeps_the_path(tmp_path: Path) -> None:
    line = PtyLine(tmp_path / "tty")
    line.replug()
    far = os.open(line.path, os.O_RDWR | os.O_NOCTTY)
    line.unplug()
    with pytest.raises(OSError, match="Input/output"):
        os.write(far, b"x")
    assert os.read(far, 10) == b""
    os.close(far)
    with pytest.raises(FileNotFoundError):
        os.lstat(line.path)
    line.write(b"into the void")
    assert line.lost == 13
    line.replug()
    line.replug()
    async with opened(line.path) as port:
        await port.write(b"hello")
        assert await asyncio.wait_for(line.read(), LIMIT)
    line.unplug()
    line.unplug()


async def test_what_the_device_reads_is_bounded(tmp_path: Path) -> None:
    async with PtyLine(tmp_path / "tty") as line, opened(line.path) as port:
        for _ in range(20):
            await port.write(bytes(8192))
        await until(lambda: line.lost == 20 * 8192 - 65_536)
        assert len(await line.read(1_000_000)) == 65_536


def test_card_frames() -> None:
    """The golden frames of docs/drivers/ascii.md."""
    assert card_frame("wiegand-hex", 0x2F623AE, 26) == b"W26:2F623AE\r\n"
    assert card_frame("wiegand-hex", 1, 37) == b"W37:0000000001\r\n"
    assert card_frame("decimal-26", 0x2F623AE, 26) == b"123,04567\r\n"
    assert card_frame("stx-etx-hex", 0x0C000621A5, 40) == b"\x020C000621A58E\r\n\x03"
    with pytest.raises(ValueError, match="26-bit"):
        card_frame("decimal-26", 1, 37)
    with pytest.raises(ValueError, match="format"):
        AsciiReader("x", "braille")


async def test_a_reader_speaks_and_listens(tmp_path: Path) -> None:
    async with AsciiReader(tmp_path / "tty", "wiegand-hex", tamper=True) as reader, opened(reader.line.path) as port:
        reader.swipe(0x2F623AE, 26)
        reader.keys("1#")
        reader.tamper(True)
        reader.beat()
        expected = b"W26:2F623AE\r\nK1\r\nK#\r\nT1\r\nT1\r\nH\r\n"
        assert await port.read(len(expected)) == expected
        await port.write(b"G\r")
        await port.write(b"\nR\r\n")
        async with asyncio.timeout(LIMIT):
            assert [await reader.feedback.get(), await reader.feedback.get()] == ["G", "R"]


async def test_a_reader_beats(tmp_path: Path) -> None:
    async with (
        AsciiReader(tmp_path / "tty", "wiegand-hex", heartbeat=0.02) as reader,
        opened(reader.line.path) as port,
    ):
        assert await port.read(9) == b"H\r\n" * 3
        reader.stop()


async def test_a_panel_answers_as_documented(tmp_path: Path) -> None:
    """Requests and answers of ELK's protocol document 1.79, sections 4.2.10, 4.7, 4.9 and 4.38."""
    async with ElkPanel(tmp_path / "tty") as panel, opened(panel.line.path) as port:
        panel.zone(2, "normal")
        assert await port.read(14) == b"0AZC002200CE\r\n"
        await port.write(b"06as0066\r\n")
        assert await port.read(34) == b"1EAS000000001111111100000000000E\r\n"
        await port.write(b"06zs004D\r\n")
        assert (await port.read(218)).startswith(b"D6ZS02000")
        panel.announce_outputs = False
        panel.set_output(2, True)
        await port.write(b"06cs0064\r\n")
        assert await port.read(218) == b"D6CS01" + b"0" * 206 + b"008F\r\n"
        panel.announce_outputs = True
        await port.write(b"0Ecn0030000000D9\r\n"[:12])
        await port.write(frame("cn", "00300000")[12:])
        assert await port.read(14) == b"0ACC003100E5\r\n"
        await port.write(b"09cf00200DC\r\n")
        assert await port.read(14) == frame("CC", "0020")
        await port.write(b"06as0065\r\n06as006\r\nnoise\r\n")  # wrong checksum, wrong length: no answer
        panel.program()
        assert await port.read(12) == b"08RP010035\r\n"
        await port.write(b"06as0066\r\n")
        assert await port.read(12) == b"08RP010035\r\n"
        panel.end_programming()
        assert await port.read(22) == b"08RP000036\r\n06IE00AC\r\n"
        assert panel.requests == ["as", "zs", "cs", "cn", "cf", "as"]


async def test_a_panel_beats(tmp_path: Path) -> None:
    async with ElkPanel(tmp_path / "tty", heartbeat=0.02) as panel, opened(panel.line.path) as port:
        beat = await port.read(26)
        assert beat.startswith(b"16XK")
        assert beat == frame("XK", beat[4:20].decode())
