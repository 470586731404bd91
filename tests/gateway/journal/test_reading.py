"""Reads beside a writer that stores whenever it likes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from gateway.journal.batch import Batch
from gateway.journal.chain import Chain, beginning
from gateway.journal.opening import open_journal
from gateway.journal.reading import Reading
from tests.gateway.journal.sample import record


@pytest.mark.parametrize("stream", ["event", "silent"])
@pytest.mark.parametrize("when", range(1, 9))
def test_a_commit_in_the_middle_of_a_search_hides_no_event(tmp_path: Path, stream: str, when: int) -> None:
    """The search for the next number takes several statements; before one of them the writer stores a group."""
    chain = Chain("gw", beginning("gw", 1))
    opened = open_journal(tmp_path, "gw", None, renew=False)
    opened.store.write(Batch(record(chain, 8)))
    sought, statements = chain.head.n[stream] + 1, 0

    def watch(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        nonlocal statements
        statements += statement.startswith("SELECT")
        if statements == when and statement.startswith("SELECT"):
            opened.store.write(Batch(record(chain, 8)))

    event.listen(Engine, "before_cursor_execute", watch)
    try:
        found = Reading([opened.store.path], 1).seq_of(stream, sought)
    finally:
        event.remove(Engine, "before_cursor_execute", watch)
    rows = opened.store.rows(1, 0, 100)
    opened.release()
    assert found <= next((row.seq for row in rows if (row.stream, row.n) == (stream, sought)), 9)
