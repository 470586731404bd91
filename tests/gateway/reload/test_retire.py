"""Old tables go a little at a time, and only those that nobody else holds."""

from __future__ import annotations

import asyncio
import gc
import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.reload.quiet import SWITCH_INTERVAL, building
from gateway.reload.retire import MANY, own_tables, retire


class People:
    __slots__ = ("credentials", "rev")

    def __init__(self, credentials: dict[int, object]) -> None:
        self.rev = 1
        self.credentials = credentials


@dataclass(frozen=True)
class Site:
    people: People
    doors: dict[int, object] = field(default_factory=dict)
    rules: dict[int, object] = field(default_factory=dict)


def table(size: int = MANY) -> dict[int, object]:
    return {n: object() for n in range(size)}


def test_what_the_next_site_shares_is_left_alone() -> None:
    people, doors = People(table()), table()
    old = Site(people, doors, table())
    assert list(own_tables(old, Site(people, doors, table()))) == [old.rules]
    assert list(own_tables(old, Site(People(people.credentials), {}, old.rules))) == [doors]
    assert list(own_tables(old, Site(People(table()), table(), table()))) == [people.credentials, doors, old.rules]
    assert list(own_tables(old, old)) == []
    assert list(own_tables(Site(People({}), table(MANY - 1)), old)) == []


async def test_the_loop_has_its_turns_meanwhile() -> None:
    turns, done = 0, False

    async def turn() -> None:
        nonlocal turns
        while not done:
            turns += 1
            await asyncio.sleep(0)

    turning = asyncio.create_task(turn())
    tables: list[dict[Any, Any]] = [{n: [n] for n in range(150_000)}, {n: [n] for n in range(150_000)}]
    assert await retire(tables) == 300_000
    done = True
    await turning
    assert tables == [{}, {}]
    assert turns > 2


def test_the_collector_rests_while_several_build() -> None:
    interval = sys.getswitchinterval()
    with building():
        with pytest.raises(ValueError), building():
            raise ValueError
        assert not gc.isenabled()
        assert sys.getswitchinterval() <= SWITCH_INTERVAL * 1.01
    assert gc.isenabled()
    assert sys.getswitchinterval() == interval
