"""The people an offline question is asked about: of a directory, or of the CSV files of a configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from config.secrets import Secrets
from gateway.people.csv_people import Entry, Sheet, read_sheet
from gateway.people.directory import Directory
from rules.model.errors import ConfigError
from rules.people import Credential, People, Person


@dataclass(frozen=True, slots=True)
class Card:
    """format and tail: all that is known of its number."""

    token: str = field(repr=False)
    format: str
    tail: str


@dataclass(frozen=True, slots=True)
class Holder:
    """One person. key: of `People.persons`; id: in the directory, None for one of a file."""

    key: str = field(repr=False)
    id: str | None
    ref: str | None = field(repr=False)
    name: str = field(repr=False)
    cards: tuple[Card, ...]

    @property
    def shown(self) -> str:
        """The reference where there is one, else the id."""
        return self.ref or self.id or self.key


@dataclass(frozen=True, slots=True)
class Roster:
    """Everybody. knows_pins: it says who has a PIN on file; where it does not, people count as having one."""

    people: People
    holders: dict[str, Holder] = field(repr=False)
    where: str
    knows_pins: bool

    def find(self, who: str) -> Holder | None:
        return next((h for h in self.holders.values() if who in (h.id, h.ref)), None)

    def references(self) -> list[str]:
        return sorted(holder.shown for holder in self.holders.values())

    def card(self, start: str) -> str | None:
        """The token that begins so, where it is the only one."""
        found = [token for token in self.people.credentials if token.startswith(start)]
        return found[0] if len(found) == 1 else None


def from_directory(path: Path, secrets: Secrets) -> Roster:
    """Everybody of a directory; raises ConfigError where there is none or the peppers are of another."""
    with Directory.open(path, secrets.get("card-pepper"), secrets.get("pin-pepper"), create=False) as directory:
        people, records = directory.people(), directory.records()
    holders = {
        r.id: Holder(r.id, r.id, r.ref, r.name, tuple(Card(c.token, c.format, c.tail) for c in r.cards))
        for r in records
    }
    return Roster(people, holders, str(path), knows_pins=True)


def from_files(paths: Iterable[Path], folder: Path, pepper: bytes, zone: str) -> Roster:
    """Everybody of the CSV files, whose dates are the site's; raises ConfigError with every mistake in them."""
    sheets = {_named(path, folder): read_sheet(path, pepper, zone) for path in paths}
    mistakes = [*_mistakes(sheets), *_repeated(sheets)]
    if mistakes:
        raise ConfigError("\n".join(mistakes), code="csv_invalid")
    entries = [entry for sheet in sheets.values() for entry in sheet.entries]
    people = People.of(0, map(_person, entries), (c for entry in entries for c in _credentials(entry)))
    return Roster(people, {e.ref: _holder(e) for e in entries}, ", ".join(sheets), knows_pins=False)


def _named(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder) if path.is_relative_to(folder) else path)


def _mistakes(sheets: dict[str, Sheet]) -> Iterator[str]:
    for name, sheet in sheets.items():
        for problem in sheet.problems:
            column = f"{problem.column}: " if problem.column else ""
            yield f"{name}:{problem.line}: {column}{problem.message}"


def _repeated(sheets: dict[str, Sheet]) -> Iterator[str]:
    """People and cards that two files give."""
    seen: dict[str, str] = {}
    for name, sheet in sheets.items():
        for entry in sheet.entries:
            for line, what in ((entry.line, entry.ref), *((line, card.token) for line, card in entry.cards)):
                here = f"{name}:{line}"
                first = seen.setdefault(what, here)
                if first != here and first.rpartition(":")[0] != name:
                    column = "person" if what == entry.ref else "number"
                    yield f"{here}: {column}: is in {first} already"


def _person(entry: Entry) -> Person:
    new = entry.person
    return Person(
        id=entry.ref,
        groups=new.groups,
        attributes=new.attributes,
        begins=new.begins,
        ends=new.ends,
        has_pin=True,
        extended=new.extended,
    )


def _credentials(entry: Entry) -> Iterator[Credential]:
    return (Credential(card.token, entry.ref) for _, card in entry.cards)


def _holder(entry: Entry) -> Holder:
    cards = tuple(Card(card.token, card.format, card.tail) for _, card in entry.cards)
    return Holder(entry.ref, None, entry.ref, entry.person.name, cards)
