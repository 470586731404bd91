"""A line that is closed is free for whoever opens it next."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.transport import open_transport
from simulators.pty import PtyLine
from tests.gateway.transport.loops import OnLoop


def test_closing_cancelled_frees_the_port_all_the_same(on_loop: OnLoop, tmp_path: Path) -> None:
    async def body() -> None:
        loop, held, opened, leave = asyncio.get_running_loop(), threading.Event(), asyncio.Event(), asyncio.Event()
        loop.set_default_executor(ThreadPoolExecutor(1))  # in whose one thread the descriptor is closed

        async def use(path: Path) -> None:
            async with open_transport(str(path)).stream():
                opened.set()
                await leave.wait()

        async with PtyLine(tmp_path / "tty") as line:
            using = asyncio.create_task(use(line.path), name="using")
            await opened.wait()
            holding = loop.run_in_executor(None, held.wait)
            leave.set()
            for _ in range(5):
                await asyncio.sleep(0)
            using.cancel()
            for _ in range(5):
                await asyncio.sleep(0)
            still_closing = not using.done()
            held.set()
            await holding
            await asyncio.wait({using})
            assert still_closing
            assert using.cancelled()
            async with open_transport(str(line.path)).stream() as stream:
                line.write(b"x")
                assert await stream.read() == b"x"

    on_loop(body)
