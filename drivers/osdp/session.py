"""One reader's session without I/O: what to send next and when, what is owed, how a session ends.

What each state sends and what each reply means is in `table`; the line owns the clock and the wire.
"""

from __future__ import annotations

from collections import deque

from drivers.osdp import codec, table
from drivers.osdp.conversation import Conversation, Heard, Kind
from drivers.osdp.handshake import Handshake
from drivers.osdp.health import Counters, Timing
from drivers.osdp.jobs import Job, Jobs
from drivers.osdp.keypad import Keypad
from drivers.osdp.payload import Identity
from drivers.osdp.standing import Standing
from drivers.osdp.table import State
from rules.model.errors import ProtocolError

REPEATS = 3  # of identical bytes
BUSY_LIMIT = 40
FORGED_LIMIT = 5  # a minute
JOB_TRIES = 2
# how much of `Timing.probe` to wait after each session lost in a row, and after each look for an absent reader
SETBACKS = (0.0, 0.1, 0.5, 1.0)
LOOKS = (0.2, 0.4, 0.8, 1.0)


class Session:
    """Asked by the line: `due`, `begin` (a frame), then `hear` packets until True, or `silence`."""

    def __init__(
        self,
        device: str,
        address: int,
        key: bytes | None,
        timing: Timing,
        *,
        keypad: bool = False,
        install: bool = False,
    ) -> None:
        self.device = device
        self.key = key
        self.timing = timing
        self.counts = Counters()
        self.standing = Standing(device, timing, self.counts)
        self.jobs = Jobs(device)
        self.conversation = Conversation(address)
        self.keypad = Keypad() if keypad else None
        self.state = State.ABSENT
        self.identity: Identity | None = None
        self.handshake: Handshake | None = None
        self.job: Job | None = None
        self.use_default = False  # install mode: the next handshake is with SCBK-D
        self.announce = False  # the gateway must be told of this session
        self.unprompted = False  # the reader itself said it has no session, on a quiet line
        self.troubled = False  # the line failed since the last good reply
        self.setbacks = 0
        self.missed = 0  # looks for an absent reader, without answer
        self.held_until = 0.0
        self.due_at = self.began = 0.0
        self._install, self._install_until = install, 0.0
        self._frame = b""
        self._repeats = self._busy = 0
        self._forged: deque[float] = deque()

    def open(self, now: float) -> None:
        """The line was opened."""
        self._install_until = self._install_until or now + self.timing.install
        self.missed = self.setbacks = 0
        self.announce = self.unprompted = False
        self.held_until = 0.0
        self.leave(now)
        self.standing.begin(now)

    def close(self, message: str, code: str) -> None:
        """Fail every command."""
        job, self.job = self.job, None
        if job is not None:
            job.fail(self.device, message, code)
        self.jobs.fail_all(message, code)

    @property
    def address(self) -> int:
        return self.conversation.address

    @property
    def window(self) -> float:
        """How long to wait for a reply: the whole limit once, then what this reader usually takes, with a margin.

        A reader that went silent must not hold up its neighbours; an absent one gets the whole limit in one look of
        sixteen.
        """
        doubtful = self.missed % 16 != 15 if self.state is State.ABSENT else self._repeats > 0
        usual = max(self.timing.probe_reply, 2 * self.counts.latency_max_us / 1_000_000)
        return min(usual, self.timing.reply) if doubtful else self.timing.reply

    @property
    def probing(self) -> bool:
        """True for a look for a reader that did not answer the last one."""
        return self.state is State.ABSENT and self.missed > 0

    def due(self) -> tuple[int, float]:
        """(class, time) of the next wish: 0 outputs, 1 feedback, 2 everything else. Lower goes first."""
        if self.state is not State.ONLINE or self._frame:
            return 2, self.due_at
        job = self.jobs.first()
        if job is not None:
            return (0 if job.urgent else 1), job.since
        return 2, max(self.due_at, self.held_until)

    def begin(self, now: float) -> bytes:
        """The frame to send: the last one again where its reply is owed, else a new one."""
        if self.job is not None and self.job.cancelled:
            self.lose(now)
        if not self._frame:
            self._repeats = self._busy = 0
            self._frame = table.SENDS[self.state](self)
        self.began = now
        return self._frame

    def hear(self, packet: codec.Packet, now: float) -> bool:
        """True when the command's reply was heard (whatever it means); False to go on listening."""
        heard = self.conversation.hear(packet)
        match heard.kind:
            case Kind.ECHO:
                self.counts.echoes += 1
                return False
            case Kind.STRAY:
                self.counts.strays += 1
                return False
            case Kind.BUSY:
                return self._heard_busy(now)
            case Kind.PLAIN:
                return self._heard_plain(now)
            case Kind.FORGED:
                return self._heard_forged(now)
            case Kind.REPLY:
                return self._heard_reply(heard, now)

    def silence(self, now: float, *, garbled: bool) -> None:
        """No reply, or none that could be read."""
        self.troubled = True
        self.counts.timeouts += not garbled
        if self.state is State.ABSENT:
            self.due_at = now + self.timing.probe * LOOKS[min(self.missed, len(LOOKS) - 1)]
            self.missed += 1
            self._frame = b""
        elif self._repeats < REPEATS:
            self._repeats += 1
            self.due_at = now
        else:
            self.lose(now)

    def tick(self, now: float) -> None:
        """Notice that the reader is lost."""
        if self.standing.tick(now):
            self.close("the reader is silent", "offline")

    def lose(self, now: float) -> None:
        """The session is gone, the gateway need not know yet; a command under way is tried once more."""
        job, self.job = self.job, None
        pause = SETBACKS[min(self.setbacks, len(SETBACKS) - 1)] * self.timing.probe
        self.setbacks += 1
        self.leave(now + pause)
        if job is None or job.cancelled:
            return
        if job.tries < JOB_TRIES:
            self.jobs.put_back(job)
        else:
            job.fail(self.device, "the reader did not confirm it", "unconfirmed")

    def deny(self, cause: str, now: float) -> None:
        """The key was not proved: in install mode try the default key once, else refuse the reader."""
        if self._install and not self.use_default and now < self._install_until:
            self.use_default = True
            self.leave(now)
        else:
            self.use_default = False
            self.refuse(cause, now, self.timing.retry)

    def refuse(self, cause: str, now: float, pause: float) -> None:
        """Take the reader off, with an alarm; it is looked at again after `pause`."""
        self.close(f"the reader {cause}", "insecure")
        self.leave(now + pause)
        self.standing.insecure(cause)

    def leave(self, due: float) -> None:
        """Forget the session; look for the reader at `due`."""
        self.conversation.restart()
        self.handshake = None
        self.state, self.due_at, self._frame = State.ABSENT, due, b""
        if self.keypad is not None:
            self.keypad.clear()

    def _heard_busy(self, now: float) -> bool:
        self.standing.heard(now)
        self.counts.busy += 1
        self._busy += 1
        if self._busy > BUSY_LIMIT:
            self.lose(now)
        else:
            self.due_at = now + self.timing.busy
        return True

    def _heard_plain(self, now: float) -> bool:
        self.standing.heard(now)
        self.counts.plain += 1
        self.refuse("answered in plain text", now, self.timing.retry)
        return True

    def _heard_forged(self, now: float) -> bool:
        """One may be an accident and the true reply still come; many are an attack."""
        self.standing.heard(now)
        self.counts.bad_macs += 1
        self._forged.append(now)
        while self._forged[0] < now - 60:
            self._forged.popleft()
        if len(self._forged) <= FORGED_LIMIT:
            return False
        self._forged.clear()
        self.refuse("sent frames with wrong MACs", now, self.timing.quarantine)
        return True

    def _heard_reply(self, heard: Heard, now: float) -> bool:
        self.standing.heard(now)
        self.counts.answered(now - self.began)
        self.troubled = self.troubled or self._repeats > 0
        self._frame, self.due_at = b"", now
        try:
            table.meaning(self.state, heard)(self, heard, now)
        except ProtocolError:
            self.counts.unexpected += 1
            if self.state is State.ONLINE:
                table.confirmed(self, heard, now)
            else:
                self.lose(now)
        return True
