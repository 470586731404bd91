"""The YAML of a folder as a tree of texts, lists and maps, each with the place it was written at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from config.problem import Report, suggestion
from rules.model.ids import is_id
from rules.policy import Source


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar, as typed."""

    source: Source
    value: str


@dataclass(frozen=True, slots=True)
class Items:
    source: Source
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key's place and its value."""

    key: Source
    node: Node


@dataclass(frozen=True, slots=True)
class Map:
    source: Source
    entries: Mapping[str, Entry]


Node = Text | Items | Map
Plain = str | list["Plain"] | dict[str, "Plain"]


def plain(node: Node) -> Plain:
    """The node as text, list and dict."""
    match node:
        case Text():
            return node.value
        case Items():
            return [plain(item) for item in node.items]
        case Map():
            return {key: plain(entry.node) for key, entry in node.entries.items()}


@dataclass(frozen=True)
class Place:
    """A place in the tree, by its keys; it may not exist, then its nearest ancestor stands for it."""

    root: Map
    report: Report
    keys: tuple[str | int, ...] = ()

    def __truediv__(self, key: str | int) -> Place:
        return Place(self.root, self.report, (*self.keys, key))

    @cached_property
    def _steps(self) -> list[tuple[Source, Node]]:
        """Of each key that exists, where it stands and its value; an index of a lone value is that value."""
        node: Node = self.root
        steps: list[tuple[Source, Node]] = []
        for key in self.keys:
            if isinstance(node, Map) and isinstance(key, str) and key in node.entries:
                entry = node.entries[key]
                node = entry.node
                steps.append((entry.key, node))
            elif isinstance(node, Items) and isinstance(key, int) and key < len(node.items):
                node = node.items[key]
                steps.append((node.source, node))
            elif not isinstance(node, Items) and key == 0 and steps:
                steps.append(steps[-1])
            else:
                break
        return steps

    @property
    def path(self) -> str:
        """`access.night.when`, `people[2]`; indexes that were not written are left out."""
        text = ""
        node: Node | None = self.root
        for depth, key in enumerate(self.keys):
            if isinstance(key, str):
                text += f".{key}" if text else key
            elif isinstance(node, Items):
                text += f"[{key}]"
            node = self._steps[depth][1] if depth < len(self._steps) else None
        return text

    @property
    def node(self) -> Node | None:
        """The value here, or None if nothing was written."""
        if not self.keys:
            return self.root
        return self._steps[-1][1] if len(self._steps) == len(self.keys) else None

    @property
    def source(self) -> Source:
        """Where a text stands; of lists and maps, where their key does."""
        if not self._steps:
            return self.root.source
        where, node = self._steps[-1]
        return node.source if isinstance(node, Text) else where

    @property
    def key(self) -> Source:
        """Where the key itself stands."""
        return self._steps[-1][0] if self._steps else self.root.source

    def wrong(self, message: str, got: str = "") -> None:
        self.report.add(self.source, self.path, message, got)

    def misnamed(self, message: str) -> None:
        """A mistake in the key itself."""
        self.report.add(self.key, self.path, message)

    def missing(self) -> None:
        """What must be written here was not, unless a file that may hold it is unreadable."""
        if self.path in self.report.blank:
            return
        parent = Place(self.root, self.report, self.keys[:-1])
        if not self.report.partial or (parent.keys and parent.node is not None):
            parent.wrong(f"key {self.keys[-1]!r} is missing")

    def known(self, name: str, kind: str, names: Mapping[str, object] | tuple[str, ...]) -> bool:
        """True if `name` is one of `names`; else reported, unless a file that may hold it is unreadable."""
        if name in names:
            return True
        if not self.report.partial:
            self.wrong(f"no {kind} {name!r}{suggestion(name, names)}")
        return False

    def texts(self) -> Iterator[tuple[str, Place]]:
        """The texts here: one, or those of a list; anything else is left to the shape's check."""
        if isinstance(self.node, Text):
            yield self.node.value, self
        elif isinstance(self.node, Items):
            for n, item in enumerate(self.node.items):
                if isinstance(item, Text):
                    yield item.value, self / n

    def names(self) -> tuple[str, ...]:
        """The keys written here."""
        return tuple(self.node.entries) if isinstance(self.node, Map) else ()

    def entries(self) -> Iterator[tuple[str, Place]]:
        """Each id written here with its place; a key that is no id is reported and left out."""
        if self.node is not None and not isinstance(self.node, Map):
            self.wrong("expected a mapping of ids")
        for name in self.names():
            if is_id(name):
                yield name, self / name
            else:
                (self / name).misnamed(f"{name!r} is no id: a-z first, then a-z, 0-9 and -, at most 63")
