"""How a link reaches a serial line or a socket: the `Transport` and `ByteStream` of `rules.model.driver`."""

from __future__ import annotations

from gateway.transport.serial import SerialTransport
from gateway.transport.socket import SCHEMES, SocketTransport
from rules.model.errors import LinkError

__all__ = ["SerialTransport", "SocketTransport", "open_transport"]


def open_transport(url: str, baud: int = 0) -> SerialTransport | SocketTransport:
    """The transport for `/dev/...`, `socket://host:port` or `tcp://host:port`, unopened; raises LinkError."""
    scheme, separator, _ = url.partition("://")
    if not separator and url.startswith("/"):
        return SerialTransport(url, baud)
    if separator and scheme in SCHEMES:
        return SocketTransport(url)
    raise LinkError("neither a serial path nor socket:// nor tcp://", code="bad_url", where=url)
