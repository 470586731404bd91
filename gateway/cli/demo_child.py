"""The daemon of a demo as its parent sees it: started, watched, stopped. It never outlives the parent."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Self

from gateway.cli.demo_daemon import REPORT
from rules.model.errors import DoorwardError

LOG = "daemon.log"
STOP_LIMIT = 2.0  # s it may take to end in order
_ROOT = Path(__file__).resolve().parents[2]


class Daemon:
    """`async with Daemon(folder, speed) as daemon`: runs `gateway.cli.demo_daemon`, which ends with its stdin."""

    def __init__(self, folder: Path, speed: int) -> None:
        self._folder = folder
        self._speed = speed
        self._process: asyncio.subprocess.Process | None = None

    @property
    def process(self) -> asyncio.subprocess.Process:
        assert self._process is not None
        return self._process

    async def __aenter__(self) -> Self:
        with (self._folder / LOG).open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "gateway.cli.demo_daemon", str(self._folder), str(self._speed)),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=_ROOT,
                start_new_session=True,  # Ctrl-C is for the demo alone, which then ends it in order
            )
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """In order, or by force after STOP_LIMIT s. A second time does nothing."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def watch(self) -> None:
        """For as long as it lives; raises DoorwardError with the end of its log when it ends by itself."""
        code = await self.process.wait()
        log = (self._folder / LOG).read_text(errors="replace")[-2000:]
        raise DoorwardError(f"the daemon ended by itself with {code}", code="daemon_ended", got=log)

    def report(self) -> dict[str, Any]:
        """What it said of itself at its end; empty if it did not come to that."""
        try:
            found: dict[str, Any] = json.loads((self._folder / REPORT).read_text())
        except (OSError, ValueError):
            return {}
        return found
