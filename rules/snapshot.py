"""The stored form of a state: versioned plain JSON values."""

from __future__ import annotations

from typing import Any

from rules.model.canonical import from_plain, to_plain
from rules.state import VERSION, State


def dump(state: State) -> dict[str, Any]:
    """`{"v": 1, "tables": {name: {key: record}}}`; equal states give equal canonical bytes."""
    tables = {name: {key: to_plain(row) for key, row in table.items()} for name, table in state.tables().items()}
    return {"v": VERSION, "tables": tables}


def load(plain: dict[str, Any]) -> State:
    """The inverse of `dump`; raises ValueError for another version, TypeError or KeyError for a damaged one."""
    if plain["v"] != VERSION:
        raise ValueError(f"snapshot version {plain['v']}, expected {VERSION}")
    state = State()
    tables = state.tables()
    for name, rows in plain["tables"].items():
        for key, row in rows.items():
            tables[name].put(key, from_plain(tables[name].record, row))
    state.mark()
    return state
