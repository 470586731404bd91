"""What a replay reads: the durable events of one stream, found by their `n`."""

from __future__ import annotations

from gateway.bus.link import History
from gateway.followers.record import Record
from gateway.journal.record import Sealed

READ = 500


def history_of(journal: Record) -> History:
    """The `History` of a journal, for `BusLink`."""

    async def history(stream: str, after: int, limit: int) -> list[Sealed]:
        found: list[Sealed] = []
        while len(found) < limit:
            seq = await journal.seq_of(stream, after + 1)
            page = await _page(journal, stream, seq, limit - len(found))
            if not page:
                break
            found.extend(page)
            after = page[-1].n
        return found

    return history


async def _page(journal: Record, stream: str, seq: int, limit: int) -> list[Sealed]:
    if seq > journal.durable:
        return []
    rows = await journal.read(seq - 1, READ if stream == "event" else 1)
    return [row for row in rows if row.stream == stream and row.seq <= journal.durable][:limit]
