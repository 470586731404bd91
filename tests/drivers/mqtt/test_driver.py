"""The MQTT sensor driver against simulated zigbee2mqtt sensors on a real Mosquitto."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drivers.mqtt import BROKER, Config, Driver
from gateway.bus.port import MqttTransport
from rules.model.commands import SetOutput
from rules.model.driver import Device
from rules.model.errors import CommandError, LinkError
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, Signal
from simulators.broker import MOSQUITTO, Broker
from simulators.mqtt_sensor import MqttSensor

LIMIT = 10.0


class Core:
    """Hears signals; the test says when they are durable."""

    def __init__(self, *, durable: bool = True) -> None:
        self.heard: asyncio.Queue[Signal] = asyncio.Queue()
        self.receipts: list[asyncio.Future[int]] = []
        self._durable = durable

    def emit(self, signal: Signal) -> Awaitable[int]:
        receipt: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        if self._durable:
            receipt.set_result(1)
        self.receipts.append(receipt)
        self.heard.put_nowait(signal)
        return receipt

    def so_far(self) -> list[Signal]:
        return [self.heard.get_nowait() for _ in range(self.heard.qsize())]

    async def until(self, wanted: Signal) -> list[Signal]:
        heard: list[Signal] = []
        async with asyncio.timeout(LIMIT):
            while wanted not in heard:
                heard.append(await self.heard.get())
        return heard


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "broker") as running:
        yield running


def driver(broker: Broker, **keys: Any) -> Driver:
    devices = []
    for name, kind in (("hall-door", "contact"), ("hall-pir", "motion")):
        config = Config.model_validate({"preset": "zigbee2mqtt", "name": name, "kind": kind, **keys})
        devices.append(Device(name, config, {}))
    transport = MqttTransport(broker.url, client_id="mqtt-in", session_expiry=60)
    return Driver("sensors", tuple(devices), transport)


@asynccontextmanager
async def running(it: Driver, core: Core, broker: Broker) -> AsyncIterator[asyncio.Task[None]]:
    """The driver, subscribed to everything: a retained word on each state topic has reached it."""
    async with MqttTransport(broker.url, client_id="probe").messages() as port:
        for name in ("hall-door", "hall-pir"):
            await port.publish(f"zigbee2mqtt/{name}", b"{}", retain=True)
    task = asyncio.create_task(it.run(core.emit), name="driver")
    try:
        async with asyncio.timeout(LIMIT):
            while sum(int(device["retained"]) for device in it.health().values()) < 2:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        yield task
    finally:
        task.cancel()
        await asyncio.wait({task})


async def test_sensors_are_found_speak_and_vanish(broker: Broker) -> None:
    core = Core()
    async with (
        running(driver(broker), core, broker),
        MqttSensor(broker.url, "hall-door", "contact") as door,
        MqttSensor(broker.url, "hall-pir", "motion") as pir,
    ):
        await door.say()
        heard = await core.until(DeviceFound("hall-door"))
        assert InputChanged("hall-door.contact", Sensed.CLOSED) in heard
        await pir.say(occupancy=True)
        heard = await core.until(DeviceFound("hall-pir"))
        assert InputChanged("hall-pir.motion", Sensed.ACTIVE) in heard
        await door.say(contact=False)
        await core.until(InputChanged("hall-door.contact", Sensed.OPEN))
        await door.garble(b"\x00garbage")
        await core.until(InputChanged("hall-door.contact", Sensed.UNKNOWN))
        await pir.vanish()
        await core.until(DeviceLost("hall-pir", "offline"))


async def test_retained_state_is_unknown_until_the_sensor_speaks(broker: Broker) -> None:
    core = Core()
    it = driver(broker)
    async with MqttSensor(broker.url, "hall-door", "contact") as door:
        async with running(driver(broker), Core(), broker):
            await door.say(contact=True)  # retained now; said before the second driver listens
        task = asyncio.create_task(it.run(core.emit), name="driver")
        async with asyncio.timeout(LIMIT):
            while not it.health().get("hall-door", {}).get("retained"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert core.heard.empty()
        assert it.health()["hall-door"]["standing"] == "waiting"
        await door.say(contact=True)
        heard = await core.until(DeviceFound("hall-door"))
        assert InputChanged("hall-door.contact", Sensed.CLOSED) in heard
        task.cancel()
        await asyncio.wait({task})


async def test_a_silent_sensor_is_lost(broker: Broker) -> None:
    core = Core()
    async with (
        running(driver(broker, max_silence="2s"), core, broker),
        MqttSensor(broker.url, "hall-door", "contact") as door,
    ):
        await door.say()
        await core.until(DeviceFound("hall-door"))
        await core.until(DeviceLost("hall-door", "silent"))


async def test_a_message_is_acknowledged_only_once_it_is_durable(broker: Broker) -> None:
    forgetful, second, third = Core(durable=False), Core(), Core()
    async with MqttSensor(broker.url, "hall-door", "contact", retain=False) as door:
        async with running(driver(broker), forgetful, broker):
            await door.say(contact=False)
            await forgetful.until(DeviceFound("hall-door"))
        # the receipt never came and the connection is gone: the broker still has it
        async with running(driver(broker), second, broker):
            heard = await second.until(DeviceFound("hall-door"))
            assert InputChanged("hall-door.contact", Sensed.OPEN) in heard
            await door.say(contact=True)  # acknowledged in order: after the one before
            await second.until(InputChanged("hall-door.contact", Sensed.CLOSED))
        async with running(driver(broker), third, broker):
            assert InputChanged("hall-door.contact", Sensed.OPEN) not in third.so_far()


async def test_a_slow_journal_does_not_stop_the_reading(broker: Broker) -> None:
    core = Core(durable=False)
    async with (
        running(driver(broker), core, broker),
        MqttSensor(broker.url, "hall-door", "contact", retain=False) as door,
    ):
        await door.say(contact=True)
        await door.say(contact=True)
        await core.until(DeviceFound("hall-door"))
        for _ in range(20):
            await door.say(contact=False)
            await core.until(InputChanged("hall-door.contact", Sensed.OPEN))
            await door.say(contact=True)
            await core.until(InputChanged("hall-door.contact", Sensed.CLOSED))


async def test_a_dead_broker_is_a_link_error(broker: Broker) -> None:
    core = Core()
    it = driver(broker)
    async with running(it, core, broker) as task, MqttSensor(broker.url, "hall-door", "contact") as door:
        await door.say()
        await core.until(DeviceFound("hall-door"))
        await broker.kill()
        async with asyncio.timeout(LIMIT):
            with pytest.raises(LinkError):
                await asyncio.shield(task)
        await door.vanish()
    assert BROKER
    with pytest.raises(CommandError):
        await it.execute(SetOutput("hall-door.out1", True))
