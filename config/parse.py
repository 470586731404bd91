"""One YAML file to a tree. Events first, on the C parser: limits hold before anything is built.

Scalars stay what was typed. Anchors, aliases, merge keys, tags and second documents are refused, and so is a
file that does not end with the document end marker `...`: without it, half a file may look like a whole one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from config.problem import Report
from config.tree import Entry, Items, Map, Node, Text
from rules.policy import Source

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_NODES = 200_000

# Controls; line breaks that no editor shows as such; marks that reorder the text shown.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]|\r(?!\n)"
)
_PLAINER = {
    "mapping values are not allowed in this context": "a ':' too many here, or the line is indented wrongly",
    "did not find expected key": "expected a key here: look at the brackets and at the indentation above",
    "did not find expected <document start>": "this line is indented less than the first one",
    "did not find expected node content": "expected a value here",
    "did not find expected '-' indicator": "expected another '-' of the list above",
}
_OPENERS = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_CLOSERS = (yaml.SequenceEndEvent, yaml.MappingEndEvent)


class _Unusable(Exception):
    """The file is refused as a whole."""

    def __init__(self, source: Source, message: str) -> None:
        self.source = source
        self.message = message


def parse(name: str, data: bytes, report: Report) -> Map | None:
    """The file's top-level map, or None after reporting why there is none."""
    try:
        text = _decode(name, data)
        return _Builder(name, text, report).document()
    except _Unusable as refused:
        report.unreadable(refused.source, refused.message)
        return None


def _decode(name: str, data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Unusable(Source(name, 1, 1), "the file is larger than 1 MiB")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Unusable(Source(name, 1, 1), "the file is UTF-16, not UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        raise _Unusable(_at(name, before), f"not UTF-8: byte 0x{data[error.start]:02x}") from None
    if hidden := _HIDDEN.search(text):
        code = f"U+{ord(hidden[0]):04X}"
        raise _Unusable(_at(name, text[: hidden.start()]), f"the character {code} is not allowed")
    return text


def _at(name: str, before: str) -> Source:
    """The place after the text `before`."""
    return Source(name, before.count("\n") + 1, len(before) - before.rfind("\n"))


class _Builder:
    """Builds the tree of one document from its events, each checked before it is used."""

    def __init__(self, name: str, text: str, report: Report) -> None:
        self._name = name
        self._lines = text.split("\n")
        self._report = report
        self._open: list[Any] = []  # where each list and map that is not closed yet began
        self._events = self._checked(text)

    def document(self) -> Map:
        next(self._events)
        start = next(self._events)
        if isinstance(start, yaml.StreamEndEvent):
            raise _Unusable(Source(self._name, 1, 1), "the file is empty")
        if start.tags:
            raise self._refused(start, "tags are not allowed")
        node = self._node(next(self._events), ())
        end = next(self._events)
        self._ended(end, next(self._events))
        if not isinstance(node, Map):
            raise _Unusable(node.source, "expected a mapping of sections")
        return node

    def _ended(self, end: Any, after: Any) -> None:
        if not isinstance(after, yaml.StreamEndEvent):
            raise self._refused(after, "a second document is not allowed")
        if not end.explicit:
            last = len(self._lines) - (not self._lines[-1])
            message = "the file does not end with a line '...': it may be half-written"
            raise _Unusable(Source(self._name, max(last, 1), 1), message)

    def _node(self, event: Any, path: tuple[str, ...]) -> Node:
        match event:
            case yaml.ScalarEvent():
                return Text(self._source(event), event.value)
            case yaml.SequenceStartEvent():
                return Items(self._source(event), tuple(self._items(path)))
            case _:
                return self._map(event, path)

    def _items(self, path: tuple[str, ...]) -> Iterator[Node]:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            if _is_blank(event):
                self._report.add(self._source(event), ".".join(path), "an item of the list has no value")
            else:
                yield self._node(event, path)

    def _map(self, start: Any, path: tuple[str, ...]) -> Map:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, source = self._key(event), self._source(event)
            value = next(self._events)
            here = ".".join((*path, key))
            if _is_blank(value):
                self._report.blank.add(here)
                self._report.add(source, here, "has no value; write {} or [] for an empty one")
                continue
            node = self._node(value, (*path, key))
            if key in entries:
                message = f"key {key!r} is written twice, first at {entries[key].key}"
                self._report.add(source, here, message)
            else:
                entries[key] = Entry(source, node)
        return Map(self._source(start), entries)

    def _key(self, event: Any) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            raise self._refused(event, "a key must be a plain word")
        key = str(event.value)
        if not key:
            raise self._refused(event, "a key is empty")
        if key == "<<":
            raise self._refused(event, "merge keys are not allowed")
        return key

    def _checked(self, text: str) -> Iterator[Any]:
        """The events, refused as soon as a limit or a ban is broken."""
        try:
            for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
                if isinstance(event, _OPENERS):
                    self._open.append(event.start_mark)
                elif isinstance(event, _CLOSERS):
                    self._open.pop()
                self._check(event, count)
                yield event
        except yaml.MarkedYAMLError as error:
            raise self._broken(error) from None

    def _check(self, event: Any, count: int) -> None:
        if len(self._open) > MAX_DEPTH:
            raise self._refused(event, f"nested deeper than {MAX_DEPTH} levels")
        if count > MAX_NODES:
            raise self._refused(event, f"more than {MAX_NODES} values in one file")
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise self._refused(event, "anchors and aliases are not allowed")
        if getattr(event, "tag", None):
            raise self._refused(event, "tags are not allowed")

    def _broken(self, error: yaml.MarkedYAMLError) -> _Unusable:
        """The parser's complaint; what was never closed is named where it began."""
        mark, context = error.problem_mark, str(error.context)
        line, column = (mark.line, mark.column) if mark else (0, 0)
        rest = [self._lines[line][column:], *self._lines[line + 1 :]] if line < len(self._lines) else []
        if "simple key" in context:
            return _Unusable(self._mark(error.context_mark), "expected ':' after a key")
        if "\n".join(rest).strip() in ("", "..."):
            if "quoted scalar" in context:
                return _Unusable(self._mark(error.context_mark), "a quote is not closed before the file ends")
            if "flow" in context and self._open:
                return _Unusable(self._mark(self._open[-1]), "a bracket is not closed before the file ends")
        if not self._open and rest and rest[0].startswith("..."):
            return _Unusable(Source(self._name, 1, 1), "the file is empty")
        found = rest[0][:1] if rest else ""
        return _Unusable(Source(self._name, line + 1, column + 1), _complaint(str(error.problem), found))

    def _refused(self, event: Any, message: str) -> _Unusable:
        return _Unusable(self._source(event), message)

    def _source(self, event: Any) -> Source:
        return self._mark(event.start_mark)

    def _mark(self, mark: Any) -> Source:
        return Source(self._name, mark.line + 1, mark.column + 1)


def _is_blank(event: Any) -> bool:
    """True for nothing at all; `""` is something."""
    return isinstance(event, yaml.ScalarEvent) and not event.value and event.implicit[0]


def _complaint(problem: str, found: str) -> str:
    if "cannot start any token" not in problem:
        return _PLAINER.get(problem, problem)
    if found == "\t":
        return "a tab cannot indent: use spaces"
    return f"{found!r} cannot begin a value: put it in quotes"
