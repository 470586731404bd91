"""The records that the live state is made of: frozen, replaced whole, the stored form of a snapshot."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model.events.access import Use
from rules.model.points import InputState


@dataclass(frozen=True, slots=True)
class PlaceRecord:
    """The area a person was last seen to enter, and when: `t` and us since 1970."""

    area: str
    t: int = 0
    utc: int = 0


@dataclass(frozen=True, slots=True)
class Passage:
    """A grant whose passage was not seen yet. free: it waits for no record, and is never withheld.

    proven: nothing spoke against it; a card that exit alone let pass proves nothing of whoever shows it.
    """

    person: str | None
    direction: str
    area: str
    free: bool = False
    proven: bool = True


@dataclass(frozen=True, slots=True)
class Used:
    """What a card's use was before a grant, for the case that the grant is taken back. free: see `Passage`."""

    token: str
    before: Use
    free: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """Where somebody was before a grant took them elsewhere unseen, for the case that it is taken back.

    firsts: what it replaced of who came first: (key, utc us or None).
    """

    person: str
    before: PlaceRecord | None
    firsts: tuple[tuple[str, int | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """A momentary release. until: `t`; open_for: us the door may stand open; unlocks: the lock is worked.

    asked: (index, `t` at which it is overdue) of each request to exit in it that was not called a fault yet.
    exit_until: `t` to which an exit in it goes on, whatever the mode, or None. moved: who passed it unseen.
    worked_until: `t` to which the lock is worked, where a detector that only shunts asks for longer, or None.
    """

    cause: str  # grant | rex | operator
    until: int
    open_for: int
    unlocks: bool
    passages: tuple[Passage, ...] = ()
    asked: tuple[tuple[int, int], ...] = ()
    used: tuple[Used, ...] = ()
    exit_until: int | None = None
    moved: tuple[Moved, ...] = ()
    worked_until: int | None = None

    @property
    def lock_until(self) -> int:
        """`t` to which the lock is released; 0 where it is not."""
        if not self.unlocks:
            return 0
        return self.until if self.worked_until is None else self.worked_until


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
class FirstRecord:
    """utc: when somebody of a group last entered an area, or by a door."""

    utc: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody whose passage waits for somebody else. need: `second` or `escort`; groups: who ends it; until: `t`.

    shown: `card`, `pin` or `card+pin`, what they proved themselves by.
    """

    person: str
    token: str
    reader: str
    rule: str | None
    need: str
    groups: tuple[str, ...]
    until: int
    shown: str = "card"


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
