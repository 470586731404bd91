"""Recovery: fold or snapshot, alike; what cannot be read stops the fold, denies entry, and is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.journal.chain import Chain
from gateway.journal.journal import Journal
from gateway.journal.record import Sealed
from gateway.recovery import Recovered, recover, save
from rules import snapshot
from rules.mode import mode
from rules.model.canonical import canonical_bytes
from rules.model.commands import PulseOutput
from rules.model.signals import CardPresented, RecoveryFaulted
from rules.state import VERSION, State
from tests.gateway.room import Room, room
from tests.gateway.small import Place, daemon


def picture(state: State) -> bytes:
    return canonical_bytes(snapshot.dump(state))


async def written(folder: Path) -> tuple[bytes, int]:
    """A morning's record on disk: (the state at its end, its head)."""
    async with room(folder) as made:
        made.begin()
        for reader, token in (("front-in", "c-ann"), ("store-in", "c-bob"), ("lab-in", "c-ann"), ("front-in", "x")):
            made.say(CardPresented(reader, token, "h10301", "17"))
            made.wait(7)
        await made.durable()
        return made.picture(), made.core.head


async def recovered(folder: Path) -> Recovered:
    async with Journal.open(folder, gateway="gw1") as journal:
        return await recover(journal)


async def append(folder: Path, *bodies: bytes) -> None:
    """Events of somebody else's making at the end of the record, sealed as they should be."""
    async with Journal.open(folder, gateway="gw1") as journal:
        chain = Chain("gw1", journal.head)
        rows: list[Sealed] = []
        for body in bodies:
            plain = json.loads(body) if body.startswith(b"{") else {}
            kind = str(plain.get("type", "Odd"))
            rows.append(chain.seal(body, stream="event", cls="system", type=kind, t=1, utc=2, first=True))
        journal.append(rows)
        await journal.changed(rows[-1].seq - 1)


def event(kind: str, data: dict[str, Any], v: int = 1) -> bytes:
    plain = {"type": kind, "v": v, "class": "system", "t": 1, "utc": 2, "clock": "ok", "data": data}
    return canonical_bytes(plain)


async def test_an_empty_journal_is_an_empty_state(tmp_path: Path) -> None:
    found = await recovered(tmp_path)
    assert (picture(found.state), found.seq, found.fault) == (picture(State()), 0, None)


async def test_the_fold_gives_the_state_that_was(tmp_path: Path) -> None:
    before, head = await written(tmp_path)
    found = await recovered(tmp_path)
    assert (picture(found.state), found.seq, found.fault) == (before, head, None)


async def test_a_snapshot_and_what_came_after_give_the_same(tmp_path: Path) -> None:
    async with room(tmp_path) as made:
        made.begin()
        await made.durable()
        head = made.core.sealed
        save(made.journal, made.core.state, head.seq, head.hash)
        made.say(CardPresented("front-in", "c-ann", "h10301", "17"))
        made.wait(7)
        await made.durable()
        before = made.picture()
    found = await recovered(tmp_path)
    assert (picture(found.state), found.fault) == (before, None)


def _damaged(body: bytes) -> bytes:
    plain = json.loads(body)
    plain["tables"]["doors"]["front"] = {"colour": "green"}
    return canonical_bytes(plain)


@pytest.mark.parametrize(
    ("version", "spoil"),
    [
        (VERSION, lambda body: body[:-9]),
        (VERSION, lambda body: b"[]"),
        (VERSION, lambda body: canonical_bytes({"v": VERSION, "tables": {"ghosts": {"a": {}}}})),
        (VERSION, _damaged),
        (VERSION + 1, lambda body: body),
    ],
    ids=["cut short", "no object", "unknown table", "unknown field", "of a newer version"],
)
async def test_a_snapshot_that_cannot_be_read_is_folded_from_the_start(
    tmp_path: Path, version: int, spoil: Callable[[bytes], bytes]
) -> None:
    before, _ = await written(tmp_path)
    async with Journal.open(tmp_path, gateway="gw1") as journal:
        found = await recover(journal)
        body = spoil(canonical_bytes(snapshot.dump(found.state)))
        journal.save_snapshot(journal.head.seq, journal.head.hash, version, body)
    found = await recovered(tmp_path)
    assert (picture(found.state), found.fault) == (before, None)


@pytest.mark.parametrize(
    "body",
    [
        event("DoorTeleported", {"door": "front"}),
        event("DoorClosed", {"door": "front", "colour": "green"}),
        event("DoorClosed", {}),
        event("DoorClosed", {"door": 5, "relocks": False}),
        canonical_bytes({"type": "DoorClosed"}),
        b"[]",
        b"\xff\xfe not json",
    ],
    ids=["newer type", "newer field", "field gone", "wrong kind", "no data", "no object", "no json"],
)
async def test_what_cannot_be_folded_stops_the_fold_and_nothing_before_it_is_lost(tmp_path: Path, body: bytes) -> None:
    before, head = await written(tmp_path)
    await append(tmp_path, body, event("GatewayStopped", {}))
    found = await recovered(tmp_path)
    assert picture(found.state) == before
    assert found.seq == head
    assert found.fault is not None
    assert found.fault[0] == head + 1


async def test_after_it_nobody_is_let_in_and_anybody_out_until_an_operator_says_so(tmp_path: Path) -> None:
    """The lost records may have held a lockdown: a badge must not find out."""
    async with room(tmp_path) as made:
        made.core.say(RecoveryFaulted(7, "KeyError: 'DoorTeleported'"))
        made.begin()
        assert {mode(made.core.state.door(d).layers) for d in made.core.site.doors} == {"locked_down"}
        assert made.core.state.alarms.get("recovery.journal") is not None
        head = made.core.head
        made.say(CardPresented("front-in", "c-ann", "h10301", "17"))
        assert made.commands(PulseOutput) == []
        made.say(CardPresented("front-out", "c-ann", "h10301", "17"))
        assert await _outcomes(made, head) == ["AccessDenied", "AccessGranted"]


async def _outcomes(made: Room, head: int) -> list[str]:
    return [name for name in await made.names(head) if name in ("AccessDenied", "AccessGranted")]


async def test_a_daemon_that_finds_such_a_record_runs_and_says_so(tmp_path: Path) -> None:
    place = Place(tmp_path).make()
    async with daemon(place) as found:
        await found.types()
    await append(place.state, event("DoorTeleported", {"door": "store"}))
    async with daemon(place) as again:
        types = await again.types()
        assert "RecoveryStopped" in types
        assert "UncleanStop" in types
        assert mode(again.app.core.state.door("store").layers) == "locked_down"
    async with daemon(place) as third:
        assert mode(third.app.core.state.door("store").layers) == "locked_down", "a restart is no operator"
