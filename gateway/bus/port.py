"""The one way to an MQTT broker: a `rules.model.driver.Transport` for MQTT 5 with QoS 1."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from gateway.bus.connection import Connection
from gateway.bus.terms import Terms
from rules.model.driver import ByteStream
from rules.model.errors import ConfigError, LinkError

GOODBYE = 1.0  # s for an orderly disconnection
# paho logs every lost connection as an error; ours are told by LinkError, once, by whoever supervises
_QUIET = logging.getLogger("gateway.bus.paho")
_QUIET.setLevel(logging.CRITICAL)
PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(kw_only=True)
class MqttTransport(Terms):
    """`mqtt://host:port` (loopback only) or `mqtts://host:port` with `tls`; the rest is in `Terms`."""

    url: str = field(kw_only=False)
    baud: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        check_url(self.url)
        if self.url.startswith("mqtts:") and self.tls is None:
            self.tls = tls_context()

    def stream(self) -> AbstractAsyncContextManager[ByteStream]:
        raise LinkError("a broker has no byte stream", code="no_stream", where=self.url)

    @contextlib.asynccontextmanager
    async def messages(self) -> AsyncIterator[Connection]:
        """Open the connection; raises LinkError. Leaving publishes the will: we are then known to be off."""
        client = _client(self)
        connection = Connection(self.url, self, client)
        try:
            await _enter(client, self.url)
            connection.opened()
            try:
                yield connection
            except asyncio.CancelledError:
                await connection.goodbye(GOODBYE)
                raise
            await connection.goodbye(GOODBYE)
        finally:
            connection.closed()


def check_url(url: str) -> SplitResult:
    """The parts of a broker's URL; raises ConfigError. Plain MQTT is for loopback alone."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ConfigError("expected mqtt://host:port or mqtts://host:port", code="bad_url", got=parts.scheme)
    if parts.username or parts.password:
        raise ConfigError("a broker's URL holds no user or password", code="secret_in_url", got=parts.hostname)
    if parts.scheme == "mqtt" and not is_loopback(parts.hostname):
        raise ConfigError("mqtt:// without TLS is for loopback only", code="plain_bus", got=url)
    return parts


def is_loopback(host: str) -> bool:
    """True for `localhost` and literal loopback addresses; names are not resolved."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def tls_context(ca: Path | None = None, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or later, the broker's name checked; our certificate and key if given. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=str(ca) if ca else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if certificate is not None:
            context.load_cert_chain(str(certificate), str(key) if key else None)
    except (OSError, ValueError) as error:
        raise ConfigError(f"TLS: {error}", code="bad_tls", where="bus") from None
    return context


def _client(terms: MqttTransport) -> aiomqtt.Client:
    parts = urlsplit(terms.url)
    password = terms.password.reveal if terms.password else None
    return aiomqtt.Client(
        parts.hostname or "",
        parts.port or PORTS[parts.scheme],
        identifier=terms.client_id,
        logger=_QUIET,
        username=terms.username,
        password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=terms.session_expiry == 0,
        properties=_connect_properties(terms),
        keepalive=terms.keepalive,
        timeout=terms.connect_limit,
        tls_context=terms.tls,
        will=aiomqtt.Will(terms.will[0], terms.will[1], 1, terms.will[2]) if terms.will else None,
    )


def _connect_properties(terms: Terms) -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = terms.session_expiry
    properties.ReceiveMaximum = terms.receive_maximum
    return properties


async def _enter(client: aiomqtt.Client, where: str) -> None:
    """Connect, or raise LinkError. Cancelling waits for paho's blocking thread, lest it outlive us."""
    entering = asyncio.create_task(client.__aenter__(), name=f"mqtt-connect {where}")
    try:
        await asyncio.shield(entering)
    except (aiomqtt.MqttError, ValueError, OSError) as error:
        raise LinkError(str(error), code="connect_failed", where=where) from None
    except asyncio.CancelledError:
        while not entering.done() and client._client.socket() is None:
            await asyncio.wait({entering}, timeout=0.05)  # bounded by connect_limit
        entering.cancel()
        await asyncio.wait({entering})
        raise
