"""One request with all that it is decided from, and the plainest looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from rules.asked import Request
from rules.people import Credential, Person
from rules.policy import AreaPolicy, Direction, DoorPolicy, Policy
from rules.state import State

HIGHEST_FIRST = [
    ("fire", "release"),
    ("emergency_release", "pressed"),
    ("locked_down", "lock"),
    ("locked_open", "unlock"),
    ("blocked", "lock"),
    ("operator", "unlock"),
    ("operator", "lock"),
    ("schedule", "unlock"),
]


@dataclass(frozen=True)
class Case:
    policy: Policy
    persons: list[Person]
    cards: list[Credential]
    state: State
    request: Request

    @property
    def now(self) -> int:
        return self.request.utc

    @property
    def door(self) -> DoorPolicy:
        return self.policy.doors[self.request.door]

    @property
    def far(self) -> AreaPolicy:
        """Where the way leads."""
        return self.policy.areas[self.door.between[1 if self.request.direction is Direction.IN else 0]]

    @property
    def near(self) -> AreaPolicy:
        return self.policy.areas[self.door.between[0 if self.request.direction is Direction.IN else 1]]

    @property
    def card(self) -> Credential | None:
        return next((c for c in self.cards if c.token == self.request.token), None)

    @property
    def person(self) -> Person | None:
        return self.find(self.card.person if self.card else None)

    def find(self, id: str | None) -> Person | None:
        return next((p for p in self.persons if p.id == id), None)

    def where(self, person: str | None) -> str | None:
        """The area a person was last seen to enter."""
        place = self.state.places.get(person) if person else None
        return place.area if place else None

    def covers(self, doors: tuple[tuple[str, Direction], ...]) -> bool:
        """Whether the way of the request is among those of a rule."""
        return (self.request.door, self.request.direction) in doors


def mode(state: State, door: str) -> tuple[str, str]:
    """The highest layer that is set on a door, with its value."""
    layers = [(found.layer, found.value) for found in state.door(door).layers]
    return next((highest for highest in HIGHEST_FIRST if highest in layers), ("locked", ""))
