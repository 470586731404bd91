"""Serial lines on real ptys, under asyncio and under uvloop."""

from __future__ import annotations

import asyncio
import logging
import os
import pty
import tty
from contextlib import suppress
from pathlib import Path

import pytest

from gateway.transport import SerialTransport, open_transport
from rules.model.driver import ByteStream
from rules.model.errors import LinkError
from simulators.pty import PtyLine
from tests.gateway.transport.loops import OnLoop


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


async def write_for_ever(stream: ByteStream, written: list[int] | None = None) -> None:
    while True:
        await stream.write(bytes(4096))
        if written is not None:
            written.append(4096)


async def read_until_quiet(stream: ByteStream) -> int:
    """The number of bytes until none came for 200 ms."""
    count = 0
    with suppress(TimeoutError):
        while True:
            async with asyncio.timeout(0.2):
                count += len(await stream.read(65536))
    return count


def test_bytes_pass_both_ways(on_loop: OnLoop, tmp_path: Path) -> None:
    every_byte = bytes(range(256)) * 4  # a line that is not raw eats or alters some of them

    async def body() -> None:
        async with (
            PtyLine(tmp_path / "tty") as line,
            open_transport(str(line.path), 115200).stream() as stream,
        ):
            await stream.write(every_byte)
            sent = b""
            while len(sent) < len(every_byte):
                sent += await line.read()
            line.write(every_byte)
            got = b""
            while len(got) < len(every_byte):
                got += await stream.read(100)
            assert (sent, got) == (every_byte, every_byte)

    on_loop(body)


def test_read_respects_its_limit(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            line.write(b"abcdef")
            first = await stream.read(1)
            assert first == b"a"
            rest = b""
            while rest != b"bcdef":
                part = await stream.read(2)
                assert 1 <= len(part) <= 2
                rest += part

    on_loop(body)


def test_what_arrived_before_the_line_opened_is_not_read(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line:
            line.write(b"swiped while nobody listened")
            assert line.lost == 28
            async with open_transport(str(line.path)).stream() as stream:
                line.write(b"fresh")
                assert await stream.read() == b"fresh"

    on_loop(body)


def test_unplugging_is_a_link_error_for_read_and_write(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            line.write(b"last words")
            while not (data := await stream.read()).endswith(b"words"):
                assert data
            line.unplug()
            with pytest.raises(LinkError) as caught:
                await stream.read()
            assert caught.value.code == "line_closed"
            assert caught.value.where == str(line.path)
            for attempt in (stream.write(b"x"), stream.read()):
                with pytest.raises(LinkError, match="closed"):
                    await attempt
            with pytest.raises(LinkError):
                stream.drop_input()

    on_loop(body)


def test_a_write_alone_finds_the_unplugging(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            line.unplug()
            with pytest.raises(LinkError) as caught:
                await stream.write(b"unlock")
            assert caught.value.code == "line_closed"

    on_loop(body)


def test_replugged_twenty_times_without_leaking_a_descriptor(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        line = PtyLine(tmp_path / "tty")
        counts = []
        for turn in range(20):
            line.replug()
            async with open_transport(str(line.path)).stream() as stream:
                line.write(b"%d" % turn)
                assert await stream.read() == b"%d" % turn
                line.unplug()
                with pytest.raises(LinkError):
                    await stream.read()
            counts.append(descriptors())
        assert counts[-1] <= counts[1]

    on_loop(body)


def test_dropping_input_empties_the_kernel_too_and_keeps_the_line(on_loop: OnLoop, tmp_path: Path) -> None:
    """With VMIN=0, as serialx leaves it, an empty read looks like an unplugged port."""

    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            for _ in range(200):
                line.write(b"late reply")
                await asyncio.sleep(0)  # the loop knows that it is readable, and reads it after us
                assert stream.drop_input() == 10
                await asyncio.sleep(0)
            line.write(b"fresh")
            assert await stream.read() == b"fresh"
            assert stream.drop_input() == 0

    on_loop(body)


def test_a_line_that_takes_nothing_is_given_up_and_nothing_leaves_later(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        master, slave = pty.openpty()  # nobody reads the master
        tty.setraw(slave)
        try:
            async with SerialTransport(os.ttyname(slave)).stream() as stream:
                with pytest.raises(LinkError) as caught:
                    await write_for_ever(stream)
                assert caught.value.code == "write_timeout"
                with pytest.raises(LinkError):
                    await stream.read()
        finally:
            os.close(master)
            os.close(slave)

    on_loop(body)


def test_a_cancelled_write_is_never_sent(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        try:
            async with SerialTransport(os.ttyname(slave)).stream() as stream:
                written: list[int] = []
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(write_for_ever(stream, written), 0.3)
                with pytest.raises(LinkError):
                    await stream.write(b"UNLOCK")
            arrived = b""
            while True:
                try:
                    part = os.read(master, 65536)
                except BlockingIOError:
                    break
                arrived += part
            assert len(arrived) >= sum(written) > 0, "what was said to be written had left"
            assert b"UNLOCK" not in arrived
        finally:
            os.close(master)
            os.close(slave)

    on_loop(body)


def test_a_port_is_opened_once(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            with pytest.raises(LinkError) as caught:
                async with open_transport(str(line.path)).stream():
                    pytest.fail("opened twice")
            assert caught.value.code == "line_busy"
            line.write(b"still ours")
            assert await stream.read()
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream():
            pass

    on_loop(body)


def test_opening_cancelled_at_any_moment_leaves_the_port_free(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line:
            before = descriptors()
            for delay in range(20):
                with suppress(TimeoutError):
                    async with asyncio.timeout(delay / 1000), open_transport(str(line.path)).stream():
                        pass
            async with open_transport(str(line.path)).stream() as stream:
                line.write(b"x")
                assert await stream.read() == b"x"
            assert descriptors() <= before

    on_loop(body)


@pytest.mark.parametrize(("name", "code"), [("absent", "line_missing"), ("file", "not_a_tty")])
def test_what_cannot_be_opened_says_why(on_loop: OnLoop, tmp_path: Path, name: str, code: str) -> None:
    (tmp_path / "file").write_text("")

    async def body() -> None:
        with pytest.raises(LinkError) as caught:
            async with open_transport(str(tmp_path / name)).stream():
                pytest.fail("opened")
        assert caught.value.code == code

    on_loop(body)


def test_babble_is_bounded_and_does_not_stop_the_loop(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
            while line.lost < 1_000_000:  # nobody reads: our buffer, then the kernel's, then the floor
                line.write(b"U" * 4096)
                await asyncio.sleep(0)
            assert 0 < await read_until_quiet(stream) < 400_000

    on_loop(body)


@pytest.mark.parametrize("url", ["/dev/ttyUSB0", "tcp://h:1"])
def test_a_line_carries_no_messages(url: str) -> None:
    with pytest.raises(LinkError) as caught:
        open_transport(url).messages()
    assert caught.value.code == "wrong_kind"


async def test_what_passes_is_never_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with PtyLine(tmp_path / "tty") as line, open_transport(str(line.path)).stream() as stream:
        line.write(b"W26:2F623AE")
        await stream.read()
        await stream.write(b"K4711#")
    assert "2F623AE" not in caplog.text
    assert "4711" not in caplog.text


async def test_an_odd_baud_rate_is_accepted_or_named(tmp_path: Path) -> None:
    async with PtyLine(tmp_path / "tty") as line, SerialTransport(str(line.path), 76800).stream() as stream:
        line.write(b"x")
        assert await stream.read() == b"x"
