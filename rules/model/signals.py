"""Signals: what devices, people at consoles, and the gateway itself say. Past tense or present fact, frozen."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model.points import Sensed
from rules.model.secret import CardBits, Secret


@dataclass(frozen=True, slots=True)
class CardRead:
    """A card at a reader, raw. `read` names the reading to a controller that awaits its answer.

    The core turns it into `CardPresented` before any step: raw bits never reach a journal.
    """

    reader: str
    card: CardBits
    read: str | None = None


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card after its format and the site's pepper were applied.

    token: keyed hash, hex, or None where `fault` (`bad_format`) says why; tail: the last two digits of its number;
    age: us it waited before its turn came.
    """

    reader: str
    token: str | None
    format: str
    tail: str
    age: int = 0
    fault: str | None = None
    read: str | None = None


@dataclass(frozen=True, slots=True)
class PinEntered:
    """Digits ended by the reader's enter key, assembled in the link."""

    reader: str
    pin: Secret


@dataclass(frozen=True, slots=True)
class PinChecked:
    """The PIN service's answer to `VerifyPin`. result: `ok`, `duress`, `wrong` or `unavailable`."""

    reader: str
    attempt: int
    result: str


@dataclass(frozen=True, slots=True)
class PinIdentified:
    """The PIN service's answer to `IdentifyPin`. token: keyed hash, hex, or None where it could not say."""

    reader: str
    attempt: int
    token: str | None


@dataclass(frozen=True, slots=True)
class InputChanged:
    """An input as the device now says it. Also sent for every input, unchanged or not, after a (re)connection."""

    point: str
    sensed: Sensed


@dataclass(frozen=True, slots=True)
class OutputReported:
    """An output as read back from its device."""

    point: str
    on: bool


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """A device stopped answering, or its link failed. cause: short, printable, stable per kind of failure."""

    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class LinkLost:
    """A whole link failed and is being retried; every device on it is lost with it."""

    link: str
    cause: str


@dataclass(frozen=True, slots=True)
class LinkFound:
    """A link without devices (the bus, a service) works again; where there are devices, theirs says so."""

    link: str


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """A device answers (again); every input of it has been sent as `InputChanged` just before."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceRestarted:
    """A device came back from a power cycle; its identity was verified again."""

    device: str


@dataclass(frozen=True, slots=True)
class DeviceInsecure:
    """A device that ran encrypted now speaks plain, or failed to prove its key. cause: short, printable."""

    device: str
    cause: str


@dataclass(frozen=True, slots=True)
class PanelReported:
    """One area of an alarm panel: `arming` and `alarm` in the panel protocol's own words."""

    device: str
    area: int
    arming: str
    alarm: str


@dataclass(frozen=True, slots=True)
class RequestReceived:
    """An operator's or controller's request, its signature already checked at the rim.

    who: the key's owner, or None; fault: why it must be refused (`unsigned`, `retained`, `foreign`, ...) or None;
    target and args: as signed; issued, expires: us since 1970; card: for `decide` only, after identification.
    """

    request: str
    who: str | None
    verb: str
    target: str
    args: str
    nonce: str
    issued: int
    expires: int
    fault: str | None = None
    card: CardPresented | None = None


@dataclass(frozen=True, slots=True)
class PeopleEdited:
    """The directory's answer to `EditPeople`."""

    request: str
    ok: bool
    code: str
    body: str


@dataclass(frozen=True, slots=True)
class CommandDone:
    """A device confirmed a command."""

    command: int
    target: str


@dataclass(frozen=True, slots=True)
class CommandFailed:
    """A command was not confirmed or died at its deadline; the state of its target is unknown."""

    command: int
    target: str
    kind: str
    cause: str


@dataclass(frozen=True, slots=True)
class SignalsLost:
    """`count` signals of a link were dropped because its queue was full."""

    link: str
    count: int


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """A deadline of the state or a transition of a schedule is due; see `rules.step.next_due`."""

    key: str


@dataclass(frozen=True, slots=True)
class GatewayBegan:
    """The daemon is up with its state rebuilt. clean: the journal's last event was `GatewayStopped`."""

    version: str
    clean: bool


@dataclass(frozen=True, slots=True)
class GatewayEnding:
    """The daemon stops in order."""


@dataclass(frozen=True, slots=True)
class Unused:
    """An output that works no lock any more: the door whose lock it was, and its level that locks."""

    output: str
    door: str
    locked: bool


@dataclass(frozen=True, slots=True)
class SiteChanged:
    """The core has swapped a rule set or edited the tables of people; `step` already sees the new Site.

    cause: start, people, reload or rollback. Against the Site before: rewired: outputs that work a lock, or another
    one, or in another way; unused: those that work none any more; gone: (noun, id) of doors and the like.
    """

    rules_hash: str
    people_rev: int
    tzdata: str
    version: str
    cause: str = ""
    rewired: tuple[str, ...] = ()
    unused: tuple[Unused, ...] = ()
    gone: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CandidateReviewed:
    """A changed configuration was loaded and has no errors. mode: how it goes live; text: what it changes, in short.

    gains, losses: lines of the difference; a line is who, where and when. warnings: of the linter.
    """

    rules_hash: str
    mode: str
    gains: int
    losses: int
    warnings: int
    text: str


@dataclass(frozen=True, slots=True)
class CandidateRefused:
    """A changed configuration cannot go live. code: why; problems: the first of `count`."""

    rules_hash: str
    code: str
    problems: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class CandidateDropped:
    """The folder no longer holds what was proposed, and nothing else instead."""

    rules_hash: str


@dataclass(frozen=True, slots=True)
class ReloadEnded:
    """The answer to `EditSite`. body: JSON text."""

    request: str
    ok: bool
    code: str
    body: str


@dataclass(frozen=True, slots=True)
class ClockChanged:
    """The wall clock stepped by `by` us."""

    by: int


@dataclass(frozen=True, slots=True)
class ReleaseTimedOut:
    """A release waited its whole limit for the journal and was not given to the lock."""

    door: str


@dataclass(frozen=True, slots=True)
class RecordLagged:
    """Orders of events `first`..`last` were released before those were durable."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class JournalStateChanged:
    """level: `ok`, `spool` (second segment), `memory` (ring only)."""

    level: str


@dataclass(frozen=True, slots=True)
class JournalGapFound:
    """Events `first`..`last` were never durable and are gone from memory."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class RecoveryFaulted:
    """A record could not be folded at start: what it and later records name is unknown until somebody looked."""

    seq: int
    error: str


@dataclass(frozen=True, slots=True)
class SignalFaulted:
    """The step of a signal raised and was undone. kind: the signal's type; subject: its reader, point or device.

    request: the id of the request it was, or empty: somebody awaits its answer.
    """

    kind: str
    subject: str
    error: str
    request: str = ""


@dataclass(frozen=True, slots=True)
class PublishRefused:
    """The broker refused what we published to a topic."""

    topic: str


@dataclass(frozen=True, slots=True)
class DeadlineFaulted:
    """The step of a deadline raised; it is abandoned so that the rest goes on."""

    key: str
    error: str


Signal = (
    CardRead
    | CardPresented
    | PinEntered
    | PinChecked
    | PinIdentified
    | InputChanged
    | OutputReported
    | DeviceLost
    | LinkLost
    | LinkFound
    | DeviceFound
    | DeviceRestarted
    | DeviceInsecure
    | PanelReported
    | RequestReceived
    | PeopleEdited
    | CommandDone
    | CommandFailed
    | SignalsLost
    | DeadlineReached
    | GatewayBegan
    | GatewayEnding
    | SiteChanged
    | CandidateReviewed
    | CandidateRefused
    | CandidateDropped
    | ReloadEnded
    | ClockChanged
    | ReleaseTimedOut
    | RecordLagged
    | JournalStateChanged
    | JournalGapFound
    | RecoveryFaulted
    | SignalFaulted
    | PublishRefused
    | DeadlineFaulted
)
