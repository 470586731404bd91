"""The process with libosdp's readers, on its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from drivers.osdp import codec
from rules.model.secret import CardBits
from simulators.osdp_process import ROOT, OsdpSite

READERS = [{"id": "door", "address": 3, "key": "00a1b2c3d4e5f60718293a4b5c6d7e8f"}]


def site(path: Path) -> OsdpSite:
    return OsdpSite([{"name": "north", "path": path, "readers": READERS}])


async def ask(path: Path, frame: bytes) -> codec.Packet:
    """Write a frame to the line and return the first frame that comes back."""
    with path.open("r+b", buffering=0) as line:
        line.write(frame)
        parser = codec.Parser()
        while True:
            data = await asyncio.to_thread(line.read, 64)
            for packet in parser.feed(data):
                return packet


async def test_it_makes_the_line_and_answers_on_it(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    async with site(path):
        async with asyncio.timeout(5):
            packet = await ask(path, codec.encode(3, 0, b"\x61\x00"))
        assert (packet.address, packet.reply, packet.body[0]) == (3, True, 0x45)
        assert packet.body[6:10] == (1003).to_bytes(4, "little")
    assert not path.is_symlink()


async def test_it_refuses_plain_polls(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    async with site(path), asyncio.timeout(5):
        assert (await ask(path, codec.encode(3, 0, b"\x60"))).body == b"\x41\x06"


async def test_unplugged_the_line_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    async with site(path) as running:
        with path.open("r+b", buffering=0) as line:
            await running.unplug("north")
            assert not path.is_symlink()
            with pytest.raises(OSError, match="Input/output"):
                line.write(b"x")
        await running.replug("north")
        assert path.is_char_device()


async def test_bad_commands_are_told_and_survived(tmp_path: Path) -> None:
    async with site(tmp_path / "tty") as running:
        with pytest.raises(ValueError, match="could not keys"):
            await running.keys("door", "1")  # it has no keypad
        for command in ({"do": "dance"}, {"do": "swipe", "reader": "nobody"}, {"no": 1}):
            mark = running.mark
            await running._write(command)
            await running.wait("error", after=mark)
        await running.swipe("door", CardBits.from_int(1, 26))


async def test_it_ends_with_its_stdin(tmp_path: Path) -> None:
    path = tmp_path / "tty"
    config = tmp_path / "site.json"
    config.write_text(json.dumps({"lines": [{"name": "n", "path": str(path), "readers": READERS}]}))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.osdp_pd", "--config", str(config)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env=dict(os.environ),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async with asyncio.timeout(15):
        assert json.loads(await process.stdout.readline())["event"] == "ready"
        process.stdin.close()
        assert await process.wait() == 0
    assert not path.is_symlink()


async def test_stop_ends_it(tmp_path: Path) -> None:
    async with site(tmp_path / "tty") as running:
        await running.do("stop")
        with pytest.raises(ConnectionError):
            await running.wait("led")
