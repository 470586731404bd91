"""What becomes of a read, for the record and at the reader: shown, answered, denied."""

from __future__ import annotations

from rules.alarm import momentary_alarm
from rules.asked import Request
from rules.credential import PIN_ALONE
from rules.lock import MOMENTARY_TTL
from rules.model.commands import Answer, ShowOutcome, Wait
from rules.model.events import AccessDenied
from rules.model.points import Outcome
from rules.model.reasons import Reason
from rules.model.signals import CardPresented
from rules.site import ReaderSite
from rules.turn import Turn

_STOLEN = frozenset({Reason.CREDENTIAL_LOST, Reason.CREDENTIAL_STOLEN})


def request_of(turn: Turn, place: ReaderSite, read: CardPresented) -> Request:
    """What is asked by a read at this place."""
    assert place.door is not None
    return Request(
        door=place.door,
        direction=place.direction,
        token=read.token,
        reader=place.policy.id,
        t=turn.t,
        utc=turn.stamp.utc,
        age=read.age,
        fault=read.fault,
        by="pin" if read.format == PIN_ALONE else "card",
        entropy=turn.stamp.entropy,
    )


def holder(turn: Turn, token: str | None) -> str | None:
    """Whose card it is."""
    credential = turn.site.people.credentials.get(token) if token else None
    return credential.person if credential else None


def deny(turn: Turn, request: Request, failed: tuple[Reason, ...], rule: str | None, read: CardPresented) -> None:
    """Say no. failed: the reason first, then what else speaks against it."""
    turn.emit(
        AccessDenied(
            door=request.door,
            reader=request.reader,
            direction=request.direction.value,
            person=holder(turn, request.token),
            token=request.token,
            tail=read.tail,
            reason=failed[0].value,
            also_failed=tuple(r.value for r in failed[1:]),
            rule=rule,
            rules_hash=turn.site.rules_hash,
            people_rev=turn.site.people.rev,
        )
    )
    tell(turn, read, Outcome.DENIED, Wait.BEST_EFFORT)
    alarm_stolen(turn, request, failed)


def alarm_stolen(turn: Turn, request: Request, failed: tuple[Reason, ...]) -> None:
    if not _STOLEN.isdisjoint(failed):
        momentary_alarm(turn, "stolen-card", request.door)


def tell(turn: Turn, read: CardPresented, outcome: Outcome, wait: Wait, release_for: int = 0) -> None:
    """Show the outcome at the reader, or answer the controller that asked. release_for: us, of a grant."""
    if read.read is None:
        show(turn, read.reader, outcome, wait)
        return
    body = f'{{"granted":{str(outcome is Outcome.GRANTED).lower()},"release_time":{release_for}}}'
    said = {Outcome.GRANTED: "granted", Outcome.WAIT: "pending"}.get(outcome, "denied")
    turn.order(Answer(read.read, True, said, body), wait, ttl=MOMENTARY_TTL, door=turn.site.readers[read.reader].door)


def show(turn: Turn, reader: str, outcome: Outcome, wait: Wait) -> None:
    """At a reader that the rules still know: somebody may have waited there since before the present ones."""
    place = turn.site.readers.get(reader)
    if place is not None:
        turn.order(ShowOutcome(reader, outcome), wait, ttl=MOMENTARY_TTL, door=place.door)
