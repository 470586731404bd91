"""The slow services: each question is answered, whatever happens to whom was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.link import Link
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.pins import PinService
from gateway.services import PeopleLink, PinLink
from rules.model.commands import EditPeople, IdentifyPin, Order, SetOutput, VerifyPin, Wait
from rules.model.secret import Secret
from rules.model.signals import CommandFailed, LinkFound, PeopleEdited, PinChecked, PinIdentified, Signal
from rules.people import People
from tests.gateway.small import until

PEPPERS = Secret("pepper-of-thirty-two-characters-or-more"), Secret("other-of-thirty-two-characters-or-more!")
PIN = Secret("4711")


class Desk:
    """A service behind its link, and what it said."""

    def __init__(self, driver: Any) -> None:
        self.said: list[Signal] = []
        self.link = Link("service", driver, self._emit)
        self.task = asyncio.ensure_future(self.link.run())

    def _emit(self, signal: Signal) -> Any:
        self.said.append(signal)

    def ask(self, command: Any, deadline: float | None = None) -> None:
        self.link.submit(Order(command, Wait.NONE), deadline)

    async def answer(self, kind: type[Any]) -> Any:
        return await until(lambda: next((s for s in self.said if isinstance(s, kind)), None))

    async def found(self) -> None:
        await self.answer(LinkFound)

    async def close(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Directory]:
    with Directory.open(tmp_path / "people.db", *PEPPERS) as found:
        ident = found.add("test", NewPerson("Ann", groups=frozenset({"staff"})))
        found.set_pin("test", ident, PIN)
        yield found


@pytest.fixture
def ann(directory: Directory) -> str:
    return next(iter(directory.people().persons))


@pytest.fixture
async def pins(directory: Directory) -> AsyncIterator[Desk]:
    async with PinService(directory) as service:
        desk = Desk(PinLink(service))
        await desk.found()
        yield desk
        await desk.close()


@pytest.fixture
async def people(directory: Directory) -> AsyncIterator[tuple[Desk, list[People]]]:
    seen: list[People] = []
    desk = Desk(PeopleLink(directory, directory.people(), seen.append))
    await desk.found()
    yield desk, seen
    await desk.close()


async def test_right_wrong_and_nobody(pins: Desk, ann: str) -> None:
    for attempt, (person, pin) in enumerate([(ann, PIN), (ann, Secret("0000")), (None, PIN)], 1):
        pins.ask(VerifyPin("lab-in", attempt, person, pin))
    await until(lambda: len([s for s in pins.said if isinstance(s, PinChecked)]) == 3)
    results = {s.attempt: s.result for s in pins.said if isinstance(s, PinChecked)}
    assert results == {1: "ok", 2: "wrong", 3: "wrong"}


async def test_a_pin_alone_is_found_by_whoever_it_was_given_to(pins: Desk, directory: Directory, ann: str) -> None:
    alone, duress = Secret("83624"), Secret("42638")
    directory.set_pin_alone("test", ann, alone)
    directory.set_pin_alone("test", ann, duress, duress=True)
    for attempt, pin in enumerate((alone, PIN, Secret("83625"), duress), 1):
        pins.ask(IdentifyPin("lab-in", attempt, pin))
    await until(lambda: len([s for s in pins.said if isinstance(s, PinIdentified)]) == 4)
    cards = directory.people().credentials
    said = {s.attempt: s for s in pins.said if isinstance(s, PinIdentified)}
    found = {attempt: cards.get(answer.token or "") for attempt, answer in said.items()}
    holders = {attempt: card.person if card else None for attempt, card in found.items()}
    assert holders == {1: ann, 2: None, 3: None, 4: ann}
    assert {attempt: answer.duress for attempt, answer in said.items()} == {1: False, 2: False, 3: False, 4: True}
    assert said[4].token == said[1].token  # all that the record will tell


async def test_a_pin_alone_that_cannot_be_looked_up_stands_for_itself(tmp_path: Path) -> None:
    with Directory.open(tmp_path / "people.db", *PEPPERS) as directory:
        async with PinService(directory) as service:
            desk = Desk(PinLink(service))
            await desk.found()
            (tmp_path / "people.db").write_bytes(b"\xff" * 9000)
            desk.ask(IdentifyPin("lab-in", 1, PIN))
            assert await desk.answer(PinIdentified) == PinIdentified("lab-in", 1, directory.pin_token(PIN))
            await desk.close()


async def test_an_edit_is_done_answered_and_seen(people: tuple[Desk, list[People]], ann: str) -> None:
    desk, seen = people
    desk.ask(EditPeople("q1", "sue", "person-block", f'{{"person":"{ann}"}}'))
    edited = await desk.answer(PeopleEdited)
    assert (edited.request, edited.ok, edited.code) == ("q1", True, "ok")
    await until(lambda: seen and seen[-1].persons[ann].blocked)


@pytest.mark.parametrize("args", ["{}", "[]", "no json", '{"person":"p-nobody"}'])
async def test_an_edit_that_cannot_be_done_is_answered(people: tuple[Desk, list[People]], args: str) -> None:
    desk, _ = people
    desk.ask(EditPeople("q1", "sue", "person-block", args))
    assert not (await desk.answer(PeopleEdited)).ok


async def test_an_edit_that_outlasts_its_limit_is_answered_too(people: tuple[Desk, list[People]], ann: str) -> None:
    """Its thread may still do it: the answer says no more than is known."""
    desk, _ = people
    now = asyncio.get_running_loop().time()
    desk.ask(EditPeople("q1", "sue", "person-block", f'{{"person":"{ann}"}}'), now + 0.000_1)
    edited = await desk.answer((PeopleEdited, CommandFailed))  # type: ignore[arg-type]
    if isinstance(edited, PeopleEdited):
        assert edited.code in ("outcome_unknown", "ok")
    else:
        assert edited.cause == "deadline"


async def test_what_is_not_for_them_is_refused(pins: Desk, people: tuple[Desk, list[People]]) -> None:
    for desk in (pins, people[0]):
        desk.ask(SetOutput("io.out1", True))
        assert (await desk.answer(CommandFailed)).cause == "bad_command"
