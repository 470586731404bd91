"""A real journal file with grants in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from rules.model.events import AccessDenied, AccessGranted, Event
from rules.model.stamp import ClockState, Stamp
from rules.record import envelope, stream


@dataclass(frozen=True)
class Read:
    """A card at a reader. t: us; utc: us since 1970; denied: it was not let in."""

    utc: int
    token: str | None
    person: str | None
    door: str
    reader: str = ""
    t: int | None = None
    denied: bool = False

    def event(self) -> Event:
        reader = self.reader or f"{self.door}-in"
        if self.denied:
            return AccessDenied(
                door=self.door,
                reader=reader,
                direction="in",
                person=self.person,
                token=self.token,
                tail="00",
                reason="no_access_rights",
                also_failed=(),
                rule=None,
                rules_hash="00",
                people_rev=1,
            )
        return AccessGranted(
            door=self.door,
            reader=reader,
            direction="in",
            person=self.person,
            token=self.token,
            rule="staff",
            flags=(),
            pin=False,
            until=0,
            open_for=0,
            watched=False,
            area="",
            rules_hash="00",
            people_rev=1,
        )


async def journal(folder: Path, reads: Sequence[Read], *, renew: bool = False) -> Path:
    """Append these to the journal of a folder and close it; renew: in a new epoch."""
    async with Journal.open(folder, gateway="gw1", renew=renew) as opened:
        chain = Chain("gw1", opened.head)
        for read in reads:
            event, t = read.event(), read.utc if read.t is None else read.t
            body = envelope(event, Stamp(t, read.utc, ClockState.OK, "00" * 16), None)
            kind = type(event).__name__
            sealed = chain.seal(body, stream=stream(event), cls=event.CLASS, type=kind, t=t, utc=read.utc, first=False)
            opened.append([sealed])
    return folder / "journal.db"
