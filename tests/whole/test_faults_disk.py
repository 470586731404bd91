"""The disk slow, failing, hanging: doors go on being decided, and the record says what was late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules.model.secret import CardBits
from simulators.folder import PLAIN_PIN, DemoFolder
from simulators.site import READERS, SimSite
from tests.faults.shim import Disk, build
from tests.torture.check import chain_faults, order_faults, state_faults
from tests.torture.ear import Ear, ear
from tests.whole.daemon import Daemon
from tests.whole.gatehouse import until

BUSY = ("office-reader", "transfer-reader", "workshop-reader", "dock-reader")
WIRED = ("east-io", "west-io", "lab-io", "office-reader", "transfer-reader", "lab-reader", "workshop-reader")
LIMIT = 30.0


@dataclass
class Starved:
    """A daemon whose disk does as `disk` says, its site, and a console that hears all."""

    site: SimSite
    daemon: Daemon
    disk: Disk
    told: Ear

    async def walk(self, reader: str) -> None:
        """A guard goes through a door where a card is enough."""
        door, known = self.site.doors[READERS[reader]], self.told.count("access_granted", reader=reader)
        taken = self.told.count("access_taken", door=door.id)
        await self.site.present(reader, self.guard)
        await until(f"{door.id} released", lambda: not door.locked, LIMIT)
        assert door.pull()
        await self.heard("access_granted", known, reader=reader)
        await self.heard("access_taken", taken, door=door.id)
        door.shut()
        await until(f"{door.id} locked", lambda: door.locked, LIMIT)

    async def to_the_lab(self) -> None:
        """Card and PIN at the door whose journal is required."""
        known = self.told.count("access_pending", reader="lab-reader")
        await self.site.present("lab-reader", self.guard)
        await self.heard("access_pending", known, reader="lab-reader")
        await self.site.enter_pin("lab-reader", PLAIN_PIN)

    async def heard(self, type: str, known: int = 0, **data: object) -> None:
        """Wait until the console heard one more than `known` of these."""
        await until(f"{type} {data}", lambda: self.told.count(type, **data) > known, LIMIT)

    @property
    def guard(self) -> CardBits:
        return next(p for p in self.site.people.values() if "security" in p.groups).card

    async def stands(self) -> None:
        """The daemon stops in order; what it leaves is whole and folds to one state."""
        assert await self.daemon.stop(LIMIT) == 0
        rows = self.daemon.rows()
        assert chain_faults(self.daemon.folder.state) == []
        assert order_faults(rows) == []
        assert await state_faults(self.daemon.folder.state) == []
        assert rows[-1].type == "GatewayStopped"
        known = [one["n"] for one in self.told.heard if one["durable"]]
        assert known == list(range(1, len(known) + 1))


@pytest.fixture
def disk(root: Path) -> Iterator[Disk]:
    """Under the state folder alone: a spool elsewhere is another disk."""
    made = Disk(build(root), root / "faults", root / "state")
    yield made
    made.close()


@asynccontextmanager
async def starved(root: Path, disk: Disk, *, spool: bool = False) -> AsyncIterator[Starved]:
    async with SimSite(DemoFolder(root)) as site:
        if spool:
            file = site.folder.config / "site.yaml"
            file.write_text(file.read_text().replace("gateway: gw1\n", f"gateway: gw1\nspool: {root}/spool\n"))
        async with Daemon(site.folder, disk.environment()) as daemon, daemon.console() as client:
            await daemon.start()
            await daemon.online(*WIRED)
            async with ear(client) as told:
                head = max(row.n for row in daemon.rows() if row.stream == "event")
                await told.reaches(head, LIMIT)
                yield Starved(site, daemon, disk, told)


async def test_a_slow_disk(root: Path, disk: Disk) -> None:
    async with starved(root, disk) as found:
        disk.set(delay_ms=20)
        for reader in BUSY:
            await found.walk(reader)
        disk.set(delay_ms=200)  # beyond the patience of a door whose journal is best effort
        await found.walk("office-reader")
        await found.heard("recorded_late")
        disk.set(delay_ms=0)
        await found.walk("office-reader")
        assert not found.told.count("alarm_raised", kind="journal-degraded")
        await found.stands()


async def test_a_hanging_disk(root: Path, disk: Disk) -> None:
    async with starved(root, disk) as found:
        lab = found.site.doors["lab-door"]
        disk.set(hang=1)
        try:
            await found.walk("office-reader")  # heard with `durable: false` once the disk counts as gone
            await found.heard("alarm_raised", kind="journal-degraded")
            assert found.told.heard[-1]["durable"] is False
            head = found.daemon.head  # what was being written when the disk began to hang is written, or never will be
            await found.to_the_lab()
            await found.heard("release_withheld", door="lab-door")
            assert lab.locked
            assert found.site.doors["lab-door"].released_at == 0.0
            await found.walk("dock-reader")
            assert found.daemon.head == head
        finally:
            disk.set(hang=0)
        await found.heard("alarm_returned", alarm="journal-degraded.journal")
        await found.heard("recorded_late")
        await found.to_the_lab()
        await until("the lab opens again", lambda: not lab.locked, LIMIT)
        await found.stands()


async def test_a_failing_disk_without_a_spool(root: Path, disk: Disk) -> None:
    async with starved(root, disk) as found:
        lab = found.site.doors["lab-door"]
        disk.set(fsync_eio=-1)
        await found.walk("office-reader")
        await found.heard("journal_level_changed", level="memory")
        await found.heard("alarm_raised", kind="journal-degraded")
        await found.to_the_lab()
        await found.heard("release_withheld", door="lab-door")
        assert lab.locked
        disk.set(fsync_eio=0)
        await found.heard("alarm_returned", alarm="journal-degraded.journal")
        await found.heard("recorded_late")
        await found.walk("office-reader")
        await found.stands()


async def test_a_failing_disk_with_a_spool(root: Path, disk: Disk) -> None:
    async with starved(root, disk, spool=True) as found:
        lab = found.site.doors["lab-door"]
        disk.set(fsync_eio=-1)
        await found.walk("office-reader")
        await found.heard("journal_level_changed", level="spool")
        await found.heard("alarm_raised", kind="journal-degraded")
        await found.to_the_lab()  # what is in the spool is on a disk
        await until("the lab opens", lambda: not lab.locked, LIMIT)
        disk.set(fsync_eio=0)
        await found.heard("alarm_returned", alarm="journal-degraded.journal")
        await found.walk("office-reader")
        await found.stands()


async def test_killed_while_the_store_fails_the_spool_is_merged_at_the_next_start(root: Path, disk: Disk) -> None:
    async with starved(root, disk, spool=True) as found:
        disk.set(fsync_eio=-1)
        for reader in BUSY:
            await found.walk(reader)
        await found.heard("journal_level_changed", level="spool")
        said = [one["n"] for one in found.told.heard if one["durable"]]
        await found.daemon.kill()
        disk.set(fsync_eio=0)
        await found.daemon.start()
        await found.heard("unclean_stop")
        kept = {row.n for row in found.daemon.rows() if row.stream == "event"}
        assert kept.issuperset(said)
        await found.stands()
