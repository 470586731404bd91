"""The brokers that tests and demo run on."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from gateway.bus.port import MqttTransport
from rules.model.errors import LinkError, Unreachable
from simulators.broker import MOSQUITTO, Broker, free_port

KINDS = [pytest.param("mosquitto", marks=pytest.mark.skipif(MOSQUITTO is None, reason="no Mosquitto")), "iotcore"]


@pytest.mark.parametrize("kind", KINDS)
async def test_it_carries_messages_over_mqtt_5_and_ends(tmp_path: Path, kind: str) -> None:
    async with Broker.start(tmp_path, kind=kind) as broker:
        transport = MqttTransport(broker.url, client_id="a")
        async with transport.messages() as port, asyncio.timeout(10):
            await port.subscribe("a/#")
            await port.publish("a/b", b"hello")
            inbox = port.messages()
            first = await anext(inbox)
            first.ack()
            assert (first.topic, first.payload, first.retained) == ("a/b", b"hello", False)
            await port.publish("r/x", b"kept", retain=True)
            await port.subscribe("r/#")
            kept = await anext(inbox)
            assert kept.payload == b"kept"
    assert broker.pid is None
    with pytest.raises(LinkError):
        async with transport.messages():
            pass


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_killed_and_restarted_on_the_same_port(tmp_path: Path, kind: str) -> None:
    async with Broker.start(tmp_path, free_port(), kind=kind) as broker:
        url, pid = broker.url, broker.pid
        await broker.kill()
        with pytest.raises(Unreachable):
            broker.freeze()
        await broker.restart()
        assert (broker.url, broker.pid is not None, broker.pid != pid) == (url, True, True)
        async with MqttTransport(broker.url, client_id="a").messages() as port:
            await port.publish("a", b"")


@pytest.mark.parametrize("kind", KINDS)
async def test_nobody_else_gets_its_port_while_it_is_down(tmp_path: Path, kind: str) -> None:
    async with Broker.start(tmp_path, kind=kind) as broker:
        await broker.kill()
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", broker.port))
        await broker.restart()
        async with MqttTransport(broker.url, client_id="a").messages() as port:
            await port.publish("a", b"")


@pytest.mark.parametrize("kind", KINDS)
async def test_frozen_it_answers_nothing_until_thawed(tmp_path: Path, kind: str) -> None:
    async with (
        Broker.start(tmp_path, kind=kind) as broker,
        MqttTransport(broker.url, client_id="a").messages() as port,
    ):
        broker.freeze()
        flight = await port.send("a", b"x")
        done, _ = await asyncio.wait({flight}, timeout=0.3)
        assert not done
        broker.thaw()
        async with asyncio.timeout(10):
            await flight


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "a") as first:
        with pytest.raises(Unreachable):
            async with Broker.start(tmp_path / "b", first.port):
                pass
