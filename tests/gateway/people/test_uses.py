"""Dormant and shared badges, from a real journal file beside a real directory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.people import dormant, shared, suspensions, uses
from gateway.people.directory import Directory
from gateway.people.dormant import DAY, Dormant
from gateway.people.persons import NewPerson
from gateway.people.shared import Suspicion
from gateway.people.suspensions import Scope
from rules.model.errors import DoorwardError
from rules.model.secret import Secret
from rules.people import CredentialStatus

from .conftest import PEPPER, PIN_PEPPER
from .journalled import Read, journal

BEGAN = 1_780_000_000_000_000
NOW = BEGAN + 200 * DAY
SECOND = 1_000_000


class Clock:
    """What the directory's clock shows."""

    def __init__(self) -> None:
        self.now = BEGAN


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def directory(file: Path, clock: Clock) -> Iterator[Directory]:
    with Directory.open(file, PEPPER, PIN_PEPPER, now=lambda: clock.now) as opened:
        yield opened


@pytest.fixture
def cards(directory: Directory) -> dict[str, tuple[str, str]]:
    """name -> (person id, token); given on the first day."""
    made = {}
    for number, name in enumerate(("ann", "ben", "chen")):
        ident = directory.add("test", NewPerson(name, ref=name))
        made[name] = ident, directory.assign("test", ident, "h10302", None, number)
    return made


def found(directory: Directory, path: Path, days: int = 90) -> list[Dormant]:
    past = uses.history(path)
    with directory.store.reading() as conn:
        return dormant.dormant(conn, past, NOW, days)


async def test_used_lately_used_long_ago_and_never(
    directory: Directory, cards: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    (ann, ann_card), (ben, ben_card), (_, chen_card) = cards.values()
    reads = [
        Read(BEGAN, ann_card, ann, "front"),
        Read(BEGAN + DAY, ben_card, ben, "lab"),
        Read(NOW - DAY, ann_card, ann, "front"),
        Read(NOW - DAY, ben_card, ben, "front", denied=True),  # a card refused is not a card used
    ]
    path = await journal(tmp_path, reads)
    rows = found(directory, path)
    assert [(d.person.name, d.last and d.last.door, d.idle) for d in rows] == [
        ("chen", None, BEGAN),
        ("ben", "lab", BEGAN + DAY),
    ]
    assert rows[0].card.token == chen_card
    assert uses.history(path).begins == BEGAN


async def test_a_card_given_lately_is_not_dormant(
    directory: Directory, cards: dict[str, tuple[str, str]], clock: Clock, tmp_path: Path
) -> None:
    path = await journal(tmp_path, [Read(BEGAN, token, ident, "front") for ident, token in cards.values()])
    clock.now = NOW - 5 * DAY
    new = directory.assign("test", "ann", "h10302", None, 50)
    assert {d.card.token for d in found(directory, path)} == {token for _, token in cards.values()}
    assert {d.card.token for d in found(directory, path, days=4)} >= {new}


async def test_the_use_of_a_former_holder_does_not_count(
    directory: Directory, cards: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    ann, card = cards["ann"]
    directory.unassign("test", card)
    ben = directory.add("test", NewPerson("bea"))
    directory.assign("test", ben, "h10302", None, 0)
    path = await journal(tmp_path, [Read(NOW - DAY, card, ann, "front")])
    row = next(d for d in found(directory, path) if d.card.token == card)
    assert (row.person.id, row.last) == (ben, None)


async def test_who_has_no_access_is_not_listed(
    directory: Directory, cards: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    path = await journal(tmp_path, [])
    assert len(found(directory, path)) == 3
    directory.block("test", "ann")
    directory.set_card_status("test", cards["ben"][1], CredentialStatus.LOST)
    with directory.editing("test") as log:
        log.conn.exec_driver_sql("UPDATE person SET groups = 'staff' WHERE ref = 'chen'")
        suspensions.suspend(log, suspensions.to_suspend(log.conn, Scope.of("", "staff"), None), "")
    assert found(directory, path) == []


async def test_somebody_who_uses_another_card(
    directory: Directory, cards: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    ann, card = cards["ann"]
    directory.assign("test", "ann", "h10302", None, 50)
    path = await journal(tmp_path, [Read(NOW - DAY, card, ann, "front")])
    rows = {(d.person.name, d.other_used) for d in found(directory, path)}
    assert rows == {("ann", True), ("ben", False), ("chen", False)}


async def test_tokens_of_older_records_are_the_same_cards(
    directory: Directory, cards: dict[str, tuple[str, str]], tmp_path: Path
) -> None:
    ann, card = cards["ann"]
    path = await journal(tmp_path, [Read(NOW - DAY, f"{card}{'0' * 32}", ann, "front")])
    assert "ann" not in {d.person.name for d in found(directory, path)}


async def test_several_pages_and_epochs_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uses, "_PAGE", 7)
    await journal(tmp_path, [Read(BEGAN + n, f"{n % 5:032x}", "p", "a", t=n) for n in range(40)])
    path = await journal(tmp_path, [Read(NOW + n, f"{n % 3:032x}", "p", "b", t=n) for n in range(20)], renew=True)
    told: list[tuple[str, int, int]] = []
    past = uses.history(path, lambda *each: told.append(each))
    assert {int(token, 16): (use.epoch, use.utc) for token, use in past.last.items()} == {
        0: (2, NOW + 18),
        1: (2, NOW + 19),
        2: (2, NOW + 17),
        3: (1, BEGAN + 38),
        4: (1, BEGAN + 39),
    }
    assert [use.utc for use in uses.grants(path, BEGAN + 30)] == [BEGAN + n for n in range(30, 40)] + [
        NOW + n for n in range(20)
    ]
    assert told[-1][2] >= 60
    assert [done for _, done, _ in told] == sorted(done for _, done, _ in told)


def test_a_missing_journal_is_said(tmp_path: Path) -> None:
    for read in (lambda path: uses.history(path), lambda path: list(uses.grants(path, 0))):
        with pytest.raises(DoorwardError) as caught:
            read(tmp_path / "journal.db")
        assert caught.value.code == "journal_missing"


async def suspected(folder: Path, reads: list[Read], within: int = 3 * SECOND) -> list[Suspicion]:
    return shared.suspicions(uses.grants(await journal(folder, reads), 0), within)


async def test_one_card_at_two_readers_in_no_time(tmp_path: Path) -> None:
    reads = [
        Read(BEGAN, "aa", "p-1", "front"),
        Read(BEGAN + 2 * SECOND, "aa", "p-1", "lab"),
        Read(BEGAN + DAY, "aa", "p-1", "lab"),
        Read(BEGAN + DAY + SECOND, "aa", "p-1", "front"),
    ]
    (one,) = await suspected(tmp_path, reads)
    assert (one.two_cards, one.person, one.doors, one.times, one.shortest) == (
        False,
        "p-1",
        ("front", "lab"),
        2,
        SECOND,
    )
    assert (one.first, one.last) == (BEGAN + 2 * SECOND, BEGAN + DAY + SECOND)


async def test_two_cards_of_one_person_at_once(tmp_path: Path) -> None:
    reads = [
        Read(BEGAN, "aa", "p-1", "front"),
        Read(BEGAN + SECOND, "cc", "p-2", "lab"),
        Read(BEGAN + SECOND, "bb", "p-1", "lab"),
    ]
    (one,) = await suspected(tmp_path, reads)
    assert (one.two_cards, one.person, set(one.tokens)) == (True, "p-1", {"aa", "bb"})


@pytest.mark.parametrize(
    "second",
    [
        Read(BEGAN + 3 * SECOND, "aa", "p-1", "lab"),  # there was time to walk
        Read(BEGAN + SECOND, "aa", "p-1", "front"),  # the same reader
        Read(BEGAN + SECOND, "bb", "p-2", "lab"),  # somebody else
        Read(BEGAN + SECOND, "aa", "p-1", "lab", denied=True),
        Read(BEGAN + SECOND, "aa", "p-1", "lab", t=BEGAN + DAY),  # the clock was set back meanwhile
    ],
)
async def test_what_is_no_sign(tmp_path: Path, second: Read) -> None:
    assert await suspected(tmp_path, [Read(BEGAN, "aa", "p-1", "front"), second]) == []


async def test_times_of_two_epochs_are_not_compared(tmp_path: Path) -> None:
    await journal(tmp_path, [Read(BEGAN, "aa", "p-1", "front", t=5)])
    path = await journal(tmp_path, [Read(BEGAN + DAY, "aa", "p-1", "lab", t=6)], renew=True)
    assert shared.suspicions(uses.grants(path, 0), 3 * SECOND) == []


def test_holders_of_several_cards(directory: Directory, cards: dict[str, tuple[str, str]]) -> None:
    extra = directory.assign("test", "ann", "h10302", None, 50)
    directory.assign("test", "ben", "h10302", None, 51)
    directory.set_card_status("test", cards["ben"][1], CredentialStatus.DISABLED)
    directory.set_pin_alone("test", "chen", Secret("4821"))  # not a card
    with directory.store.reading() as conn:
        (one,) = shared.several_cards(conn, NOW)
    assert (one.name, {card.token for card in shared.active(one)}) == ("ann", {cards["ann"][1], extra})
