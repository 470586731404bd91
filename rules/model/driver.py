"""The Driver contract: what a file in `drivers/` offers, and what the gateway hands it.

A driver file has `Config` (a pydantic model of one device's keys in YAML, besides `driver`, `line`, `url`),
`points(config) -> {name: PointKind}`, and `Driver`. Optional module constants: `SHARED_LINE = True` where several
devices live on one serial line, `BROKER = True` where the link is the site's own MQTT broker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from rules.model.commands import Command
from rules.model.points import PointKind
from rules.model.secret import Secret
from rules.model.signals import Signal

Receipt = Awaitable[int]
"""Awaiting it means: what followed from the signal is durable. The value is the journal's head, a seq."""

Emit = Callable[[Signal], Receipt]
"""Hands a signal to the core. Never blocks; the receipt may be ignored."""


class ByteStream(Protocol):
    """One open serial line or socket. Every method raises LinkError when the line is gone."""

    async def read(self, limit: int = 4096) -> bytes:
        """At least one byte, at most `limit`. Waits without a limit of its own: the driver sets the deadline."""

    async def write(self, data: bytes) -> None:
        """Queue all of `data`; returns once the operating system took it."""

    def drop_input(self) -> int:
        """Throw away what arrived and was not read; returns the number of bytes."""


class Message(Protocol):
    """One MQTT message. Unacknowledged QoS 1 messages come again after a reconnection."""

    topic: str
    payload: bytes
    qos: int
    retained: bool

    def ack(self) -> None:
        """Acknowledge to the broker: only after what followed is durable."""


class MessagePort(Protocol):
    """An open MQTT 5 connection. Methods raise LinkError when it is gone."""

    async def subscribe(self, topic_filter: str) -> None:
        """Subscribe with QoS 1; raises LinkError if the broker refuses."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1; returns at the PUBACK; raises CommandError if refused."""

    def messages(self) -> AsyncIterator[Message]:
        """Messages in order of arrival."""


class Transport(Protocol):
    """How a link reaches its endpoint. The driver opens it in `run` and never reconnects by itself."""

    url: str  # /dev/ttyUSB0, socket://host:port, tcp://host:port, mqtt://host:port
    baud: int  # 0 where it has no meaning

    def stream(self) -> AbstractAsyncContextManager[ByteStream]:
        """Open the serial line or socket; raises LinkError."""

    def messages(self) -> AbstractAsyncContextManager[MessagePort]:
        """Open the MQTT connection; raises LinkError."""


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a link: id, its validated Config, and the secrets that Config names, by name."""

    id: str
    config: Any
    secrets: Mapping[str, Secret]


class Driver(Protocol):
    """One link: one endpoint, one driver, all its devices. Built as `Driver(link, devices, transport)`.

    Health: `health()` returns `{device: {counter: value}}`, plain ints and strings, for the bus.
    """

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None: ...

    async def run(self, emit: Emit) -> None:
        """Connect, read, emit; raise LinkError when the link fails. Never reconnects, never returns by itself.

        For each device that answers: all its inputs as InputChanged, its outputs as OutputReported, then
        DeviceFound. For one that stops answering while the link lives: DeviceLost(device, cause).
        """

    async def execute(self, command: Command) -> None:
        """Return when the device confirmed, else raise CommandError. The caller sets the deadline by cancelling;
        a cancelled command is never sent afterwards. May be called while `run` is not connected: raises."""

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        """Counters per device."""


@dataclass(frozen=True, slots=True)
class DriverSpec:
    """A driver as the gateway discovered it, for `config.load`: its Config model, its points, its traits."""

    name: str
    config: type[Any]
    points: Callable[[Any], Mapping[str, PointKind]]
    driver: type[Driver]
    shared_line: bool = False
    broker: bool = False
