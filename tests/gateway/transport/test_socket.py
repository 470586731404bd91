"""Lines behind TCP, on real sockets, under asyncio and under uvloop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from gateway.transport import SocketTransport, open_transport
from rules.model.errors import LinkError
from tests.gateway.transport.loops import OnLoop


@asynccontextmanager
async def echo_server() -> AsyncIterator[str]:
    """A TCP server that echoes, and closes on `bye`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if b"bye" in data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def test_a_socket_passes_bytes_and_its_end_is_a_link_error(on_loop: OnLoop) -> None:
    async def body() -> None:
        async with echo_server() as url, open_transport(url).stream() as stream:
            await stream.write(b"hello")
            assert await stream.read() == b"hello"
            await stream.write(b"bye")
            with pytest.raises(LinkError) as caught:
                await stream.read()
            assert (caught.value.code, caught.value.where) == ("line_closed", url)
            with pytest.raises(LinkError):
                await stream.write(b"more")

    on_loop(body)


def test_a_refused_socket_says_so(on_loop: OnLoop) -> None:
    async def body() -> None:
        async with echo_server() as url:
            pass
        with pytest.raises(LinkError) as caught:
            async with open_transport(url).stream():
                pytest.fail("opened")
        assert caught.value.code == "refused"

    on_loop(body)


def test_dropping_input_of_a_socket(on_loop: OnLoop) -> None:
    async def body() -> None:
        async with echo_server() as url, SocketTransport(url).stream() as stream:
            dropped = 0
            await stream.write(b"x" * 1000)
            while dropped < 1000:
                await asyncio.sleep(0.001)
                dropped += stream.drop_input()
            await stream.write(b"fresh")
            assert await stream.read() == b"fresh"

    on_loop(body)


@pytest.mark.parametrize(
    "url",
    ["mqtt://h:1", "socket://h", "socket://:1", "socket://h:99999", "tcp://h:1/x", "ttyUSB0", "file:///x"],
)
def test_urls_that_are_no_line(url: str) -> None:
    with pytest.raises(LinkError) as caught:
        open_transport(url)
    assert caught.value.code == "bad_url"
