"""One decision on a site of a few rules: a door each into lobby, lab and vault, staff, and a card for each person."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from rules.access import _decide_fully, decide
from rules.asked import Request
from rules.compile import compile_site
from rules.decision import Decision
from rules.people import Credential, People, Person
from rules.policy import DoorPolicy
from rules.site import Site
from rules.state import DoorRecord, PlaceRecord, State, Waiting, WaitRecord
from tests.rules.builder import MONDAY, S, circuit, door, policy
from tests.rules.reference.case import Case
from tests.rules.reference.verdict import verdict
from tests.rules.wording import access, area, ways, who

T = 5_000 * S
DOORS = {
    "front": ("outside", "lobby"),
    "lab": ("lobby", "lab"),
    "vault": ("lab", "vault"),
    "back": ("outside", "vault"),
}
ALL = tuple(f"{id}:{way}" for id in DOORS for way in ("in", "out"))
STAFF = access("staff", who("staff"), *ALL)


def _door(id: str, between: tuple[str, str]) -> DoorPolicy:
    contact = circuit(f"io.{id}")
    return door(id, between=between, readers_in=(f"{id}-in",), readers_out=(f"{id}-out",), contacts=(contact,))


@dataclass
class Trial:
    """A site, a state and its people; `ask` decides by both paths and by the reference, which all have to agree."""

    policy: dict[str, Any] = field(default_factory=dict)
    persons: tuple[Person, ...] = (Person("ann", frozenset({"staff"})),)
    cards: tuple[Credential, ...] = ()
    state: State = field(default_factory=State)
    utc: int = MONDAY

    def __post_init__(self) -> None:
        areas = {id: area(id) for id in ("outside", "lobby", "lab", "vault")}
        doors = tuple(_door(id, between) for id, between in DOORS.items())
        areas |= self.policy.get("areas", {})
        plain: dict[str, Any] = {"access": (STAFF,), "minimum": (), "deny": (), "zones": (), "fire": {}}
        self.written = policy(**{**plain, "doors": doors, **self.policy, "areas": areas})
        self.cards = (*(Credential(f"c-{p.id}", p.id) for p in self.persons), *self.cards)
        for id in DOORS:
            if self.state.doors.get(id) is None:
                self.state.doors.put(id, DoorRecord("closed"))

    @property
    def site(self) -> Site:
        return compile_site(self.written, People.of(1, self.persons, self.cards), "h")

    def at(self, person: str, place: str, ago: int = 60 * S) -> Trial:
        """Somebody was last seen to enter an area so long ago."""
        self.state.places.put(person, PlaceRecord(place, T - ago, self.utc - ago))
        return self

    def waits(self, person: str, need: str, *groups: str, way: str = "lab:in", rule: str | None = None) -> Trial:
        """Somebody waits there already."""
        reader = way.replace(":", "-")
        new = Waiting(person, f"c-{person}", reader, rule, need, groups, T + 10 * S)
        self.state.waits.put(way, WaitRecord((*self.state.waiting(way), new)))
        return self

    def ask(self, person: str | None = "ann", way: str = "lab:in", **changes: Any) -> Decision:
        ((door_id, direction),) = ways(way)
        token = f"c-{person}" if person is not None else None
        plain = Request(door_id, direction, token, f"{door_id}-{direction.value}", T, self.utc, entropy="00")
        return self.decided(replace(plain, **changes))

    def decided(self, request: Request) -> Decision:
        found = decide(self.site, self.state, request)
        full = _decide_fully(self.site, self.state, request)
        expected = verdict(Case(self.written, list(self.persons), list(self.cards), self.state, request))
        assert [r.value for r in found.failed] == [r.value for r in full.failed] == expected.failed
        assert [r.value for r in found.flags] == [r.value for r in full.flags] == expected.flags
        return found

    def says(self, person: str | None = "ann", way: str = "lab:in", **changes: Any) -> str:
        """The reason alone."""
        return self.ask(person, way, **changes).reason.value
