"""Commands: what devices and services are told to do. Imperative, frozen; an `Order` says when and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.model.points import Outcome
from rules.model.secret import Secret


@dataclass(frozen=True, slots=True)
class PulseOutput:
    """Drive an output to `on` for `duration` us, then back to its level. Momentary: late is never.

    The device ends the pulse by itself where it can; a new pulse extends, a `SetOutput` ends it.
    """

    output: str
    on: bool
    duration: int


@dataclass(frozen=True, slots=True)
class SetOutput:
    """Set an output's level. The latest wins; repeated until read back."""

    output: str
    on: bool


@dataclass(frozen=True, slots=True)
class ShowOutcome:
    """Show a class of outcome at a reader (LED, buzzer, text). Momentary."""

    reader: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class VerifyPin:
    """Check a PIN; the answer comes as `PinChecked(reader, attempt)`. person None: a dummy check, same time."""

    reader: str
    attempt: int
    person: str | None
    pin: Secret


@dataclass(frozen=True, slots=True)
class IdentifyPin:
    """Say whose credential a PIN is by itself; the answer comes as `PinIdentified(reader, attempt)`."""

    reader: str
    attempt: int
    pin: Secret


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer a request on the bus. code: stable word, `ok` or why not; body: JSON text."""

    request: str
    ok: bool
    code: str
    body: str = "{}"


@dataclass(frozen=True, slots=True)
class EditPeople:
    """Carry out a change of the directory that a signed request asked for; it comes back as a Site change."""

    request: str
    operator: str
    verb: str
    args: str


@dataclass(frozen=True, slots=True)
class EditSite:
    """Do with rule sets what a signed request asked for: `reload`, `rollback`, `pending` or `check`.

    rules_hash: of the set meant, empty for the last two. The answer comes as `ReloadEnded`.
    """

    request: str
    operator: str
    act: str
    rules_hash: str


@dataclass(frozen=True, slots=True)
class ReplayStream:
    """Send the events of an audience stream from `n` on to the asker, then answer the request."""

    request: str
    stream: str
    after: int
    limit: int


Command = (
    PulseOutput | SetOutput | ShowOutcome | VerifyPin | IdentifyPin | Answer | EditPeople | EditSite | ReplayStream
)


class Wait(StrEnum):
    """How long a command may wait for its events to be durable."""

    NONE = "none"  # locking, fire release, exit: never
    BEST_EFFORT = "best_effort"  # goes ahead after 25 ms
    REQUIRED = "required"  # withheld after 500 ms
    ALWAYS = "always"  # answers and services: given up after 3 s, and answered `not_recorded`


@dataclass(frozen=True, slots=True)
class Order:
    """A command with its terms. ttl: us from its step until it is worthless, or None for a level."""

    command: Command
    wait: Wait
    ttl: int | None = None
    door: str | None = None


def target(command: Command) -> str:
    """The device, point or service a command is for: the part before the first dot names the device."""
    match command:
        case PulseOutput() | SetOutput():
            return command.output
        case ShowOutcome():
            return command.reader
        case VerifyPin() | IdentifyPin():
            return "pin"
        case Answer() | ReplayStream():
            return "bus"
        case EditPeople():
            return "people"
        case EditSite():
            return "reload"
