"""Endpoints: serial devices and URLs, and what may be written for them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from config.scalars import Typed


def split_url(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """scheme://host[:port] and nothing else; raises ValueError with the complaint."""
    example = f"expected {' or '.join(f'{s}://host:port' for s in schemes)}"
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise ValueError(example) from None
    if url.scheme not in schemes or not url.hostname or any(c.isspace() for c in text) or port == 0:
        raise ValueError(example)
    if url.username is not None or url.password is not None:
        raise ValueError("a URL holds no user or password: name them as secrets")
    if url.path not in ("", "/") or url.query or url.fragment:
        raise ValueError(f"{example}, without a path")
    return url


def is_loopback(host: str) -> bool:
    """True for `localhost` and the loopback addresses."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _device_url(text: str) -> str:
    url = split_url(text, ("tcp", "socket"))
    if url.scheme == "socket" and url.port is None:
        raise ValueError("expected socket://host:port")
    return text.rstrip("/")


def _serial(text: str) -> str:
    if not text.startswith("/") or "\0" in text:
        raise ValueError("expected the path of a serial device, such as /dev/ttyUSB0")
    return text


def _bus_url(text: str) -> str:
    split_url(text, ("mqtts", "mqtt"))
    return text.rstrip("/")


_STRING = {"type": "string"}
DeviceUrl = Annotated[str, Typed("a URL", _device_url, _STRING | {"pattern": "^(tcp|socket)://"})]
SerialPath = Annotated[str, Typed("a path", _serial, _STRING | {"pattern": "^/"})]
BusUrl = Annotated[str, Typed("a URL", _bus_url, _STRING | {"pattern": "^mqtts?://"})]
