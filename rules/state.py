"""The live state: tables of frozen records. Only `evolve` changes it, record by record; a step can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any, Generic, TypeVar

from rules.model.points import InputState

R = TypeVar("R")

VERSION = 1
"""Of the stored form of a snapshot; a higher one is folded from the journal's start instead."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A grant whose passage was not seen yet."""

    person: str | None
    direction: str
    area: str


@dataclass(frozen=True, slots=True)
class Release:
    """A momentary release. until: `t`; open_for: us the door may stand open; unlocks: the lock is worked.

    asked: (index, `t` at which it is overdue) of each request to exit in it that was not called a fault yet.
    """

    cause: str  # grant | rex | operator
    until: int
    open_for: int
    unlocks: bool
    passages: tuple[Passage, ...] = ()
    asked: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Layer:
    """One setting of a layer of a door's mode, by one holder."""

    layer: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class DoorRecord:
    """position: closed, open or unknown; layers: what was set, in the order it was set."""

    position: str = "unknown"
    layers: tuple[Layer, ...] = ()
    release: Release | None = None
    forced: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True)
class InputRecord:
    """known: the last state that was not `unknown`, kept while blind."""

    state: InputState = InputState.UNKNOWN
    known: InputState = InputState.UNKNOWN


@dataclass(frozen=True, slots=True)
class OutputRecord:
    """on: as read back, None while blind; foreign: alarmed as not ours; failed: a command was not confirmed."""

    on: bool | None = None
    foreign: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class DeviceRecord:
    """status: unknown (not heard of since the start), online, offline, distrusted."""

    status: str = "unknown"
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ReaderRecord:
    """The pending PIN of a reader, and its wrong ones. stage: idle, asked, checking; attempt only rises."""

    stage: str = "idle"
    attempt: int = 0
    direction: str = "in"
    person: str | None = None
    token: str | None = None
    tail: str = ""
    failures: tuple[int, ...] = ()
    locked_until: int | None = None


@dataclass(frozen=True, slots=True)
class PinRecord:
    """Wrong PINs of one credential. locked_until: `t` or None."""

    failures: int = 0
    lockouts: int = 0
    locked_until: int | None = None


@dataclass(frozen=True, slots=True)
class AreaRecord:
    """status: disarmed, arming, armed_away, pending, triggered; until: `t` of the running delay, or None."""

    status: str = "disarmed"
    by: str = ""
    until: int | None = None


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """Two memories, active and acknowledged: the state is derived. count: activations; covered: acknowledged ones."""

    kind: str
    source: str
    priority: int
    latching: bool
    active: bool
    count: int
    covered: int = 0


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """The area a person was last seen to enter."""

    area: str


@dataclass(frozen=True, slots=True)
class PanelRecord:
    arming: str
    alarm: str


@dataclass(frozen=True, slots=True)
class NonceRecord:
    """expires: us since 1970."""

    expires: int


@dataclass(frozen=True, slots=True)
class SystemRecord:
    """What holds for the gateway as a whole."""

    running: bool = False
    version: str = ""
    rules_hash: str = ""
    people_rev: int = 0
    journal: str = "ok"


@dataclass(frozen=True, slots=True)
class DeadlineRecord:
    """t: when `DeadlineReached(key)` is due."""

    t: int


class Table(Generic[R]):
    """Records by id. Every change is written to the state's undo list first."""

    __slots__ = ("_rows", "_undo", "record")

    def __init__(self, record: type[R], undo: list[tuple[Any, str, Any]]) -> None:
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


class Deadlines(Table[DeadlineRecord]):
    """Deadlines by key, with the earliest at hand."""

    __slots__ = ("_heap",)

    def __init__(self, undo: list[tuple[Any, str, Any]]) -> None:
        super().__init__(DeadlineRecord, undo)
        self._heap: list[tuple[int, str]] = []

    def put(self, key: str, row: DeadlineRecord) -> None:
        super().put(key, row)
        heappush(self._heap, (row.t, key))

    def restore(self, key: str, row: DeadlineRecord | None) -> None:
        super().restore(key, row)
        if row is not None:
            heappush(self._heap, (row.t, key))

    def set(self, key: str, t: int | None) -> None:
        """Put the deadline, or drop it for None."""
        if t is None:
            self.drop(key)
        else:
            self.put(key, DeadlineRecord(t))

    def first(self) -> tuple[int, str] | None:
        """(t, key) of the earliest, or None."""
        while self._heap:
            t, key = self._heap[0]
            row = self.get(key)
            if row is not None and row.t == t:
                return t, key
            heappop(self._heap)
        return None


class State:
    """All tables. `mark` and `undo` bracket one step; `rows` and `load` are the stored form."""

    def __init__(self) -> None:
        self._undo: list[tuple[Table[Any], str, Any]] = []
        log = self._undo
        self.doors = Table(DoorRecord, log)
        self.inputs = Table(InputRecord, log)
        self.outputs = Table(OutputRecord, log)
        self.devices = Table(DeviceRecord, log)
        self.readers = Table(ReaderRecord, log)
        self.pins = Table(PinRecord, log)
        self.areas = Table(AreaRecord, log)
        self.alarms = Table(AlarmRecord, log)
        self.places = Table(PlaceRecord, log)
        self.panels = Table(PanelRecord, log)
        self.nonces = Table(NonceRecord, log)
        self.system = Table(SystemRecord, log)
        self.deadlines = Deadlines(log)
        self.followed: Any = None  # what `rules.step.next_due` worked out last; no part of the state

    def mark(self) -> None:
        """A step begins: what was done before can no longer be undone."""
        self._undo.clear()

    def undo(self) -> None:
        """Take back every change since `mark`."""
        self.followed = None
        while self._undo:
            table, key, row = self._undo.pop()
            table.restore(key, row)

    def tables(self) -> dict[str, Table[Any]]:
        """Every table by name, in a fixed order."""
        return {name: t for name, t in sorted(vars(self).items()) if isinstance(t, Table)}

    def set_held(self, door: str, warn_at: int | None, held_at: int | None) -> None:
        """The held-open stages of a door, `t` or None."""
        self.deadlines.set(f"warn:{door}", warn_at)
        self.deadlines.set(f"held:{door}", held_at)

    def door(self, door: str) -> DoorRecord:
        return self.doors.get(door) or _DOOR

    def input(self, point: str) -> InputRecord:
        return self.inputs.get(point) or _INPUT

    def output(self, point: str) -> OutputRecord:
        return self.outputs.get(point) or _OUTPUT

    def device(self, device: str) -> DeviceRecord:
        return self.devices.get(device) or _DEVICE

    def reader(self, reader: str) -> ReaderRecord:
        return self.readers.get(reader) or _READER

    def pin(self, token: str) -> PinRecord:
        return self.pins.get(token) or _PIN

    def area(self, area: str) -> AreaRecord:
        return self.areas.get(area) or _AREA

    def gateway(self) -> SystemRecord:
        return self.system.get("gateway") or _SYSTEM


_DOOR = DoorRecord()
_INPUT = InputRecord()
_OUTPUT = OutputRecord()
_DEVICE = DeviceRecord()
_READER = ReaderRecord()
_PIN = PinRecord()
_AREA = AreaRecord()
_SYSTEM = SystemRecord()
