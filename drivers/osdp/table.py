"""The state table of a reader's session: what each state sends, what each reply means in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from drivers.osdp import payload
from drivers.osdp.conversation import Heard
from drivers.osdp.handshake import Handshake, Refusal
from drivers.osdp.payload import Nak, Reply
from rules.model.errors import ProtocolError
from rules.model.secret import CardBits
from rules.model.signals import CardRead, OutputReported, PinEntered

if TYPE_CHECKING:
    from drivers.osdp.session import Session


class State(StrEnum):
    ABSENT = "absent"  # no session: ask who is there, in clear
    CHALLENGE = "challenge"
    PROOF = "proof"
    REKEY = "rekey"  # install mode: SCBK-D is up, give the reader its own key
    IDENTIFY = "identify"  # ask again who is there, now inside the session
    STATUS = "status"
    OUTPUTS = "outputs"
    ONLINE = "online"


RESYNC = frozenset({Nak.SEQUENCE, Nak.NO_SECURE_CHANNEL, Nak.SECURE_CHANNEL_REQUIRED})
UNREADABLE = frozenset({Nak.CHECK, Nak.LENGTH, Nak.SEQUENCE})


# what is sent


def ask_presence(session: Session) -> bytes:
    session.conversation.restart()
    return session.conversation.say(payload.ID)


def ask_identity(session: Session) -> bytes:
    return session.conversation.say(payload.ID)


def ask_challenge(session: Session) -> bytes:
    assert session.key is not None
    session.counts.sc_starts += 1
    session.handshake = Handshake(session.key, default=session.use_default)
    return session.conversation.say(*session.handshake.challenge())


def ask_proof(session: Session) -> bytes:
    assert session.handshake is not None
    return session.conversation.say(*session.handshake.proof())


def ask_rekey(session: Session) -> bytes:
    assert session.key is not None
    return session.conversation.say(payload.keyset(session.key))


def ask_status(session: Session) -> bytes:
    return session.conversation.say(payload.LSTAT)


def ask_outputs(session: Session) -> bytes:
    return session.conversation.say(payload.OSTAT)


def ask_next(session: Session) -> bytes:
    session.job = session.jobs.take()
    if session.job is None:
        session.counts.polls += 1
        return session.conversation.say(payload.POLL)
    session.counts.commands += 1
    session.job.tries += 1
    return session.conversation.say(session.job.body)


# what replies mean


def present(session: Session, heard: Heard, now: float) -> None:
    session.missed = 0
    if session.key is not None:
        session.state = State.CHALLENGE
    else:
        identified(session, heard, now)


def present_but_refused(session: Session, heard: Heard, now: float) -> None:
    """Some readers refuse even their identity in clear."""
    session.counts.naks += 1
    if session.key is None:
        session.refuse("refuses plain text", now, session.timing.retry)
    else:
        present(session, heard, now)


def challenged(session: Session, heard: Heard, now: float) -> None:
    assert session.handshake is not None
    try:
        session.handshake.challenged(heard)
        session.state = State.PROOF
    except Refusal as refusal:
        session.deny(refusal.cause, now)


def proved(session: Session, heard: Heard, now: float) -> None:
    assert session.handshake is not None
    try:
        session.conversation.channel = session.handshake.proved(heard)
        session.state = State.REKEY if session.handshake.default else State.IDENTIFY
    except Refusal as refusal:
        session.deny(refusal.cause, now)


def no_channel(session: Session, heard: Heard, now: float) -> None:
    session.counts.naks += 1
    if payload.nak_code(heard.body) in UNREADABLE:
        session.lose(now)
    else:
        session.deny("refuses the secure channel", now)


def rekey_refused(session: Session, heard: Heard, now: float) -> None:
    """It may have taken the key and only its ACK was lost: then it has no session, and knows the key."""
    if payload.nak_code(heard.body) in RESYNC:
        session.counts.naks += 1
        session.use_default = False
        session.lose(now)
    else:
        no_channel(session, heard, now)


def rekeyed(session: Session, heard: Heard, now: float) -> None:
    session.use_default = False
    session.leave(now)


def identified(session: Session, heard: Heard, now: float) -> None:
    identity = payload.identity(heard.body)
    if session.identity not in (None, identity):
        return session.refuse("identity changed", now, session.timing.retry)
    session.identity = identity
    session.announce = session.standing.returning(session.unprompted, now) or session.announce
    session.unprompted = False
    session.standing.good(now)
    session.state = State.STATUS
    return None


def status(session: Session, heard: Heard, now: float) -> None:
    sensed(session, heard, now)
    session.state = State.OUTPUTS


def no_status(session: Session, heard: Heard, now: float) -> None:
    if still_up(session, heard, now):
        session.state = State.OUTPUTS


def outputs(session: Session, heard: Heard, now: float) -> None:
    output_reported(session, heard, now)
    up(session)


def no_outputs(session: Session, heard: Heard, now: float) -> None:
    if still_up(session, heard, now):
        up(session)


def up(session: Session) -> None:
    session.state = State.ONLINE
    if session.announce:
        session.standing.returned()
    session.announce = False


def confirmed(session: Session, heard: Heard, now: float) -> None:
    """Any reply in its session but NAK confirms the command; an idle reader is polled again in due time."""
    session.standing.good(now)
    session.troubled = False
    if session.state is State.ONLINE:
        session.setbacks = 0
    if session.job is not None:
        session.job.confirm()
        session.job = None
    elif heard.body[0] == Reply.ACK:
        session.due_at = session.began + session.timing.poll


def refused(session: Session, heard: Heard, now: float) -> None:
    if not still_up(session, heard, now):
        return
    if session.job is not None:
        session.job.fail(session.device, "the reader refused it", "nak", f"NAK {payload.nak_code(heard.body)}")
        session.job = None
    session.due_at = session.began + session.timing.poll


def still_up(session: Session, heard: Heard, now: float) -> bool:
    """False where the NAK says that there is no session: it is lost."""
    session.counts.naks += 1
    if payload.nak_code(heard.body) in RESYNC:
        session.unprompted = session.unprompted or not session.troubled
        session.lose(now)
        return False
    session.standing.good(now)
    return True


def card(session: Session, heard: Heard, now: float) -> None:
    read(session, payload.raw_card(heard.body), heard, now)


def formatted_card(session: Session, heard: Heard, now: float) -> None:
    read(session, payload.formatted_card(heard.body), heard, now)


def read(session: Session, bits: CardBits, heard: Heard, now: float) -> None:
    session.counts.cards += 1
    session.standing.say(CardRead(session.device, bits))
    confirmed(session, heard, now)


def keyed(session: Session, heard: Heard, now: float) -> None:
    for pin in session.keypad.press(payload.keys(heard.body), now) if session.keypad else ():
        session.standing.say(PinEntered(session.device, pin))
    confirmed(session, heard, now)


def sensed(session: Session, heard: Heard, now: float) -> None:
    session.standing.sense(*payload.local_status(heard.body))
    confirmed(session, heard, now)


def output_reported(session: Session, heard: Heard, now: float) -> None:
    session.standing.say(OutputReported(f"{session.device}.out1", payload.first_output(heard.body)))
    confirmed(session, heard, now)


Meaning = Callable[["Session", Heard, float], None]

SENDS: Mapping[State, Callable[[Session], bytes]] = {
    State.ABSENT: ask_presence,
    State.CHALLENGE: ask_challenge,
    State.PROOF: ask_proof,
    State.REKEY: ask_rekey,
    State.IDENTIFY: ask_identity,
    State.STATUS: ask_status,
    State.OUTPUTS: ask_outputs,
    State.ONLINE: ask_next,
}
TABLE: Mapping[tuple[State, int], Meaning] = {
    (State.ABSENT, Reply.PDID): present,
    (State.ABSENT, Reply.NAK): present_but_refused,
    (State.CHALLENGE, Reply.CCRYPT): challenged,
    (State.CHALLENGE, Reply.NAK): no_channel,
    (State.PROOF, Reply.RMAC_I): proved,
    (State.PROOF, Reply.NAK): no_channel,
    (State.REKEY, Reply.ACK): rekeyed,
    (State.REKEY, Reply.NAK): rekey_refused,
    (State.IDENTIFY, Reply.PDID): identified,
    (State.STATUS, Reply.LSTATR): status,
    (State.STATUS, Reply.NAK): no_status,
    (State.OUTPUTS, Reply.OSTATR): outputs,
    (State.OUTPUTS, Reply.NAK): no_outputs,
    (State.ONLINE, Reply.ACK): confirmed,
    (State.ONLINE, Reply.NAK): refused,
    (State.ONLINE, Reply.RAW): card,
    (State.ONLINE, Reply.FMT): formatted_card,
    (State.ONLINE, Reply.KEYPAD): keyed,
    (State.ONLINE, Reply.LSTATR): sensed,
    (State.ONLINE, Reply.OSTATR): output_reported,
}


def meaning(state: State, heard: Heard) -> Meaning:
    """Raises ProtocolError for a reply that has no place in `state`."""
    found = TABLE.get((state, heard.body[0]))
    if found is None:
        raise ProtocolError("a reply that has no place here", code="unexpected", got=f"{heard.body[0]:02X} in {state}")
    return found
