"""SIGKILL at random moments under traffic; the long campaign is `python -m tests.torture`."""

from __future__ import annotations

import random
from pathlib import Path

from simulators.folder import DemoFolder
from simulators.site import READERS, SimSite
from tests.torture.kills import KillCampaign
from tests.whole.daemon import Daemon
from tests.whole.gatehouse import until

KILLS = 10
SNAPSHOT_EVERY = 40  # so that recovery begins at snapshots as well as at the start


async def test_killed_under_traffic_nothing_is_lost(root: Path) -> None:
    async with SimSite(DemoFolder(root)) as site, Daemon(site.folder, snapshot_every=SNAPSHOT_EVERY) as daemon:
        figures = await KillCampaign(site, daemon, random.Random(20)).run(KILLS, fold_every=2)
        assert figures.clean, figures
        assert figures.runs == KILLS
        assert figures.events > 10 * KILLS
        unclean = [row for row in daemon.rows() if row.type == "UncleanStop"]
        assert unclean
        await _badge_opens(site, daemon)
        assert await daemon.stop() == 0
        assert daemon.rows()[-1].type == "GatewayStopped"


async def _badge_opens(site: SimSite, daemon: Daemon) -> None:
    """After all that a guard still gets in."""
    door = site.doors[READERS["transfer-reader"]]
    guard = next(person for person in site.people.values() if "security" in person.groups)
    door.shut()
    door.press_rex(False)
    await until("locked", lambda: door.locked, 30)
    started = max(row.seq for row in daemon.rows() if row.type == "GatewayStarted")
    await daemon.online("transfer-reader", "lab-io", after=started)
    before = daemon.head
    await site.present("transfer-reader", guard.card)
    await daemon.event("AccessGranted", after=before, reader="transfer-reader")
    await until("released", lambda: not door.locked)
