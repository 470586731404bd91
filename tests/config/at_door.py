"""From YAML to a decision: a compiled site, the people in it, and what a door says to their cards."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from rules.access import decide
from rules.asked import Request
from rules.compile import compile_site
from rules.decision import Decision
from rules.model.reasons import Reason
from rules.people import Credential, People, Person
from rules.policy import Direction, Policy
from rules.site import Site
from rules.state import State
from tests.config.blocks import BLOCKS

LONDON = ZoneInfo("Europe/London")
S = 1_000_000
NOON, NIGHT, SUNDAY = "2026-11-23 12:00", "2026-11-23 23:00", "2026-11-22 12:00"
IN, OUT = Direction.IN, Direction.OUT

Load = Callable[[str], Policy]


def block(heading: str) -> str:
    (found,) = [each.text for each in BLOCKS if each.heading == heading]
    return found


def utc(local: str) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=LONDON).timestamp()) * S


def person(id: str, *groups: str, **attributes: str) -> Person:
    return Person(id, frozenset(groups), tuple(sorted(attributes.items())))


class Door:
    """A compiled site with these people, each with the card of their id, and its state."""

    def __init__(self, policy: Policy, *people: Person) -> None:
        credentials = [Credential(each.id, each.id) for each in people]
        self.site: Site = compile_site(policy, People.of(1, people, credentials), "0" * 64)
        self.state = State()

    def ask(
        self,
        token: str,
        door: str,
        at: str = NOON,
        way: Direction = IN,
        *,
        pin: str = "none",
        by: str = "card",
        entropy: str = "",
    ) -> Decision:
        return decide(
            self.site, self.state, Request(door, way, token, "reader", 0, utc(at), pin=pin, by=by, entropy=entropy)
        )

    def says(self, token: str, door: str, at: str = NOON, way: Direction = IN, pin: str = "none") -> Reason:
        return self.ask(token, door, at, way, pin=pin).reason
