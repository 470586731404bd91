"""The ready ACL file, in a real Mosquitto."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from gateway.bus.port import MqttTransport
from gateway.bus.topics import Topics
from rules.model.errors import CommandError
from rules.model.secret import Secret
from simulators.broker import MOSQUITTO, Broker

ACL = Path(__file__).parents[3] / "systemd" / "mosquitto-acl.conf"
TOPICS = Topics("hq", "gw")
USERS = ("doorward", "doorward-console", "doorward-silent", "doorward-controller", "zigbee2mqtt")

EVENT = TOPICS.event("event", "door", "DoorForced")
SILENT = TOPICS.event("silent", "access", "DuressReported")
ALLOWED = {
    "doorward": (TOPICS.status, TOPICS.health, EVENT, SILENT, TOPICS.state("door", "a"), TOPICS.response("r" * 8)),
    "doorward-console": (TOPICS.request("open"), TOPICS.request("decide")),
    "doorward-silent": (TOPICS.request("open"), TOPICS.request("decide")),
    "doorward-controller": (TOPICS.request("decide"),),
    "zigbee2mqtt": ("zigbee2mqtt/hall",),
}
EVERYTHING = {topic for topics in ALLOWED.values() for topic in topics}


def account(broker: Broker, user: str) -> MqttTransport:
    return MqttTransport(broker.url, client_id=user, username=user, password=Secret("pw"))


async def test_each_account_may_publish_its_own_and_nothing_else(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path, acl=ACL.read_text(), users=dict.fromkeys(USERS, "pw")) as broker:
        for user, allowed in ALLOWED.items():
            async with account(broker, user).messages() as port:
                for topic in EVERYTHING:
                    if topic in allowed:
                        await port.publish(topic, b"")
                    else:
                        with pytest.raises(CommandError):
                            await port.publish(topic, b"")


async def test_what_is_silent_reaches_its_desk_only(tmp_path: Path) -> None:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with (
        Broker.start(tmp_path, acl=ACL.read_text(), users=dict.fromkeys(USERS, "pw")) as broker,
        account(broker, "doorward").messages() as gateway,
        account(broker, "doorward-console").messages() as console,
        account(broker, "doorward-silent").messages() as desk,
        asyncio.timeout(10),
    ):
        for port in (console, desk):
            await port.subscribe("#")
        for topic in (SILENT, TOPICS.replay("silent", "r" * 8), EVENT):
            await gateway.publish(topic, b"x")
        inbox = desk.messages()
        seen = [(await anext(inbox)).topic for _ in range(3)]
        assert seen == [SILENT, TOPICS.replay("silent", "r" * 8), EVENT]
        assert (await anext(console.messages())).topic == EVENT
