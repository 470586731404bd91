"""Planted secrets in a whole-gateway run: a PIN, a card, reader keys and peppers. No byte that leaves shows them.

Looked through: every file of the journal, everything published, every log line at its most talkative, and the repr of
every signal, command and event, of the configuration and of the parts that held the secrets.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from config.secrets import Secrets
from gateway.bus.port import MqttTransport
from gateway.link import Link
from gateway.people.directory import Directory
from rules.model.commands import Order
from rules.model.secret import CardBits, Secret
from simulators.folder import OSDP_SECRETS
from simulators.site import SimSite
from tests.whole.gatehouse import Gatehouse, gatehouse, until

PIN, DURESS_PIN, WRONG_PIN = "80316427", "72461308", "59102846"
HOLDER, NUMBER = "p025", "26023681562"


def forms(text: str) -> set[bytes]:
    """A secret as somebody might leak it."""
    return {text.encode(), text.encode().hex().encode(), repr(text.encode())[2:-1].encode()}


def card_forms(card: CardBits) -> set[bytes]:
    number = int(NUMBER)
    raw = card.data.hex().encode()
    return {NUMBER.encode(), f"{number:x}".encode(), str(card.as_int()).encode(), f"{card.as_int():x}".encode(), raw}


def planted(site: SimSite) -> dict[str, set[bytes]]:
    found = {name: forms(value) for name, value in (("pin", PIN), ("duress", DURESS_PIN), ("wrong pin", WRONG_PIN))}
    found["card"] = card_forms(site.people[HOLDER].card)
    for name in (*OSDP_SECRETS, "card-pepper", "pin-pepper"):
        text = site.folder.secret(name)
        found[name] = forms(text) | {bytes.fromhex(text)}
    return found


def leaked(planted: dict[str, set[bytes]], where: dict[str, bytes]) -> list[tuple[str, str]]:
    return [
        (name, place)
        for name, variants in planted.items()
        for place, data in where.items()
        if any(variant in data or variant.upper() in data for variant in variants)
    ]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The repr of every signal and command that passes a link, as a debugger or a log line would show it."""
    seen: list[str] = []
    made, submitted = Link.__init__, Link.submit

    def init(self: Link, id: str, driver: Any, emit: Callable[[Any], Any], **more: Any) -> None:
        def telling(signal: Any) -> Any:
            seen.append(f"{signal!r} {signal!s} {signal}")
            return emit(signal)

        made(self, id, driver, telling, **more)

    def submit(self: Link, order: Order, deadline: float | None) -> None:
        seen.append(f"{order!r} {order.command!s}")
        submitted(self, order, deadline)

    monkeypatch.setattr(Link, "__init__", init)
    monkeypatch.setattr(Link, "submit", submit)
    return seen


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[list[bytes]]:
    """Everything on the broker, the silent stream too."""
    heard: list[bytes] = []
    async with MqttTransport(url, client_id="canary").messages() as port:
        await port.subscribe("#")

        async def read() -> None:
            async for message in port.messages():
                heard.append(message.topic.encode() + b" " + message.payload)
                message.ack()

        async with asyncio.TaskGroup() as tasks:
            reading = tasks.create_task(read(), name="canary")
            yield heard
            reading.cancel()


async def live(house: Gatehouse) -> None:
    """A day in which every secret is used, rightly and wrongly."""
    card, site = house.site.people[HOLDER].card, house.site
    peppers = (Secret(site.folder.secret("card-pepper")), Secret(site.folder.secret("pin-pepper")))
    with Directory.open(site.folder.state / "people.db", *peppers) as directory:
        directory.set_pin("canary", HOLDER, Secret(PIN))
        directory.set_pin("canary", HOLDER, Secret(DURESS_PIN), duress=True)
    before = house.head
    for digits, outcome in ((PIN, "AccessGranted"), (WRONG_PIN, "AccessDenied"), (DURESS_PIN, "DuressReported")):
        await site.present("lab-reader", card)
        await house.event("AccessPending", door="lab-door", after=before)
        await until("prompt", lambda: house.app.core.state.reader("lab-reader").stage == "asked")
        await site.enter_pin("lab-reader", digits)
        await house.event(outcome, after=before, reader="lab-reader")
        await until("idle", lambda: house.app.core.state.reader("lab-reader").stage == "idle")
        before = house.head
    await site.present("front-reader", type(card).from_int(card.as_int() ^ 1, card.length))  # a bit fell over
    await house.event("AccessDenied", door="front", after=before)
    await site.enter_pin("lab-reader", PIN)  # typed at a reader that asks nothing


async def test_nothing_leaks(caplog: pytest.LogCaptureFixture, shown: list[str]) -> None:
    caplog.set_level(logging.DEBUG)
    with TemporaryDirectory(prefix="dw-") as name:
        async with gatehouse(Path(name)) as house:
            secrets = planted(house.site)
            async with listening(house.site.broker.url) as heard:
                await live(house)
                granted = await house.event("DuressReported")
                await until("published", lambda: any(b"duress" in message for message in heard))
            parts: list[Any] = [house.app.configuration, house.app.core.site, Secrets(house.site.folder.secrets)]
            parts += [*house.app.dispatch.links, *(link.driver for link in house.app.dispatch.links)]
            parts += [vars(link.driver) for link in house.app.dispatch.links if hasattr(link.driver, "__dict__")]
            where = {f"repr of {type(part).__name__}": repr(part).encode() for part in parts}
            where |= {f"health of {link.id}": repr(link.health()).encode() for link in house.app.dispatch.links}
            where["events"] = repr([e["data"] for e in await house.journal()]).encode()
        where |= {path.name: path.read_bytes() for path in house.site.folder.state.rglob("*") if path.is_file()}
    where |= {"bus": b"\n".join(heard), "log": caplog.text.encode(), "signals": "\n".join(shown).encode()}
    assert granted["type"] == "DuressReported"
    assert len(heard) > 20
    assert any("VerifyPin" in line for line in shown)
    assert any("CardRead" in line for line in shown)
    assert any(name.endswith(".db") for name in where)
    assert leaked(secrets, where) == []


def test_a_leak_would_be_found() -> None:
    """The search itself, and what it is fed, can fail."""
    found = leaked(
        {"pin": forms(PIN), "key": {b"\x01\x02"}}, {"a": b"x 80316427 y", "b": b"\x00\x01\x02", "c": b"8031 6427"}
    )
    assert found == [("pin", "a"), ("key", "b")]
