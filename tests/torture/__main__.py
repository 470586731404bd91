"""Long campaigns of faults against the whole gateway.

python -m tests.torture --count 1000 [--json path] [--only kills,brokers,replugs,journal]

count: kills of the daemon; half as many broker outages and replugs, as many kills and power cuts of a journal.
Prints one table; exit 1 if anything was lost, came twice, was changed, or did not stand.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from simulators.folder import DemoFolder
from simulators.site import SimSite
from tests.torture.brokers import BrokerCampaign
from tests.torture.figures import Figures, table
from tests.torture.journals import journal_campaign
from tests.torture.kills import KillCampaign
from tests.torture.replugs import ReplugCampaign
from tests.whole.daemon import Daemon
from tests.whole.gatehouse import gatehouse

PER_RUN = 20.0  # s a run may take on average before a campaign counts as hanging
START = 120.0  # s on top

Campaign = Callable[[Path, int, random.Random], Awaitable[Figures]]


async def kills(root: Path, count: int, chance: random.Random) -> Figures:
    async with SimSite(DemoFolder(root)) as site, Daemon(site.folder, snapshot_every=200) as daemon:
        return await KillCampaign(site, daemon, chance).run(count, fold_every=max(1, count // 50))


async def brokers(root: Path, count: int, chance: random.Random) -> Figures:
    async with gatehouse(root) as house:
        return await BrokerCampaign(house, chance).run(max(1, count // 2))


async def replugs(root: Path, count: int, chance: random.Random) -> Figures:
    async with gatehouse(root) as house:
        return await ReplugCampaign(house, chance).run(max(1, count // 2))


async def journal_killed(root: Path, count: int, chance: random.Random) -> Figures:
    return await asyncio.to_thread(journal_campaign, "kill", root, count, chance)


async def journal_cut_short(root: Path, count: int, chance: random.Random) -> Figures:
    return await asyncio.to_thread(journal_campaign, "write", root, count, chance)


async def journal_without_power(root: Path, count: int, chance: random.Random) -> Figures:
    return await asyncio.to_thread(journal_campaign, "power", root, count, chance)


CAMPAIGNS: dict[str, tuple[Campaign, ...]] = {
    "kills": (kills,),
    "brokers": (brokers,),
    "replugs": (replugs,),
    "journal": (journal_killed, journal_cut_short, journal_without_power),
}


async def run(campaign: Campaign, count: int, seed: int) -> Figures:
    """One campaign on a fresh site; one that hangs or breaks down has failed."""
    began = time.monotonic()
    name = campaign.__name__.replace("_", " ")
    with TemporaryDirectory(prefix="dw-") as folder:
        try:
            async with asyncio.timeout(START + PER_RUN * count):
                found = await campaign(Path(folder), count, random.Random(seed))
        except (TimeoutError, AssertionError, OSError, ExceptionGroup) as error:
            found = Figures(name, faults=[f"broke down: {error!r}"])
    found.seconds = time.monotonic() - began
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", default=",".join(CAMPAIGNS))
    given = parser.parse_args()
    logging.disable(logging.ERROR)  # every fault here is ours: what it led to is in the table
    chosen = [campaign for name in given.only.split(",") for campaign in CAMPAIGNS[name]]
    figures: list[Figures] = []
    for campaign in chosen:
        sys.stderr.write(f"{campaign.__name__.replace('_', ' ')}, seed {given.seed} ...\n")
        figures.append(asyncio.run(run(campaign, given.count, given.seed)))
        if given.json:  # after each, so that what was measured is kept whatever comes
            plain = {"seed": given.seed, "count": given.count, "campaigns": [found.plain() for found in figures]}
            given.json.write_text(json.dumps(plain, indent=2) + "\n")
    sys.stdout.write(table(figures) + "\n")
    for found in figures:
        for fault in found.faults[:20]:
            sys.stdout.write(f"{found.name}: {fault}\n")
    return 0 if all(found.clean for found in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
