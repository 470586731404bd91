"""The daemon of a demo, in a process of its own: `python -m gateway.cli.demo_daemon FOLDER SPEED`. No command of ours.

It differs from `doorward run` in its wall clock, and in that it ends with whoever holds the other end of its stdin.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from pathlib import Path

from config.loader import load
from config.secrets import Secrets
from gateway.app import App, Options
from gateway.cli.demo_clock import DemoClock, UnsteppedClock
from gateway.cli.run import loop_factory
from gateway.clock import Sources
from gateway.discover import drivers
from gateway.reload.candidate import Source
from gateway.reload.quiet import settle_memory

REPORT = "report.json"
"""In the demo's folder: the daemon's own counters, written at its end."""

LAST_WILL = 3.0  # s after the end of stdin in which it must have ended


def main() -> None:
    """Run until stdin ends."""
    folder, speed = Path(sys.argv[1]), int(sys.argv[2])
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    known, held = drivers(), Secrets.from_environment(folder / "secrets")
    configuration = load(folder / "config", known, held)
    sources = Sources(wall=DemoClock.open(folder))

    def started(app: App) -> None:
        head = app.journal.head
        app.core.clock = UnsteppedClock(head.t, head.utc, sources, speed)
        settle_memory()

    source = Source(folder / "config", held, known)
    app = App(configuration, known, Options(folder / "state", sources, speed, started=started, source=source))
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_until_alone(app))
    (folder / REPORT).write_text(json.dumps(app.health.report(), default=dict))


async def _until_alone(app: App) -> None:
    loop = asyncio.get_running_loop()

    def heard() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            loop.call_later(LAST_WILL, os._exit, 1)
            app.stop()

    loop.add_reader(sys.stdin.fileno(), heard)
    await app.run()


if __name__ == "__main__":
    main()
