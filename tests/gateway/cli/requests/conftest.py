"""A running gateway with threat levels and passback, a real broker, and the command line of its operator."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from config.secrets import Secrets
from gateway.cli.main import main
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from rules.credential import encode
from rules.model.signals import CardRead
from rules.record import decode
from simulators.broker import MOSQUITTO, Broker
from tests.gateway.small import Daemon, Place, daemon, until

CARD = encode("h10301", 17, 4242)
MORE = """\
threat_levels:
  - {level: guarded}
  - {level: high, deny: [{who: staff, where: store}]}
"""


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def plain(self) -> Any:
        assert self.code == 0, self.err
        return json.loads(self.out)


@dataclass(frozen=True)
class Post:
    """ann: the id of Ann of the staff, whose reference is E-Ann; token: of her card."""

    daemon: Daemon
    place: Place
    broker: Broker
    ann: str
    token: str

    @property
    def desk(self) -> list[str]:
        return ["--state", str(self.place.state), "--secrets", str(self.place.secrets)]

    def directory(self) -> Directory:
        return _directory(self.place)

    async def journal(self, after: int = 0) -> list[dict[str, Any]]:
        """Everything that is durable after a seq, once all there is so far is."""
        await until(lambda: self.daemon.app.journal.durable >= self.daemon.app.core.head)
        rows = await self.daemon.app.journal.read(after, 10_000)
        return [decode(row.body) for row in rows]

    async def badge(self) -> str:
        """What Ann's card comes to: `granted`, or the reason why not."""
        before = self.daemon.app.core.head
        await self.daemon.app.core.emit("south")(CardRead("store-reader", CARD))
        for event in await self.journal(before):
            if event["type"] == "AccessGranted":
                return "granted"
            if event["type"] == "AccessDenied":
                return str(event["data"]["reason"])
        raise AssertionError("no decision")


def _directory(place: Place) -> Directory:
    secrets = Secrets(place.secrets)
    return Directory.open(place.state / "people.db", secrets.get("card-pepper"), secrets.get("pin-pepper"))


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed")
    async with Broker.start(tmp_path / "broker") as broker:
        place = Place(tmp_path / "site").make(bus=broker.url, more=MORE)
        site = place.config / "site.yaml"
        site.write_text(site.read_text().replace("stores: {}", "stores: {passback: hard}"))
        with _directory(place) as people:
            ann = people.add("test", NewPerson("Ann", ref="E-Ann", groups=frozenset({"staff"})))
            token = people.assign("test", ann, "h10301", 17, 4242)
        async with daemon(place) as running:
            await until(lambda: any(getattr(link.driver, "listening", False) for link in running.app.dispatch.links))
            yield Post(running, place, broker, ann, token)


Doorward = Callable[..., Awaitable[Ran]]


@pytest.fixture
def doorward(post: Post, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Doorward:
    """One command as typed, signed by amira, in a thread of its own: the gateway lives in this one's loop."""
    for name in ("DOORWARD_STATE", "DOORWARD_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in (("BUS", post.broker.url), ("SITE", "hq"), ("OPERATOR", "amira"), ("KEY", post.place.key)):
        monkeypatch.setenv(f"DOORWARD_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")

    def typed(arguments: tuple[str, ...]) -> int:
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        assert isinstance(ended.value.code, int)
        return ended.value.code

    async def doorward(*arguments: str) -> Ran:
        capsys.readouterr()
        code = await asyncio.to_thread(typed, arguments)
        seen = capsys.readouterr()
        return Ran(code, seen.out, seen.err)

    return doorward
