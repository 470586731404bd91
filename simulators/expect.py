"""What a scenario expects of the gateway, and the diary of what its bus really said."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PAGES = 20_000
"""Entries kept to be looked up."""

Entry = Mapping[str, Any]
"""One event: `type` in snake_case, `stream`, and its data; people by their reference."""


@dataclass(frozen=True, slots=True)
class Seen:
    """`count` events (exactly so many, or at least) of a type with these values must appear within `within` s."""

    type: str
    where: tuple[tuple[str, Any], ...] = ()
    count: int = 1
    exactly: bool = False
    within: float = 5.0

    def matches(self, entry: Entry) -> bool:
        return entry["type"] == self.type and all(entry.get(key) == value for key, value in self.where)

    def __str__(self) -> str:
        often = "" if self.count == 1 and not self.exactly else f" x{self.count}"
        return self.type + "".join(f" {key}={value}" for key, value in self.where) + often


def seen(type: str, count: int = 1, *, exactly: bool = False, within: float = 5.0, **where: Any) -> Seen:
    """A `Seen`, written shortly."""
    return Seen(type, tuple(where.items()), count, exactly, within)


class Diary:
    """Every event in order. people: id -> reference."""

    def __init__(self, people: Mapping[str, str]) -> None:
        self._people = people
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=PAGES)
        self._news = asyncio.Condition()
        self.mark = 0
        self.types: Counter[str] = Counter()
        self.granted = 0
        self.denied: Counter[str] = Counter()
        self.raised: Counter[str] = Counter()

    async def write(self, event: Mapping[str, Any]) -> Entry:
        """Enter one CloudEvent."""
        name = str(event["type"]).split(".")[1]
        entry = {**event["data"], "type": name, "stream": event["stream"], "time": event["time"]}
        for role in ("person", "by"):
            if entry.get(role) in self._people:
                entry[role] = self._people[entry[role]]
        self.mark += 1
        self._entries.append((self.mark, entry))
        self._count(name, entry)
        async with self._news:
            self._news.notify_all()
        return entry

    def _count(self, name: str, entry: Entry) -> None:
        if name == "request_refused" and entry["verb"] == "replay":
            return  # our own console: on a busy machine one came too late, and it asks again
        self.types[name] += 1
        self.granted += name == "access_granted"
        if name == "access_denied":
            self.denied[entry["reason"]] += 1
        if name == "alarm_raised":
            self.raised[entry["alarm"]] += 1

    def since(self, mark: int) -> Iterator[Entry]:
        """Entries after `mark`."""
        return (entry for number, entry in self._entries if number > mark)

    def count(self, wanted: Seen, mark: int) -> int:
        return sum(wanted.matches(entry) for entry in self.since(mark))

    async def wait(self, wanted: Seen, mark: int) -> bool:
        """True once enough of it came after `mark`; False when its time is over."""
        try:
            async with asyncio.timeout(wanted.within), self._news:
                await self._news.wait_for(lambda: self.count(wanted, mark) >= wanted.count)
        except TimeoutError:
            return False
        return True
