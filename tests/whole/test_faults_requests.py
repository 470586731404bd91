"""Requests that must be refused, over the real broker: answered where they can be, journalled always."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import aiomqtt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.bus.envelope import new_request_id, sign
from gateway.people.keys import load_private
from tests.whole.gatehouse import Gatehouse

Answer = Mapping[str, Any]


class Stranger:
    """A client of the broker's own kind, with no help from ours."""

    def __init__(self, house: Gatehouse, client: aiomqtt.Client) -> None:
        self._house, self._client = house, client
        self.key = load_private(house.site.folder.key_file("amira"))
        self.gate = load_private(house.site.folder.key_file("gate"))

    def signed(self, key: Ed25519PrivateKey | None = None, **terms: Any) -> bytes:
        """An `open` of the transfer door, good unless `terms` say otherwise."""
        now = self._house.app.core.clock.utc()
        good: dict[str, Any] = {
            "verb": "open",
            "target": "transfer",
            "args": {},
            "key_id": "amira",
            "audience": "gw1",
            "issued": now,
        }
        return sign(key or self.key, **good | terms)

    async def send(self, payload: bytes, verb: str = "open", *, retain: bool = False) -> None:
        await self._client.publish(self._house.app.topics.request(verb), payload, qos=1, retain=retain)

    async def answer(self, request: str) -> Answer:
        async with asyncio.timeout(20):
            async for message in self._client.messages:
                if str(message.topic) == self._house.app.topics.response(request):
                    found: Answer = json.loads(message.payload)
                    return found
        raise AssertionError("the broker went")


@asynccontextmanager
async def stranger(house: Gatehouse) -> AsyncIterator[Stranger]:
    parts = urlsplit(house.site.broker.url)
    version = aiomqtt.ProtocolVersion.V5
    async with aiomqtt.Client(parts.hostname or "", parts.port or 0, protocol=version) as client:
        await client.subscribe(house.app.topics.response("#"), qos=1)
        yield Stranger(house, client)


async def refused(house: Gatehouse, asker: Stranger, request: str, code: str, before: int) -> None:
    """Answered no, on record, and the door did not move."""
    answer = await asker.answer(request)
    assert (answer["ok"], answer["code"]) == (False, code)
    event = await house.event("RequestRefused", after=before, request=request)
    assert event["data"]["code"] == code
    assert house.site.doors["transfer"].locked


def unsigned(payload: bytes) -> bytes:
    return json.dumps({"body": json.loads(payload)["body"]}).encode()


def tampered(payload: bytes) -> bytes:
    plain = json.loads(payload)
    return json.dumps({**plain, "body": plain["body"].replace("A", "B", 1)}).encode()


def bad_requests(asker: Stranger, now: int) -> Iterator[tuple[str, str, bytes]]:
    """(code, request id, payload) of what is wrong in one way each."""
    terms: dict[str, dict[str, Any]] = {
        "unsigned": {},
        "unknown_key": {"key_id": "nobody"},
        "foreign": {"audience": "gw2"},
        "verb_mismatch": {"verb": "lock"},
        "expired": {"issued": now - 30_000_000},
        "not_yet_valid": {"issued": now + 60_000_000},
        "too_long_lived": {"life": 60_000_000},
        "not_allowed": {"key_id": "gate"},
    }
    for code, wrong in terms.items():
        key = asker.gate if code == "not_allowed" else asker.key
        request = new_request_id()
        payload = asker.signed(key, request=request, **wrong)
        yield code, request, unsigned(payload) if code == "unsigned" else payload
    request = new_request_id()
    yield "bad_signature", request, asker.signed(Ed25519PrivateKey.generate(), request=request)


async def test_refused_answered_and_journalled(house: Gatehouse) -> None:
    async with stranger(house) as asker:
        for code, request, payload in bad_requests(asker, house.app.core.clock.utc()):
            before = house.head
            await asker.send(payload)
            await refused(house, asker, request, code, before)


async def test_a_replayed_request_is_refused(house: Gatehouse) -> None:
    async with stranger(house) as asker:
        request, before = new_request_id(), house.head
        payload = asker.signed(request=request, target="office-door")
        await asker.send(payload)
        assert (await asker.answer(request))["ok"] is True
        await house.released(house.site.doors["office-door"])
        await asker.send(payload)
        await refused(house, asker, request, "replayed", before)
    released = [e for e in await house.journal(before) if e["type"] == "ReleasedByOperator"]
    assert len(released) == 1


async def test_a_replayed_request_is_refused_after_a_restart_too(house: Gatehouse) -> None:
    async with stranger(house) as asker:
        request = new_request_id()
        payload = asker.signed(request=request, target="office-door")
        await asker.send(payload)
        assert (await asker.answer(request))["ok"] is True
        await house.stop()
        await house.start()
        await house.online("lab-io")
        before = house.head
        await asker.send(payload)
        await refused(house, asker, request, "replayed", before)


async def test_a_retained_request_is_refused_at_every_start(house: Gatehouse) -> None:
    if house.site.broker.kind != "mosquitto":
        pytest.skip("rumqttd never shows the retain flag of what it forwards")
    async with stranger(house) as asker:
        request, before = new_request_id(), house.head
        await asker.send(asker.signed(request=request), retain=True)
        await refused(house, asker, request, "retained", before)
        await house.stop()
        again = house.head
        await house.start()
        await refused(house, asker, request, "retained", again)
    assert not [e for e in await house.journal(before) if e["type"] == "ReleasedByOperator"]


async def test_rubbish_is_journalled_and_the_next_request_served(house: Gatehouse) -> None:
    async with stranger(house) as asker:
        before = house.head
        for payload in (b"", b"{}", b"\xff" * 64, b"[" * 5_000, b"x" * 20_000, tampered(asker.signed())):
            await asker.send(payload)
        request = new_request_id()
        await asker.send(asker.signed(request=request, target="office-door"))
        assert (await asker.answer(request))["ok"] is True
        await house.released(house.site.doors["office-door"])
    told = [e["data"]["code"] for e in await house.journal(before) if e["type"] == "RequestRefused"]
    assert len(told) == 6
    assert set(told) <= {"malformed", "bad_signature"}
