"""Cards and PINs."""

from __future__ import annotations

from dataclasses import dataclass

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
    """The PIN service's answer to `IdentifyPin`. token: keyed hash, hex, or None where it could not say.

    duress: it was a duress PIN; the token is then that of the ordinary PIN it stands for.
    """

    reader: str
    attempt: int
    token: str | None
    duress: bool = False
