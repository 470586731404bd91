"""PINs: every outcome takes the same path, weak ones are refused, overload is `unavailable`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select, update

from gateway.people import pin_hash
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.pins import PinService
from gateway.people.tables import person
from rules.model.errors import Refused
from rules.model.secret import Secret


@pytest.fixture
def guarded(directory: Directory, amira: str) -> str:
    """A person with PIN 4821 and duress PIN 9173."""
    assert directory.set_pin("test", amira, Secret("4821")) is None
    assert directory.set_pin("test", amira, Secret("9173"), duress=True) is None
    return amira


async def test_outcomes(directory: Directory, guarded: str) -> None:
    other = directory.add("test", NewPerson("Ben"))
    async with PinService(directory) as service:
        assert await service.check(guarded, Secret("4821")) == "ok"
        assert await service.check(guarded, Secret("9173")) == "duress"
        assert await service.check(guarded, Secret("4822")) == "wrong"
        assert await service.check(guarded, Secret("")) == "wrong"
        assert await service.check(other, Secret("4821")) == "wrong"
        assert await service.check("p-0000000000000000", Secret("4821")) == "wrong"
        assert await service.check(None, Secret("4821")) == "wrong"
    assert directory.people().persons[guarded].has_pin
    assert not directory.people().persons[other].has_pin


@pytest.mark.parametrize("who", ["ok", "duress", "wrong", "without", "unknown", "nobody"])
def test_every_outcome_costs_two_hashes(
    directory: Directory, guarded: str, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    bare = directory.add("test", NewPerson("Ben"))
    whose = {"without": bare, "unknown": "p-0000000000000000", "nobody": None}.get(who, guarded)
    pin = {"duress": "9173", "wrong": "5555"}.get(who, "4821")
    parameters = []

    class Counting(type(pin_hash._HASHER)):  # type: ignore[misc]
        def verify(self, kept: str, pin: bytes) -> bool:
            parameters.append(kept.rsplit("$", 2)[0])
            return bool(super().verify(kept, pin))

    monkeypatch.setattr(pin_hash, "_HASHER", Counting(time_cost=2, memory_cost=19 * 1024, parallelism=1))
    directory.check_pin(whose, Secret(pin))
    assert parameters == ["$argon2id$v=19$m=19456,t=2,p=1"] * 2


async def test_a_pin_taken_away_works_no_more(directory: Directory, guarded: str) -> None:
    directory.clear_pin("test", guarded)
    async with PinService(directory) as service:
        assert await service.check(guarded, Secret("4821")) == "wrong"
        assert await service.check(guarded, Secret("9173")) == "wrong"


def test_a_hash_copied_to_somebody_else_opens_nothing(directory: Directory, guarded: str) -> None:
    other = directory.add("test", NewPerson("Ben"))
    with directory.store.writing() as conn:
        kept = conn.execute(select(person.c.pin).where(person.c.id == guarded)).scalar_one()
        conn.execute(update(person).where(person.c.id == other).values(pin=kept))
    assert directory.check_pin(other, Secret("4821")) == "wrong"


@pytest.mark.parametrize("pin", ["", "123", "12a4", "1234567890123", "١٢٣٤", " 4821"])
def test_what_is_no_pin(directory: Directory, amira: str, pin: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.set_pin("test", amira, Secret(pin))
    assert caught.value.code == "bad_pin"


@pytest.mark.parametrize("pin", ["0000", "1234", "4321", "7890", "1212", "123123", "2580", "987654", "11111111"])
def test_trivial_pins_are_refused(directory: Directory, amira: str, pin: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.set_pin("test", amira, Secret(pin))
    assert caught.value.code == "trivial_pin"
    assert not directory.people().persons[amira].has_pin


def test_pin_and_duress_pin_differ(directory: Directory, amira: str, guarded: str) -> None:
    for pin, duress in (("4821", True), ("9173", False)):
        with pytest.raises(Refused) as caught:
            directory.set_pin("test", amira, Secret(pin), duress=duress)
        assert caught.value.code == "same_pin"


def test_no_duress_pin_without_a_pin(directory: Directory, amira: str) -> None:
    with pytest.raises(Refused) as caught:
        directory.set_pin("test", amira, Secret("9173"), duress=True)
    assert caught.value.code == "no_pin"


def test_too_many_pins_for_their_length_are_warned_of(directory: Directory, guarded: str) -> None:
    warnings = []
    for i in range(9):
        who = directory.add("test", NewPerson(f"Person {i}"))
        warnings.append(directory.set_pin("test", who, Secret(f"{4813 + 37 * i}")))
    assert warnings[:8] == [None] * 8  # with the two of the first person: ten PINs of four digits
    assert warnings[8] == "11 PINs are allocated: 4 digits leave fewer than 1000 codes to each"
    assert directory.set_pin("test", who, Secret("48134")) is None


class Held(Directory):
    """A directory whose checks wait until they are let go."""

    def __init__(self, real: Directory) -> None:
        self._real = real
        self.let_go = threading.Event()
        self.begun = threading.Semaphore(0)

    def check_pin(self, person: str | None, pin: Secret) -> str:
        self.begun.release()
        assert self.let_go.wait(20)
        return self._real.check_pin(person, pin)


async def test_overload_is_unavailable_and_passes(directory: Directory, guarded: str) -> None:
    held = Held(directory)
    async with PinService(held, waiting=3) as service, asyncio.TaskGroup() as tasks:
        queued = [tasks.create_task(service.check(guarded, Secret("4821")), name=f"check {i}") for i in range(3)]
        await asyncio.to_thread(held.begun.acquire, timeout=10)
        assert await service.check(guarded, Secret("4821")) == "unavailable"
        held.let_go.set()
        assert await asyncio.gather(*queued) == ["ok"] * 3
        assert await service.check(guarded, Secret("4821")) == "ok"


async def test_a_late_check_is_unavailable_and_keeps_its_room(directory: Directory, guarded: str) -> None:
    held = Held(directory)
    async with PinService(held, waiting=1, limit=0.05) as service:
        assert await service.check(guarded, Secret("4821")) == "unavailable"
        assert await service.check(guarded, Secret("4821")) == "unavailable"
        assert held.begun.acquire(blocking=False)
        assert not held.begun.acquire(blocking=False)  # the second one found no room
        held.let_go.set()


async def test_without_its_directory_it_is_unavailable(
    directory: Directory, guarded: str, ruin: Callable[[], None]
) -> None:
    async with PinService(directory) as service:
        ruin()
        assert await service.check(guarded, Secret("4821")) == "unavailable"
