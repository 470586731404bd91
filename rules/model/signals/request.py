"""What operators and controllers ask, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from rules.model.signals.reader import CardPresented


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
