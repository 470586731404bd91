"""A small daemon that watches its folder, and operators who ask it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.configuration import Configuration
from config.loader import load
from config.secrets import Secrets
from gateway.app import App
from gateway.discover import drivers
from gateway.people import keys
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.reload.candidate import Source
from rules.credential import encode
from rules.model.signals import CardRead, RequestReceived
from tests.gateway.small import PEPPERS, Daemon, daemon, until

OPERATORS = {"ada": "admin", "abe": "admin", "sue": "supervisor"}
CARD = encode("h10301", 17, 4242)

SITE = """\
site: hq
timezone: Europe/London
bus: {{url: "mqtt://127.0.0.1:1", plain: loopback}}
lines: {{south: {{serial: {root}/nothing, baud: 9600}}}}
devices:
  store-reader: {{driver: ascii, line: south, format: wiegand-hex, formats: [h10301]}}
  io: {{driver: modbus, url: "tcp://127.0.0.1:1", model: moxa-e1212, on_comms_loss: lock}}
areas: {{lobby: {{}}, stores: {{}}}}
...
"""
DOORS = """\
doors:
  store:
    between: [lobby, stores]
    reader_in: store-reader
    lock: {output: io.out1, energise: to_unlock, on_power_loss: secure}
...
"""
SHUT_EXIT = DOORS.replace("secure}", "secure}\n    egress: out\n    egress_by: mechanical\n    blocked: always")
"""A door that people must be able to leave by, and that nobody may."""

OPEN = "access: {staff: {who: staff, where: store, when: always}}\n...\n"
SHUT = "access: {crew: {who: crew, where: store, when: always}}\n...\n"
NIGHT = "access: {night: {who: night, where: store, when: always}}\n...\n"


@dataclass
class Folder:
    """A configuration folder with its secrets, state and one person, Ann of the staff."""

    root: Path
    mode: str = "automatic"
    ann: str = ""

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def state(self) -> Path:
        return self.root / "state"

    def make(self) -> Folder:
        for folder in (self.config, self.state, self.root / "secrets"):
            folder.mkdir(mode=0o700)
        for name, text in PEPPERS.items():
            (self.root / "secrets" / name).touch(mode=0o600)
            (self.root / "secrets" / name).write_text(text)
        public = {who: keys.public_text(Ed25519PrivateKey.generate()) for who in OPERATORS}
        who = "".join(f'  {id}: {{role: {role}, key: "{public[id]}"}}\n' for id, role in OPERATORS.items())
        self.write("operators.yaml", f"operators:\n{who}...\n")
        self.write("site.yaml", SITE.format(root=self.root))
        self.write("doors.yaml", DOORS)
        self.write("mode.yaml", f"reload: {self.mode}\n...\n")
        self.write("rules.yaml", OPEN)
        with self.directory() as people:
            self.ann = people.add("test", NewPerson("Ann", groups=frozenset({"staff"})))
            people.assign("test", self.ann, "h10301", 17, 4242)
        return self

    def write(self, name: str, text: str) -> None:
        (self.config / name).write_text(text)

    def directory(self) -> Directory:
        secrets = Secrets(self.root / "secrets")
        return Directory.open(self.state / "people.db", secrets.get("card-pepper"), secrets.get("pin-pepper"))

    @property
    def source(self) -> Source:
        return Source(self.config, Secrets(self.root / "secrets"), drivers(), period=0.01, settle=0.05)

    def configuration(self) -> Configuration:
        return load(self.config, drivers(), Secrets(self.root / "secrets"))


@dataclass
class Watched:
    """A running daemon: what is badged, asked and journalled."""

    folder: Folder
    daemon: Daemon

    @property
    def app(self) -> App:
        return self.daemon.app

    @property
    def hash(self) -> str:
        return self.app.core.site.rules_hash

    async def badge(self) -> str:
        """What Ann's card comes to: `granted`, or the reason."""
        before = self.app.core.head
        await self.app.core.emit("south")(CardRead("store-reader", CARD))
        for event in await self.events(before):
            if event["type"] in ("AccessGranted", "AccessDenied"):
                return str(event["data"].get("reason", "granted") if event["type"] == "AccessDenied" else "granted")
        raise AssertionError("no decision")

    async def ask(self, who: str, verb: str, target: str = "") -> str:
        """The code that an operator's request is answered with."""
        now, name = self.app.core.clock.utc(), f"request-{token_hex(8)}"
        before = self.app.core.head
        emit = self.app.core.emit("bus")
        await emit(RequestReceived(name, who, verb, target, "{}", token_hex(16), now, now + 5_000_000))
        refused = [e for e in await self.events(before) if e["type"] == "RequestRefused"]
        if refused:
            return str(refused[0]["data"]["code"])
        proposed = self.proposed
        if verb == "reload" and proposed and proposed.mode == "two_person" and len(proposed.approvals) == 1:
            return "approved"
        ended = await self.event("RequestCarriedOut", after=before, request=name)
        return str(ended["data"]["code"])

    @property
    def proposed(self) -> Any:
        return self.app.core.state.reloads.get("proposed")

    async def propose(self, name: str, text: str) -> str:
        """Save a file; the hash that is proposed then."""
        before = self.app.core.head
        self.folder.write(name, text)
        event = await self.event("SiteProposed", after=before)
        return str(event["data"]["rules_hash"])

    async def events(self, after: int = 0) -> list[dict[str, Any]]:
        from rules.record import decode

        found: list[dict[str, Any]] = []
        while rows := await self.app.journal.read(after, 1_000):
            found += [{"seq": row.seq, **decode(row.body)} for row in rows]
            after = rows[-1].seq
        return found

    async def event(self, type: str, *, after: int = 0, **data: Any) -> dict[str, Any]:
        """Wait for a durable event."""
        found: list[dict[str, Any]] = []

        async def look() -> bool:
            found[:] = [e for e in await self.events(after) if e["type"] == type and data.items() <= e["data"].items()]
            return bool(found)

        try:
            await _until(look)
        except TimeoutError:
            tail = [(e["type"], e["data"]) for e in await self.events(after)]
            raise AssertionError(f"no {type} {data}; there was {tail}") from None
        return found[0]

    async def looked(self, times: int = 15) -> None:
        """Wait until the folder was looked at so often: longer than it has to settle."""
        watcher = self.app.reload._watcher
        assert watcher is not None
        upto = watcher.looks + times
        await until(lambda: watcher.looks >= upto)


async def _until(look: Any, limit: float = 10.0) -> None:
    import asyncio

    async with asyncio.timeout(limit):
        while not await look():  # noqa: ASYNC110 - the journal tells a follower, and this is none
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watched(folder: Folder) -> AsyncIterator[Watched]:
    from tests.gateway.small import Place

    class Here(Place):
        def configuration(self) -> Configuration:
            return folder.configuration()

    async with daemon(Here(folder.root), source=folder.source) as found:
        yield Watched(folder, found)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "site").mkdir()
    return Folder(tmp_path / "site")
