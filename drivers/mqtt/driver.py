"""The link to the site's broker: one connection, all its sensors."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from drivers.mqtt.sensor import Sensor, Signals
from rules.model.commands import Command
from rules.model.driver import Device, Emit, Message, MessagePort, Receipt, Transport
from rules.model.errors import CommandError, LinkError

OPEN = 1024  # messages whose receipt is awaited: more than the broker may have open with us
LOOK = 1.0  # s between looks at who is silent

Handler = Callable[[Message], Signals]


class Driver:
    """See `rules.model.driver.Driver`. A message is acknowledged once what followed from it is durable."""

    def __init__(self, link: str, devices: tuple[Device, ...], transport: Transport) -> None:
        self._link = link
        self._devices = devices
        self._transport = transport
        self._sensors: tuple[Sensor, ...] = ()
        self._routes: dict[str, list[Handler]] = {}
        self._waiting: asyncio.Queue[tuple[Message, Receipt]] = asyncio.Queue(OPEN)

    async def run(self, emit: Emit) -> None:
        """Listen until the link fails: raises LinkError."""
        failed: LinkError | None = None
        cancels = _cancels()
        try:
            async with self._transport.messages() as port, asyncio.TaskGroup() as group:
                self._begin()
                group.create_task(self._acknowledge(), name=f"{self._link} acknowledge")
                group.create_task(self._watch(emit), name=f"{self._link} silence")
                await self._read(port, emit)
        except* LinkError as errors:
            failed = _first(errors)
        if _cancels() > cancels:  # at the same moment: Python 3.11's TaskGroup forgets it
            raise asyncio.CancelledError
        if failed is not None:
            raise failed

    async def execute(self, command: Command) -> None:
        raise CommandError("these sensors have no outputs", code="no_output", where=self._link)

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {sensor.device: {"standing": sensor.standing, **sensor.counts} for sensor in self._sensors}

    def _begin(self) -> None:
        now = time.monotonic()
        self._sensors = tuple(Sensor(device.id, device.config, now) for device in self._devices)
        self._waiting = asyncio.Queue(OPEN)
        self._routes = {}
        for route in (_bridge_route, _availability_route, _state_route):  # what says whether to believe, first
            for sensor in self._sensors:
                topic, handler = route(sensor)
                self._routes.setdefault(topic, []).append(handler)

    async def _read(self, port: MessagePort, emit: Emit) -> None:
        for topic in self._routes:
            await port.subscribe(topic)
        async for message in port.messages():
            receipt: Receipt | None = None
            for handler in self._routes.get(message.topic, ()):
                for signal in handler(message):
                    receipt = emit(signal)
            if receipt is None:
                message.ack()
            elif getattr(message, "qos", 1) > 0:  # QoS 0 has nothing to acknowledge
                self._waiting.put_nowait((message, receipt))

    async def _acknowledge(self) -> None:
        while True:
            message, receipt = await self._waiting.get()
            await receipt
            message.ack()

    async def _watch(self, emit: Emit) -> None:
        while True:
            now = time.monotonic()
            for sensor in self._sensors:
                for signal in sensor.tick(now):
                    emit(signal)
            due = min((s.deadline - now for s in self._sensors if s.standing != "lost"), default=LOOK)
            await asyncio.sleep(min(LOOK, max(due, 0.01)))


def _bridge_route(sensor: Sensor) -> tuple[str, Handler]:
    return _topic(sensor, sensor.config.details.bridge), lambda message: sensor.bridge(message.payload)


def _availability_route(sensor: Sensor) -> tuple[str, Handler]:
    topic = _topic(sensor, sensor.config.details.availability)
    return topic, lambda message: sensor.availability(message.payload)


def _state_route(sensor: Sensor) -> tuple[str, Handler]:
    def handle(message: Message) -> Signals:
        now, wall = time.monotonic(), time.time()
        return sensor.state(message.payload, retained=message.retained, now=now, wall=wall)

    return _topic(sensor, sensor.config.details.state), handle


def _topic(sensor: Sensor, form: str) -> str:
    return form.format(base=sensor.config.base, name=sensor.config.name)


def _cancels() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def _first(group: BaseExceptionGroup[LinkError]) -> LinkError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, LinkError)
    return error
