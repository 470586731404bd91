"""The simulator's own socket: whoever may open it can hold a card to a reader. JSON, one line each way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from rules.model.errors import DoorwardError
from simulators.acts import Actor
from simulators.site import READERS, SimSite
from simulators.visit import walk_through

SOCKET = "control.sock"
LINE = 4096  # bytes of a request
LIMIT = 8.0  # s for all of it


class Control:
    """Answers `{"do": "swipe", "person", "reader", "pin", "open"}` with `{"ok", "granted", "said"}` or an error.

    touched: called when somebody used it.
    """

    def __init__(self, site: SimSite, actor: Actor, touched: Callable[[], None]) -> None:
        self._site = site
        self._actor = actor
        self._touched = touched

    @asynccontextmanager
    async def listening(self, folder: Path) -> AsyncIterator[None]:
        server = await asyncio.start_unix_server(self._serve, folder / SOCKET, limit=LINE)
        (folder / SOCKET).chmod(0o600)
        try:
            yield
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(LIMIT):
                answer = await self._answer(await reader.readline())
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ConnectionError, ValueError):
            return  # who asked is gone, slow, or talks nonsense without end
        finally:
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            asked = json.loads(line)
            return await self._swipe(str(asked["person"]), str(asked["reader"]), asked.get("pin"), bool(asked["open"]))
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            return {"ok": False, "error": f"not understood: {type(error).__name__}"}
        except DoorwardError as error:
            return {"ok": False, "error": error.message}

    async def _swipe(self, person: str, reader: str, pin: str | None, walk: bool) -> dict[str, Any]:
        if reader not in READERS:
            return {"ok": False, "error": f"no reader {reader!r}: there are {', '.join(READERS)}"}
        if person != "unknown" and person not in self._site.people:
            return {"ok": False, "error": f"nobody is {person!r}: there are p001 to p060, and unknown"}
        self._touched()
        try:
            found = await self._actor.present(person, reader, pin)
        except (ValueError, TimeoutError) as error:
            return {"ok": False, "error": str(error) or f"{reader} takes no card now"}
        return {"ok": True, "granted": found.granted, "said": await self._went(found.granted, reader, walk)}

    async def _went(self, granted: bool, reader: str, walk: bool) -> str:
        door = READERS[reader]
        if not granted:
            return f"denied, door {door} stays as it is"
        if not walk:
            return f"granted, door {door} released"
        opened = await walk_through(self._site, reader)
        return f"granted, door {door} opened" if opened else f"granted, but door {door} is locked"
