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


class Watched(Table[R]):
    """Keeps a set of those whose record is out of the ordinary, each as the name that `{}` stands for the id in."""

    __slots__ = ("_is_unusual", "_name", "_unusual")

    def __init__(
        self,
        record: type[R],
        undo: Undo,
        unusual: set[str],
        is_unusual: Callable[[R], bool],
        name: str,
    ) -> None:
        super().__init__(record, undo)
        self._unusual = unusual
        self._is_unusual = is_unusual
        self._name = name

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
        name = self._name.format(key)
        if row is not None and self._is_unusual(row):
            self._unusual.add(name)
        else:
            self._unusual.discard(name)
