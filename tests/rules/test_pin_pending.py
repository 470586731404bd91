"""A PIN is pending while its holder or their card ceases to be in order."""

from __future__ import annotations

from rules.compile import with_change
from rules.model.events import AccessDenied
from rules.people import Credential, PeopleChange, Person
from tests.rules.builder import MONDAY, S
from tests.rules.world import World


def test_whoever_is_suspended_while_their_pin_is_checked_stays_out() -> None:
    world = World().begin()
    world.card("lab-in", "c-ann")
    blocked = Person("p-ann", frozenset({"staff", "crew"}), blocked=True)
    with_change(world.site, PeopleChange(8, (blocked,), credentials=(Credential("c-ann", "p-ann"),)))
    world.pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "person_blocked"


def test_a_card_that_ends_between_the_card_and_its_pin_opens_nothing() -> None:
    world = World().begin()
    ending = Credential("c-ann", "p-ann", ends=MONDAY + 5 * S)
    with_change(world.site, PeopleChange(8, credentials=(ending,)))
    world.card("lab-in", "c-ann").wait(6)
    world.pin("lab-in", "ok")
    assert world.only(AccessDenied).reason == "credential_expired"
