"""Several loops on one link: they live and fail together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from rules.model.errors import LinkError


async def together(**loops: Coroutine[Any, Any, None]) -> None:
    """Run named loops until one fails. Where the link is all that failed, raises that one LinkError.

    Cancelled at the moment a loop fails, it is cancelled: Python 3.11's TaskGroup forgets that. It also counts
    its own cancellation of us right only while we wait inside it.
    """
    cancels = _cancels()
    try:
        async with asyncio.TaskGroup() as group:
            for name, loop in loops.items():
                group.create_task(loop, name=name)
            await asyncio.Event().wait()
    except BaseExceptionGroup as failures:
        if _cancels() > cancels:
            raise asyncio.CancelledError from None
        links, others = failures.split(LinkError)
        if others is not None or links is None:
            raise
        raise _first(links) from None


def _cancels() -> int:
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


def _first(group: BaseExceptionGroup[LinkError]) -> LinkError:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, LinkError)
    return error
