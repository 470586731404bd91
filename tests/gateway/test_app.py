"""The composition root: opened in order, ready when it runs, stopped so that the next start finds it clean."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from config.problem import ConfigErrors
from gateway.app import App, Options
from gateway.discover import drivers
from gateway.journal.journal import Journal
from gateway.journal.opening import STORE
from gateway.notify import Notifier
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from rules import snapshot
from rules.model.canonical import canonical_bytes
from rules.model.errors import ConfigError, DoorwardError
from rules.model.secret import CardBits, Secret
from rules.model.signals import CardRead, LinkLost
from tests.gateway.small import LIMIT, PEPPERS, Place, daemon, until


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path).make()


async def test_it_starts_and_stops_without_a_broker_and_without_devices(place: Place) -> None:
    async with daemon(place) as found:
        await found.app.core.emit("south")(CardRead("store-reader", CardBits.from_int(7, 26)))
        types = await found.types()
        assert types[0] == "GatewayStarted"
        assert "AccessDenied" in types
        await until(lambda: found.app.core.state.alarms.get("link-lost.south"))
        await until(lambda: found.app.core.state.alarms.get("link-lost.bus"))
    async with daemon(place) as again:
        types = await again.types()
        assert types.count("GatewayStarted") == 2
        assert "UncleanStop" not in types


async def test_busy_to_the_last_moment_it_still_stops_clean(place: Place) -> None:
    """Links fail while it stops: nothing may follow the last event."""
    async with daemon(place) as found:
        emit, stopping = found.app.core.emit("south"), asyncio.Event()

        async def babble() -> None:
            while not stopping.is_set():
                emit(LinkLost("nobody", "babble"))
                emit(CardRead("store-reader", CardBits.from_int(7, 26)))
                await asyncio.sleep(0)

        babbling = asyncio.ensure_future(babble())
        await asyncio.sleep(0)
        await found.stop()
        stopping.set()
        await babbling
    async with Journal.open(place.state, gateway="gw1") as journal:
        assert journal.head.type == "GatewayStopped"


async def test_a_crash_is_said_at_the_next_start(place: Place) -> None:
    async with daemon(place) as found:
        await until(lambda: found.app.journal.durable > 0)
        found.task.cancel()
        await asyncio.wait({found.task}, timeout=LIMIT)
    async with daemon(place) as again:
        await until(lambda: again.app.journal.durable >= again.app.core.head)
        assert "UncleanStop" in await again.types()


async def test_the_state_survives_by_snapshot_and_by_fold_alike(place: Place) -> None:
    async with daemon(place, snapshot_every=3) as found:
        emit = found.app.core.emit("south")
        for number in range(5):
            await emit(CardRead("store-reader", CardBits.from_int(number, 26)))
            emit(LinkLost("south", "eof"))
        await found.stop()
        before = canonical_bytes(snapshot.dump(found.app.core.state))
    async with Journal.open(place.state, gateway="gw1") as journal:
        kept = await journal.snapshot()
        assert kept is not None
        assert kept.seq == journal.head.seq
        assert kept.body == before


async def test_ready_is_said_when_it_runs_and_stopping_when_it_ends(place: Place) -> None:
    with (
        TemporaryDirectory(prefix="dw-") as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as manager,
    ):
        manager.bind(f"{folder}/notify")
        loop = asyncio.get_running_loop()
        environment = {"NOTIFY_SOCKET": f"{folder}/notify", "WATCHDOG_USEC": "300000"}
        async with daemon(place, notifier=Notifier(environment)) as found:
            heard = [await loop.sock_recv(manager, 100)]
            while b"READY=1" not in heard[-1]:
                heard.append(await loop.sock_recv(manager, 100))
            assert found.app.core.counters["signals"] > 0, "ready means that the core has begun"
            async with asyncio.timeout(LIMIT):
                while await loop.sock_recv(manager, 100) != b"WATCHDOG=1":
                    pass
        async with asyncio.timeout(LIMIT):
            while await loop.sock_recv(manager, 100) != b"STOPPING=1":
                pass


async def test_an_alarm_of_a_degraded_journal_does_not_outlive_it(place: Place) -> None:
    """The last run fell to the spool and was stopped there; this one finds the disk well again."""
    from rules.model.signals import JournalStateChanged

    async with daemon(place) as found:
        await found.app.core.say(JournalStateChanged("spool"))
        assert found.app.core.state.alarms.get("journal-degraded.journal") is not None
    async with daemon(place) as again:
        alarm = await until(lambda: again.app.core.state.alarms.get("journal-degraded.journal"))
        await until(lambda: not again.app.core.state.alarms.get("journal-degraded.journal").active)  # type: ignore[union-attr]
        assert alarm is not None


@pytest.mark.parametrize("name", ["bus", "pin", "people", "gateway"])
async def test_a_line_may_not_be_called_like_a_link_of_the_gateway(tmp_path: Path, name: str) -> None:
    place = Place(tmp_path).make(line=name)
    with pytest.raises(ConfigError, match=name):
        async with daemon(place):
            pass


async def test_a_state_folder_that_cannot_be_is_one_error_of_ours(place: Place) -> None:
    place.state.rmdir()
    place.state.write_text("a file")
    app = App(place.configuration(), drivers(), Options(place.state))
    with pytest.raises(DoorwardError):
        await app.run()


async def test_two_gateways_do_not_share_a_journal(place: Place) -> None:
    async with daemon(place):
        with pytest.raises(DoorwardError):
            await App(place.configuration(), drivers(), Options(place.state)).run()
    assert (place.state / STORE).exists()


async def test_a_directory_that_changes_is_followed(place: Place) -> None:
    from gateway.people.directory import Directory
    from gateway.people.persons import NewPerson

    async with daemon(place) as found:
        peppers = found.app.configuration.pepper, found.app.configuration.pin_pepper
        with Directory.open(place.state / "people.db", *peppers) as directory:
            ident = directory.add("desk", NewPerson("Ann", groups=frozenset({"staff"})))
        await until(lambda: ident in found.app.core.site.people.persons)
        await until(lambda: found.app.core.state.gateway().people_rev == found.app.core.site.people.rev)


async def test_a_start_refuses_other_rules_that_break_what_they_promise(place: Place) -> None:
    """What ran so far goes on, whatever became of the people; changed rules have to keep their word."""
    async with daemon(place) as found:
        assert await found.types()
    place.make(more="expect: [{nobody: everyone, opens: store}]\n")
    with Directory.open(place.state / "people.db", *(Secret(text) for text in PEPPERS.values())) as people:
        people.add("test", NewPerson("Ann", groups=frozenset({"staff"})))
    with pytest.raises(ConfigErrors, match="expect"):
        async with daemon(place):
            pass
