"""Copies of people for a thread, and their way back, lose no edit that comes meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from gateway.reload.present import Edit, at_present, copied, edited
from rules.compile import compile_site
from rules.people import Credential, People, PeopleChange, Person
from rules.site import Site
from tests.rules.builder import IN, grant, people, policy, site

BLOCKED = PeopleChange(
    8,
    persons=(Person("p-bob", frozenset({"staff"}), blocked=True), Person("p-new")),
    gone=("p-none",),
    credentials=(Credential("c-bob", "p-bob"), Credential("c-new", "p-new")),
    withdrawn=("c-none", "c-spare"),
)
OTHERS = policy(access=(grant("acme", [("front", IN)], ["staff"], attributes=(("company", "acme"),)),), deny=())


def picture(found: Site) -> object:
    """People and what decisions know of each card."""
    cards = {token: (*card.value, card.classes, card.lo, card.hi) for token, card in found.people.credentials.items()}
    assert found.cards is found.people.credentials
    return found.people.rev, found.people.persons, cards


def fresh() -> Site:
    return edited(site(), BLOCKED)


async def test_an_edit_between_two_tables_is_in_the_copy() -> None:
    live, missed = site(), list[Edit]()
    copying = asyncio.create_task(copied(lambda: live, missed))
    await asyncio.sleep(0)  # the first table is copied
    live = edited(live, BLOCKED)
    missed.append(BLOCKED)
    mine = await copying
    assert picture(mine) == picture(live) == picture(fresh())
    assert mine.people.persons is not live.people.persons
    assert mine.people.credentials is not live.people.credentials


async def test_a_whole_new_directory_begins_the_copy_anew() -> None:
    live, missed = site(), list[Edit]()
    copying = asyncio.create_task(copied(lambda: live, missed))
    await asyncio.sleep(0)
    other = People.of(9, (Person("p-eva"),), (Credential("c-eva", "p-eva"),))
    live = edited(live, other)
    missed.append(other)
    assert picture(await copying) == picture(live)


@pytest.mark.parametrize("found", [policy(minimum=()), OTHERS], ids=["the same classes", "other classes"])
async def test_what_goes_live_knows_the_last_edit(found: object) -> None:
    live, missed = site(), list[Edit]()
    mine = await copied(lambda: live, missed)
    new = compile_site(found, mine.people, "hash-2")  # type: ignore[arg-type]
    live = edited(live, BLOCKED)
    missed.append(BLOCKED)
    ready = at_present(new, live, missed)
    assert ready.rules_hash == "hash-2"
    expected = edited(compile_site(found, people(), "hash-2"), BLOCKED)  # type: ignore[arg-type]
    assert picture(ready) == picture(expected)
    assert picture(live) == picture(fresh()), "what ran until now is untouched"
