"""Tables of frozen records, whose changes can be taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

R = TypeVar("R")

Undo = list[tuple[Any, str, Any]]
"""(table, key, record before it or None) of each change since a mark, in order."""


class Table(Generic[R]):
    """Records by id. Every change is written to the state's undo list first."""

    __slots__ = ("_rows", "_undo", "record")

    def __init__(self, record: type[R], undo: Undo) -> None:
        self.record = record
        self._rows: dict[str, R] = {}
        self._undo = undo

    def get(self, key: str) -> R | None:
        return self._rows.get(key)

    def put(self, key: str, row: R) -> None:
        self._undo.append((self, key, self._rows.get(key)))
        self._rows[key] = row

    def drop(self, key: str) -> None:
        if key in self._rows:
            self._undo.append((self, key, self._rows.pop(key)))

    def restore(self, key: str, row: R | None) -> None:
        """Put back what the undo list kept."""
        if row is None:
            self._rows.pop(key, None)
        else:
            self._rows[key] = row

    def items(self) -> Iterator[tuple[str, R]]:
        return iter(tuple(self._rows.items()))

    def keys(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


Watch = tuple[set[str], str, Callable[[Any], bool]]
"""(a set, the name a key has in it, with `{}` for the key; whether a record belongs in it)."""


class Watched(Table[R]):
    """Keeps sets of the keys whose records are of some kind, at hand for whoever is in a hurry."""

    __slots__ = ("_watches",)

    def __init__(self, record: type[R], undo: Undo, *watches: Watch) -> None:
        super().__init__(record, undo)
        self._watches = watches

    def put(self, key: str, row: R) -> None:
        super().put(key, row)
        self._judge(key, row)

    def drop(self, key: str) -> None:
        super().drop(key)
        self._judge(key, None)

    def restore(self, key: str, row: R | None) -> None:
        super().restore(key, row)
        self._judge(key, row)

    def _judge(self, key: str, row: R | None) -> None:
        for found, name, belongs in self._watches:
            if row is not None and belongs(row):
                found.add(name.format(key))
            else:
                found.discard(name.format(key))
