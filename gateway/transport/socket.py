"""Lines behind a terminal server or an Ethernet module: plain TCP, `socket://host:port` or `tcp://host:port`."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from urllib.parse import urlsplit

from gateway.transport.pipe import Pipe
from rules.model.driver import ByteStream, MessagePort
from rules.model.errors import LinkError

SCHEMES = ("socket", "tcp")
OPEN_LIMIT = 5.0  # s for name, connection and all

# A peer whose power went says nothing: keep-alive finds it after 10 + 3 x 5 s, unanswered bytes after 15 s.
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000),
)


class SocketTransport:
    """One TCP endpoint. baud has no meaning and is 0. A malformed URL raises LinkError `bad_url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.baud = 0
        self._host, self._port = _endpoint(url)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[ByteStream]:
        """The open connection. Raises LinkError."""
        pipe = Pipe(self.url)
        try:
            await self._open(pipe)
            yield pipe
        finally:
            await pipe.close()

    def messages(self) -> AbstractAsyncContextManager[MessagePort]:
        """A socket carries no messages: raises LinkError."""
        raise LinkError("a plain socket is not a broker", code="wrong_kind", where=self.url)

    async def _open(self, pipe: Pipe) -> None:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(OPEN_LIMIT):
                transport, _ = await loop.create_connection(lambda: pipe, self._host, self._port)
            peer = transport.get_extra_info("socket")
            for level, option, value in _OPTIONS:
                peer.setsockopt(level, option, value)
            pipe.use_descriptor(peer.fileno())
        except TimeoutError as error:
            raise LinkError("no connection in time", code="open_timeout", where=self.url) from error
        except OSError as error:
            code = "refused" if error.errno == errno.ECONNREFUSED else "unreachable"
            raise LinkError(f"cannot connect: {error}", code=code, where=self.url) from error


def _endpoint(url: str) -> tuple[str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if host is None or not port or parts.scheme not in SCHEMES or parts.path not in ("", "/"):
        raise LinkError("expected socket://host:port", code="bad_url", where=url)
    return host, port
