"""The live state: tables of frozen records. Only `evolve` changes it, record by record; a step can be undone."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

from rules.model.events.access import Use
from rules.records import (
    AlarmRecord,
    AreaRecord,
    DeadlineRecord,
    DeviceRecord,
    DoorRecord,
    FirstRecord,
    InputRecord,
    InspectionRecord,
    Layer,
    Moved,
    NonceRecord,
    OutputRecord,
    PanelRecord,
    Passage,
    PinRecord,
    PlaceRecord,
    ReaderRecord,
    Release,
    ReloadRecord,
    SystemRecord,
    Used,
    Waiting,
    WaitRecord,
)
from rules.table import Table, Undo, Watched

__all__ = [
    "AREA",
    "DOOR",
    "THREAT",
    "VERSION",
    "AlarmRecord",
    "AreaRecord",
    "DeadlineRecord",
    "Deadlines",
    "DeviceRecord",
    "DoorRecord",
    "FirstRecord",
    "InputRecord",
    "InspectionRecord",
    "Layer",
    "Moved",
    "NonceRecord",
    "OutputRecord",
    "PanelRecord",
    "Passage",
    "PinRecord",
    "PlaceRecord",
    "Places",
    "ReaderRecord",
    "Release",
    "ReloadRecord",
    "State",
    "SystemRecord",
    "Used",
    "WaitRecord",
    "Waiting",
]

VERSION = 2
"""Of the stored form of a snapshot; a higher one is folded from the journal's start instead."""


class Deadlines(Table[DeadlineRecord]):
    """Deadlines by key, with the earliest at hand."""

    __slots__ = ("_heap",)

    def __init__(self, undo: Undo) -> None:
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


class Places(Table[PlaceRecord]):
    """Where people are, with how many are in each area at hand."""

    __slots__ = ("_count",)

    def __init__(self, undo: Undo) -> None:
        super().__init__(PlaceRecord, undo)
        self._count: dict[str, int] = {}

    def count(self, area: str) -> int:
        """How many are in an area, as far as is known."""
        return self._count.get(area, 0)

    def put(self, key: str, row: PlaceRecord) -> None:
        self._move(self.get(key), row)
        super().put(key, row)

    def drop(self, key: str) -> None:
        self._move(self.get(key), None)
        super().drop(key)

    def restore(self, key: str, row: PlaceRecord | None) -> None:
        self._move(self.get(key), row)
        super().restore(key, row)

    def _move(self, before: PlaceRecord | None, after: PlaceRecord | None) -> None:
        if before is not None:
            self._count[before.area] -= 1
        if after is not None:
            self._count[after.area] = self._count.get(after.area, 0) + 1


_SHUTTING = frozenset({"locked_down", "blocked"})
_ENTERED_FREELY = frozenset({"disarmed", "arming"})

DOOR, AREA, THREAT = "door {}", "area {}", "threat"
"""What doors, areas and the threat level are called among what is unusual; a device by its id."""


def _shuts(row: DoorRecord) -> bool:
    return any(found.layer in _SHUTTING for found in row.layers)


def _is_shut(row: DoorRecord) -> bool:
    return row.position == "closed" and row.release is None and not row.layers


def _is_released(row: DoorRecord) -> bool:
    return row.release is not None


def _distrusted(row: DeviceRecord) -> bool:
    return row.status == "distrusted"


def _armed(row: AreaRecord) -> bool:
    return row.status not in _ENTERED_FREELY


def _threatened(row: SystemRecord) -> bool:
    return bool(row.threat)


class State:
    """All tables. `mark` and `undo` bracket one step; `rows` and `load` are the stored form."""

    def __init__(self) -> None:
        self._undo: Undo = []
        log = self._undo
        self.unusual: set[str] = set()  # doors, areas, devices whose state a decision must look at; derived
        self.shut: set[str] = set()  # doors that are closed, not released, and in no mode but locked; derived
        self.released: set[str] = set()  # doors with a release; derived
        self.doors = Watched(
            DoorRecord,
            log,
            (self.unusual, DOOR, _shuts),
            (self.shut, "{}", _is_shut),
            (self.released, "{}", _is_released),
        )
        self.inputs = Table(InputRecord, log)
        self.outputs = Table(OutputRecord, log)
        self.devices = Watched(DeviceRecord, log, (self.unusual, "{}", _distrusted))
        self.readers = Table(ReaderRecord, log)
        self.pins = Table(PinRecord, log)
        self.areas = Watched(AreaRecord, log, (self.unusual, AREA, _armed))
        self.alarms = Table(AlarmRecord, log)
        self.places = Places(log)
        self.uses = Table(Use, log)
        self.firsts = Table(FirstRecord, log)
        self.waits = Table(WaitRecord, log)
        self.inspections = Table(InspectionRecord, log)
        self.panels = Table(PanelRecord, log)
        self.nonces = Table(NonceRecord, log)
        self.system = Watched(SystemRecord, log, (self.unusual, THREAT, _threatened))
        self.reloads = Table(ReloadRecord, log)
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

    def use(self, token: str) -> Use:
        return self.uses.get(token) or _USE

    def waiting(self, way: str) -> tuple[Waiting, ...]:
        """Who waits at a way, by its key (`rules.site.key`)."""
        found = self.waits.get(way)
        return found.waiting if found else ()

    def gateway(self) -> SystemRecord:
        return self.system.get("gateway") or _SYSTEM


_DOOR = DoorRecord()
_INPUT = InputRecord()
_OUTPUT = OutputRecord()
_DEVICE = DeviceRecord()
_READER = ReaderRecord()
_PIN = PinRecord()
_AREA = AreaRecord()
_USE = Use()
_SYSTEM = SystemRecord()
