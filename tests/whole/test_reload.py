"""Rules edited under a running gateway: shown on the bus first, live at the next badge, back in one command."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from config.secrets import Secrets
from gateway.bus.stream import EventStream
from gateway.cli.reload import reload
from gateway.cli.rollback import rollback
from gateway.discover import drivers
from gateway.people import keys
from gateway.reload.candidate import Source
from rules.model.errors import Refused
from simulators.folder import DemoFolder
from tests.whole.gatehouse import Gatehouse, gatehouse, until

ADMINS = ("ada", "abe")
ROUNDS = "security-rounds: {who: security, where: all, direction: both, when: always}"
NO_DOCK = "security-rounds: {who: security, where: [lab, office], when: always}"


def admit(folder: DemoFolder, mode: str) -> None:
    """Give the demo two admins and a mode."""
    for who in ADMINS:
        keys.save_private(folder.key_file(who), Ed25519PrivateKey.generate())
    public = {who: keys.public_text(keys.load_private(folder.key_file(who))) for who in ADMINS}
    entries = "".join(f'  {who}: {{role: admin, key: "{key}"}}\n' for who, key in public.items())
    doors = folder.config / "doors.yaml"  # an area that can be armed may not lie on the way out of another
    doors.write_text(doors.read_text().replace("between: [office, lab]", "between: [lobby, lab]"))
    (folder.config / "admins.yaml").write_text(f"operators:\n{entries}reload: {mode}\n...\n")


@pytest.fixture(params=["automatic"])
async def house(root: Path, request: pytest.FixtureRequest) -> AsyncIterator[Gatehouse]:
    """A gateway that watches its folder, on the clock of this machine."""
    folder = DemoFolder(root)
    source = Source(folder.config, Secrets(folder.secrets), drivers(), period=0.05, settle=0.2)
    async with gatehouse(root, source=source) as found:
        await found.stop()
        admit(folder, request.param)
        await found.start()
        await found.online()
        yield found


def edit(house: Gatehouse, name: str, old: str, new: str) -> None:
    path = house.site.folder.config / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


async def decided(house: Gatehouse, reader: str, door: str) -> str:
    """What a guard's card comes to there."""
    before = house.head
    await house.site.present(reader, house.somebody("security").card)

    async def one(type: str) -> str:
        event = await house.event(type, after=before, door=door)
        return str(event["data"].get("reason") or "granted")

    tasks = [asyncio.create_task(one(type)) for type in ("AccessGranted", "AccessDenied")]
    done, left = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in left:
        task.cancel()
    return done.pop().result()


async def test_a_saved_rule_is_shown_and_holds_at_the_next_badge(house: Gatehouse) -> None:
    assert await decided(house, "dock-reader", "dock") == "granted"
    start = house.app.core.sealed
    async with house.console() as client, aclosing(EventStream(client, after=(1, start.n["event"])).follow()) as seen:
        edit(house, "rules.yaml", ROUNDS, NO_DOCK)
        kinds: list[str] = []
        async with asyncio.timeout(10):
            async for event in seen:
                kinds.append(event["type"].removeprefix("doorward."))
                if kinds[-1] == "site_activated.v1":
                    break
    assert kinds.index("site_proposed.v1") < kinds.index("site_activated.v1")
    assert await decided(house, "dock-reader", "dock") == "no_access_rights"


async def test_a_door_that_goes_is_left_locked_and_off_the_bus(house: Gatehouse) -> None:
    path = house.site.folder.config / "doors.yaml"
    text = path.read_text()
    begin, end = text.index("  dock:\n"), text.index("  lab-door:\n")
    async with house.console() as client, client.listening(client.topics.state("door", "dock")) as states:
        async with asyncio.timeout(10):
            while not ((message := await states.get()) and message.payload):
                pass
        path.write_text(text[:begin] + text[end:])
        await house.event("SiteActivated", cause="reload")
        asserted = await house.event("OutputReasserted", point="west-io.out2")
        assert asserted["data"]["on"] is True, "a magnet locks by current"
        async with asyncio.timeout(10):
            while not ((message := await states.get()) and not message.payload):
                pass
    assert house.site.doors["dock"].locked
    assert "dock" not in house.app.core.site.doors


class Line:
    """The command line of one operator."""

    def __init__(self, house: Gatehouse, who: str) -> None:
        folder = house.site.folder
        where = ["--bus", house.site.broker.url, "--site", "millbrook", "--gateway", "gw1"]
        self._options = [*where, "--as", who, "--key", str(folder.key_file(who))]

    async def __call__(self, command: click.Command, *arguments: str, code: int = 0) -> Any:
        given = [*arguments, *self._options, "--json"]
        result = await asyncio.to_thread(CliRunner().invoke, command, given)
        if isinstance(result.exception, Refused):
            return result.exception.code
        assert result.exit_code == code, (result.output, result.exception)
        return json.loads(result.output)


@pytest.mark.parametrize("house", ["two_person"], indirect=True)
async def test_two_admins_at_the_command_line_and_one_supervisor_back(house: Gatehouse) -> None:
    ada, abe, amira = (Line(house, who) for who in (*ADMINS, "amira"))
    running = house.app.core.site.rules_hash
    assert (await ada(reload))["proposed"] is None
    edit(house, "rules.yaml", ROUNDS, ROUNDS.replace("always", "alwys"))
    rejected = await ada(reload, "--check", code=2)
    assert rejected["rejected"] == "config_invalid"
    assert "alwys" in rejected["problems"][0]
    edit(house, "rules.yaml", ROUNDS.replace("always", "alwys"), NO_DOCK)
    proposed = (await ada(reload, "--check"))["proposed"]
    assert (await abe(reload, "--pending"))["proposed"] == proposed != running
    assert await amira(reload, proposed[:12]) == "not_allowed"
    assert (await ada(reload, proposed[:12]))["code"] == "second_operator_pending"
    assert await ada(reload, proposed) == "same_operator"
    assert await decided(house, "dock-reader", "dock") == "granted"
    assert (await abe(reload, proposed))["rules_hash"] == proposed
    assert await decided(house, "dock-reader", "dock") == "no_access_rights"
    back = await amira(rollback)
    assert (back["rules_hash"], back["previous"]) == (running, proposed)
    assert await decided(house, "dock-reader", "dock") == "granted"
    await until("the folder is looked at again", lambda: house.app.reload.health()["reload"]["swaps"] == 2)
