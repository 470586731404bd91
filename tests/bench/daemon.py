"""The daemon as `doorward run` runs it, which says when its devices are online.

`python -m tests.bench.daemon ROOT LOOP`; LOOP: `uvloop`, as `doorward run` has it, or `asyncio`.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from pathlib import Path

from config.loader import load
from config.secrets import Secrets
from gateway.app import App, Options
from gateway.cli.run import loop_factory
from gateway.discover import drivers
from rules.view import view


async def _main(root: Path) -> None:
    known = drivers()
    app = App(load(root / "config", known, Secrets(root / "secrets")), known, Options(root / "state"))
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, app.stop)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(app.run(), name="daemon")
        tasks.create_task(_announce(app), name="announce")


async def _announce(app: App) -> None:
    while not _online(app):  # noqa: ASYNC110 - wires set no event
        await asyncio.sleep(0.05)
    asyncio.get_running_loop().add_reader(0, os._exit, 1)  # nothing but the end of our parent makes it readable
    sys.stdout.write("ready\n")
    sys.stdout.flush()


def _online(app: App) -> bool:
    core = getattr(app, "core", None)
    if core is None:
        return False
    shown = (view(core.site, core.state, "device", id) or {} for id in core.site.devices)
    return all(found.get("status") == "online" for found in shown)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    factory = loop_factory() if sys.argv[2] == "uvloop" else None
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(_main(Path(sys.argv[1])))
