"""The live state: tables of frozen records. Only `evolve` changes it, record by record; a step can be undone."""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from typing import Any

from rules.model.events.access import Use
from rules.model.points import InputState
from rules.table import Table, Undo, Watched

VERSION = 2
"""Of the stored form of a snapshot; a higher one is folded from the journal's start instead."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A grant whose passage was not seen yet."""

    person: str | None
    direction: str
    area: str


@dataclass(frozen=True, slots=True)
class Used:
    """What a card's use was before a grant, for the case that the grant is taken back."""

    token: str
    before: Use


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
    used: tuple[Used, ...] = ()


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
    """The pending PIN of a reader, and its wrong ones. stage: idle, asked, checking; attempt only rises.

    alone: the PIN is a credential by itself.
    """

    stage: str = "idle"
    attempt: int = 0
    direction: str = "in"
    person: str | None = None
    token: str | None = None
    tail: str = ""
    failures: tuple[int, ...] = ()
    locked_until: int | None = None
    alone: bool = False


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
    """The area a person was last seen to enter, and when: `t` and us since 1970."""

    area: str
    t: int = 0
    utc: int = 0


@dataclass(frozen=True, slots=True)
class FirstRecord:
    """utc: when somebody of a group last entered an area, or by a door."""

    utc: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose passage waits for somebody else. need: `second` or `escort`; groups: who ends it; until: `t`."""

    person: str
    token: str
    reader: str
    rule: str | None
    need: str
    groups: tuple[str, ...]
    until: int


@dataclass(frozen=True, slots=True)
class WaitRecord:
    """All who wait at one way through one door."""

    waiting: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class InspectionRecord:
    """Somebody is to be inspected before they pass this door. until: `t`."""

    door: str
    until: int


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
    threat: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineRecord:
    """t: when `DeadlineReached(key)` is due."""

    t: int


@dataclass(frozen=True, slots=True)
class ReloadRecord:
    """A rule set: the one that is `active`, or the one that is `proposed`.

    before: hashes that were active earlier, the latest first; declined: what was rolled back to come here, or empty;
    approvals: (operator, `t` to which it counts) for what is proposed.
    """

    rules_hash: str
    mode: str = ""
    before: tuple[str, ...] = ()
    declined: str = ""
    approvals: tuple[tuple[str, int], ...] = ()


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
