"""Epochs: which run of numbers a journal is in, and the mark beside it that survives its loss."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection, func, insert, select

from gateway.journal import connect, query, schema
from gateway.journal.chain import beginning, genesis

MARK = "journal.epoch"


def marked(folders: Iterable[Path], gateway: str) -> int:
    """The highest epoch that the marks in these folders know of, 0 if none. A broken mark says nothing."""
    found = 0
    for folder in folders:
        try:
            mark = json.loads((folder / MARK).read_text())
        except (OSError, ValueError):
            continue
        if isinstance(mark, dict) and mark.get("gateway") == gateway and isinstance(mark.get("epoch"), int):
            found = max(found, mark["epoch"])
    return found


def mark(folder: Path, gateway: str, epoch: int) -> None:
    """Write the mark, whole or not at all."""
    fresh = folder / f"{MARK}.new"
    with fresh.open("w") as file:
        json.dump({"gateway": gateway, "epoch": epoch}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / MARK)
    connect.sync_folder(folder)


def settle(connection: Connection, gateway: str, known: int, *, renew: bool) -> int:
    """The epoch that the file goes on in, inside the connection's transaction.

    A new one begins in an empty file, when asked for, and where a mark knows of a later one than the file does:
    then an older file was put in the place of a lost one.
    """
    found = connection.execute(select(func.max(schema.epoch.c.epoch))).scalar_one()
    if found is not None and known <= found and not renew:
        return int(found)
    previous = query.head(connection, beginning(gateway, found)) if found is not None else None
    new = max(found or 0, known) + 1
    row = {
        "epoch": new,
        "genesis": genesis(gateway, new),
        "previous_seq": previous.seq if previous is not None else 0,
        "previous_hash": previous.hash if previous is not None else b"",
        "utc": time.time_ns() // 1000,
    }
    connection.execute(insert(schema.epoch).values(row))
    return new
