"""The directory of people: who holds which card, kept in SQLite or PostgreSQL, every change attributed and logged.

All methods block: the daemon calls them from threads (`watch.follow`, `pins.PinService`, `requests.apply`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import func, select, update

from gateway.people import alone, cards, changes, load, peppers, persons, pin_hash, records, tables
from gateway.people.cards import Card
from gateway.people.changes import Change, Log
from gateway.people.collector import collector_off
from gateway.people.compare import make_plan
from gateway.people.csv_people import read_sheet
from gateway.people.csv_rows import Progress, no_progress
from gateway.people.persons import NewPerson
from gateway.people.plan import USUAL, ImportPlan, Terms
from gateway.people.records import PersonRecord
from gateway.people.store import Store
from gateway.people.sync import apply_steps
from rules.credential import pin_token
from rules.model.errors import Refused
from rules.model.secret import Secret
from rules.people import CredentialStatus, People


def _utc() -> int:
    return time.time_ns() // 1000


class Directory:
    """An open directory. `who` is a person's id or external reference; `card` a token or its first 8+ digits."""

    def __init__(self, store: Store, pepper: bytes, pin_pepper: bytes, now: Callable[[], int]) -> None:
        self.store = store
        self._pepper = pepper
        self._pin_pepper = pin_pepper
        self.now = now

    @classmethod
    def open(
        cls,
        where: Path | str,
        pepper: Secret,
        pin_pepper: Secret,
        *,
        create: bool = True,
        now: Callable[[], int] = _utc,
    ) -> Self:
        """A SQLite file or database URL; ConfigError for a wrong pepper or a newer schema, Unreachable otherwise."""
        keys = {
            "card-pepper": peppers.key(pepper, "card-pepper"),
            "pin-pepper": peppers.key(pin_pepper, "pin-pepper"),
        }
        store = Store.open(where, create=create)
        store.claim(keys)
        return cls(store, keys["card-pepper"], keys["pin-pepper"], now)

    def close(self) -> None:
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # What decisions read

    def people(self) -> People:
        """Everybody as values, at the present revision."""
        with self.store.reading() as conn:
            return load.whole(conn)

    def ids_of(self, names: Iterable[str]) -> dict[str, str]:
        """Reference -> id, of those of the names that are references of somebody."""
        p, wanted = tables.person.c, sorted(names)
        if not wanted:
            return {}
        with self.store.reading() as conn:
            return {row.ref: row.id for row in conn.execute(select(p.ref, p.id).where(p.ref.in_(wanted)))}

    def rev(self) -> int:
        with self.store.reading() as conn:
            return changes.head(conn)

    def changes_since(self, rev: int) -> list[Change]:
        """The change log after `rev`, in order."""
        with self.store.reading() as conn:
            return changes.since(conn, rev)

    def changes_of(self, person: str) -> list[Change]:
        """The change log of one person id, in order."""
        with self.store.reading() as conn:
            return changes.of(conn, person)

    # What the desk reads

    def records(self) -> list[PersonRecord]:
        """Everybody with cards, by name."""
        with self.store.reading() as conn:
            return records.people(conn)

    def record(self, who: str) -> PersonRecord:
        with self.store.reading() as conn:
            return records.person(conn, persons.find(conn, who))

    # Edits: each is one transaction; the actor stands in the log

    @contextmanager
    def editing(self, actor: str, *, rev: int | None = None) -> Iterator[Log]:
        """One transaction of changes by `actor`; Refused `directory_changed` unless it is at revision `rev`."""
        if not actor.isprintable() or not 0 < len(actor) <= 80:
            raise Refused("a change needs its actor, 1 to 80 printable characters", code="bad_actor")
        with self.store.writing() as conn:
            if rev is not None and changes.head(conn) != rev:
                raise Refused("the directory was changed meanwhile: look again", code="directory_changed")
            log = Log(conn, actor, self.now())
            yield log
            log.write()

    def add(self, actor: str, new: NewPerson) -> str:
        """Add somebody; returns the new id."""
        with self.editing(actor) as log:
            return persons.add(log, new)

    def block(self, actor: str, who: str) -> str:
        """Deny somebody everything, before the next badge; returns the id."""
        with self.editing(actor) as log:
            return persons.block(log, who)

    def unblock(self, actor: str, who: str) -> str:
        with self.editing(actor) as log:
            return persons.unblock(log, who)

    def remove(self, actor: str, who: str) -> str:
        """Erase somebody; the cards stay known, unassigned."""
        with self.editing(actor) as log:
            return persons.remove(log, who)

    def card(self, format: str, facility: int | None, number: int) -> Card:
        """The card of this number; ConfigError `bad_card`, which never quotes it."""
        return cards.card(self._pepper, format, facility, number)

    def assign(self, actor: str, who: str, format: str, facility: int | None, number: int) -> str:
        """Give a card to somebody; returns its token. Raises Refused `card_taken` when it is given already."""
        card = self.card(format, facility, number)
        with self.editing(actor) as log:
            cards.assign(log, persons.find(log.conn, who).id, card)
        return card.token

    def unassign(self, actor: str, card: str) -> str:
        """Take a card back; returns its token."""
        with self.editing(actor) as log:
            return cards.unassign(log, card)

    def set_card_status(self, actor: str, card: str, status: CredentialStatus) -> str:
        """active, disabled, lost or stolen; returns the token."""
        with self.editing(actor) as log:
            return cards.set_status(log, card, status)

    # The file of the personnel office

    def plan(
        self, path: Path, *, zone: str = "UTC", terms: Terms = USUAL, progress: Progress = no_progress
    ) -> ImportPlan:
        """What making the people managed by CSV those of the file would change, or what is wrong with the file.

        zone: of dates without one. Nothing is changed.
        """
        with collector_off():
            sheet = read_sheet(path, self._pepper, zone, progress)
            with self.store.reading() as conn:
                return make_plan(conn, sheet, terms, self.now(), progress)

    def carry_out(self, plan: ImportPlan, *, actor: str, progress: Progress = no_progress) -> ImportPlan:
        """Do a plan, exactly and whole. Refused `directory_changed` where the directory is another by now; a plan
        that has mistakes or cuts off too many is refused as well."""
        if plan.refused or plan.excess:
            raise Refused(plan.excess or "the file has mistakes", code="plan_refused")
        with collector_off(), self.editing(actor, rev=plan.rev) as log:
            return apply_steps(log, plan, progress)

    def import_csv(self, path: Path, *, actor: str, zone: str = "UTC", terms: Terms = USUAL) -> ImportPlan:
        """Plan and carry out at once; a plan that is refused comes back with `applied` False."""
        plan = self.plan(path, zone=zone, terms=terms)
        return plan if plan.refused or plan.excess else self.carry_out(plan, actor=actor)

    # PINs

    def set_pin(self, actor: str, who: str, pin: Secret, *, duress: bool = False) -> str | None:
        """Set a PIN, or the one that also raises the silent alarm. Returns a warning, or None."""
        pin_hash.check_new(pin)
        with self.store.reading() as conn:
            row = persons.find(conn, who)
        if duress and row.pin is None:
            raise Refused("a duress PIN needs an ordinary one first", code="no_pin")
        if pin_hash.matches(self._pin_pepper, row.id, pin, row.pin if duress else row.duress):
            raise Refused("the PIN and the duress PIN must differ", code="same_pin")
        column = "duress" if duress else "pin"
        kept = pin_hash.hashed(self._pin_pepper, row.id, pin)
        with self.editing(actor) as log:
            ident = persons.find(log.conn, row.id).id
            log.conn.execute(update(tables.person).where(tables.person.c.id == ident).values({column: kept}))
            log.note("pin_set", ident)
        with self.store.reading() as conn:
            allocated = conn.execute(select(func.count(tables.person.c.pin) + func.count(tables.person.c.duress)))
            return pin_hash.warning(len(pin.reveal), allocated.scalar_one())

    def set_pin_alone(self, actor: str, who: str, pin: Secret, *, duress: bool = False) -> str | None:
        """Set the PIN that is a credential by itself, where a door takes one, or its duress PIN. Returns a warning,
        or None; Refused `pin_taken` for what is anybody's already, as either."""
        pin_hash.check_new(pin)
        set_ = alone.give_duress if duress else alone.give
        with self.editing(actor) as log:
            set_(log, persons.find(log.conn, who).id, self.pin_token(pin))
            allocated = alone.allocated(log.conn)
        return pin_hash.warning(len(pin.reveal), allocated)

    def clear_pin_alone(self, actor: str, who: str) -> None:
        """Take away the PIN that is a credential by itself, and its duress PIN."""
        with self.editing(actor) as log:
            alone.take(log, persons.find(log.conn, who).id)

    def identify_pin(self, pin: Secret) -> tuple[str, bool]:
        """The token that a PIN opens by where it is a credential by itself; True: as its duress PIN."""
        token = self.pin_token(pin)
        with self.store.reading() as conn:
            return alone.identify(conn, token)

    def pin_token(self, pin: Secret) -> str:
        """What a PIN that is a credential by itself is known by; of no use without the pepper."""
        return pin_token(self._pin_pepper, pin.reveal)

    def clear_pin(self, actor: str, who: str) -> None:
        """Take away the PIN and the duress PIN that go with a card."""
        with self.editing(actor) as log:
            ident = persons.find(log.conn, who).id
            column = tables.person.c.id
            log.conn.execute(update(tables.person).where(column == ident).values(pin=None, duress=None))
            log.note("pin_removed", ident)

    def check_pin(self, person: str | None, pin: Secret) -> str:
        """`ok`, `duress` or `wrong`; one look-up and two hashes, whatever the outcome."""
        ident = person or ""
        p = tables.person.c
        with self.store.reading() as conn:
            row = conn.execute(select(p.pin, p.duress).where(p.id == ident)).one_or_none()
        kept, kept_duress = (row.pin, row.duress) if row else (None, None)
        ordinary = pin_hash.matches(self._pin_pepper, ident, pin, kept)
        duress = pin_hash.matches(self._pin_pepper, ident, pin, kept_duress)
        return {(False, False): "wrong", (True, False): "ok"}.get((ordinary, duress), "duress")
