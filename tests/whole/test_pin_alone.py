"""A door that a PIN alone opens: keypad to strike to bus, and the same under duress."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.clock import FastWall, Sources
from gateway.people.directory import Directory
from rules.model.secret import Secret
from simulators.folder import DemoFolder
from simulators.site import SimSite
from tests.whole.conftest import MORNING
from tests.whole.gatehouse import Gatehouse, until

HOLDER, PIN, DURESS_PIN = "p041", "836241", "426387"
MINIMUM = "  lab-door: {require: card+pin, when: always}\n"
CODE = "  lab-code: {who: [lab, security], where: lab-door, when: always, require: pin}\n"
OF_THE_MOMENT = frozenset({"until", "t", "utc", "attempt", "warn_at", "held_at"})


class CodedFolder(DemoFolder):
    """The demo with a keypad door, and somebody who has a PIN for it."""

    __slots__ = ()

    def make(self) -> None:
        DemoFolder.make(self)
        rules = self.config / "rules.yaml"
        text = rules.read_text()
        assert MINIMUM in text
        rules.write_text(text.replace(MINIMUM, "").replace("access:\n", f"access:\n{CODE}"))

    def import_people(self) -> dict[str, str]:
        refs = DemoFolder.import_people(self)
        peppers = Secret(self.secret("card-pepper")), Secret(self.secret("pin-pepper"))
        with Directory.open(self.state / "people.db", *peppers) as directory:
            directory.set_pin_alone("test", HOLDER, Secret(PIN))
            directory.set_pin_alone("test", HOLDER, Secret(DURESS_PIN), duress=True)
        return refs


@pytest.fixture
async def house(root: Path) -> AsyncIterator[Gatehouse]:
    sources = Sources(wall=FastWall(1, MORNING))
    async with SimSite(CodedFolder(root), now=lambda: sources.wall() // 1000) as site:
        found = Gatehouse(site, {"sources": sources})
        await found.start()
        try:
            await found.online()
            yield found
        finally:
            await found.stop()


async def pass_by(house: Gatehouse, digits: str) -> list[dict[str, Any]]:
    """Enter digits, walk through, shut the door; the journal of all that."""
    door, before = house.site.doors["lab-door"], house.head
    await house.site.enter_pin("lab-reader", digits)
    await house.released(door)
    assert door.pull()
    await house.event("AccessTaken", door=door.id, after=before)
    door.shut()
    await until("locked again", lambda: door.locked)
    closed = await house.event("DoorClosed", door=door.id, after=before)
    return [event for event in await house.journal(before) if event["seq"] <= closed["seq"]]


def told(events: list[dict[str, Any]], stream: str) -> list[tuple[str, dict[str, Any]]]:
    """What a stream's audience sees, without the moments."""
    return [
        (event["type"], {name: value for name, value in event["data"].items() if name not in OF_THE_MOMENT})
        for event in events
        if event["stream"] == stream and event["class"] in ("access", "door", "alarm")
    ]


async def test_duress_opens_and_shows_like_the_ordinary_pin(house: Gatehouse) -> None:
    plain = await pass_by(house, PIN)
    forced = await pass_by(house, DURESS_PIN)
    assert told(forced, "event") == told(plain, "event")
    names = [name for name, _ in told(plain, "event")]
    assert [name for name in names if name.startswith("Access")] == ["AccessGranted", "AccessTaken"]
    assert told(plain, "silent") == []
    reported, raised, returned = told(forced, "silent")
    assert [reported[0], raised[0], returned[0]] == ["DuressReported", "AlarmRaised", "AlarmReturned"]
    person = house.site.refs[reported[1]["person"]]
    assert (person, raised[1]["alarm"]) == (HOLDER, "duress.lab-door")
    public = [event for event in plain + forced if event["stream"] == "event"]
    assert "duress" not in json.dumps([event["data"] for event in public])
    assert not any(event["signal"]["data"].get("duress") for event in public if "signal" in event)
    assert DURESS_PIN not in json.dumps(plain + forced)
