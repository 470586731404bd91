"""A journalled event as the bus sees it: CloudEvents 1.0 JSON. The signal, its stamp and `seq` never leave."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.bus.topics import Topics, snake
from gateway.journal.record import Sealed
from rules.model.canonical import canonical_bytes
from rules.model.ids import device_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NOUNS = ("door", "area", "device", "reader", "point", "alarm")


def event(row: Sealed, topics: Topics, *, durable: bool) -> dict[str, Any]:
    """The CloudEvent of one row, as plain values."""
    body = json.loads(row.body)
    plain: dict[str, Any] = {
        "specversion": "1.0",
        "id": f"{topics.gateway}/{row.epoch}/{row.stream}/{row.n}",
        "source": topics.source,
        "type": f"doorward.{snake(row.type)}.v{body['v']}",
        "time": rfc3339(row.utc),
        "datacontenttype": "application/json",
        "data": body["data"],
        "stream": row.stream,
        "n": row.n,
        "epoch": row.epoch,
        "clock": body["clock"],
        "durable": durable,
    }
    named = subject(body["data"])
    return plain if named is None else plain | {"subject": named}


def event_bytes(row: Sealed, topics: Topics, *, durable: bool) -> bytes:
    """The payload of one row."""
    return canonical_bytes(event(row, topics, durable=durable))


def event_topic(row: Sealed, topics: Topics) -> str:
    return topics.event(row.stream, row.cls, row.type)


def rfc3339(utc: int) -> str:
    """Microseconds since 1970 as RFC 3339 in UTC."""
    return (EPOCH + timedelta(microseconds=utc)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def subject(data: Mapping[str, Any]) -> str | None:
    """The door, area or device an event is about, or None."""
    for noun in NOUNS:
        value = data.get(noun)
        if type(value) is str and value:
            return device_of(value) if noun in {"reader", "point"} else value
    return None
