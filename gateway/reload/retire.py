"""Lets go of large tables a little at a time: dropped at once, 300,000 cards stall the loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

SLICE = 0.002
"""Seconds at most between two turns of the loop."""

MANY = 500
"""Entries from which on a table is worth the trouble."""

STEP = 32
"""Entries dropped between two looks at the clock."""


def own_tables(old: Any, new: Any) -> Iterator[dict[Any, Any]]:
    """The large tables of a Site and its people that its successor does not share."""
    shared = {id(table) for table in _tables(new)}
    own = {id(table): table for table in _tables(old)}
    yield from (table for key, table in own.items() if key not in shared and len(table) >= MANY)


def _tables(holder: Any) -> Iterator[dict[Any, Any]]:
    for name in _names(holder):
        value = getattr(holder, name, None)
        if isinstance(value, dict):
            yield value
        elif name in ("people", "members"):
            yield from _tables(value)


def _names(holder: Any) -> tuple[str, ...]:
    if is_dataclass(holder):
        return tuple(field.name for field in fields(holder))
    return tuple(getattr(type(holder), "__slots__", ())) or tuple(vars(holder) if hasattr(holder, "__dict__") else ())


async def retire(tables: Iterable[dict[Any, Any]]) -> int:
    """Empty tables that nobody looks into any more; returns how many entries there were."""
    count, until = 0, time.perf_counter() + SLICE
    for table in tables:
        while table:
            for _ in range(min(STEP, len(table))):
                table.popitem()
                count += 1
            if time.perf_counter() >= until:
                await asyncio.sleep(0)
                until = time.perf_counter() + SLICE
    return count
