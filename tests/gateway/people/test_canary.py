"""Planted secrets: no repr, log, error, answer or file shows a PIN, a pepper or a card's number."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from gateway.people import suspensions, visitors
from gateway.people.directory import Directory
from gateway.people.persons import NewPerson
from gateway.people.pins import PinService
from gateway.people.requests import apply
from gateway.people.suspensions import Scope
from rules.credential import encode, identify
from rules.model.errors import DoorwardError
from rules.model.secret import Secret
from rules.model.signals import CardRead

PEPPER = "canary-card-pepper-kept-in-a-file"
PIN_PEPPER = "canary-pin-pepper-kept-in-another"
PIN, DURESS, NUMBER = "70317", "60924", 31_415_926
ALONE, ALONE_DURESS = "718281", "577215"
NAME, REF = "Canary Bird", "HR-5309"
SECRETS = (PEPPER, PIN_PEPPER, PIN, DURESS, ALONE, ALONE_DURESS, str(NUMBER), f"{NUMBER:x}")


def test_nothing_leaks(tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)  # the most talkative the program could be set to
    seen = [repr(part) for part in exercise(tmp_path / "people.db", tmp_path / "people.csv")]
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
    assert "INSERT INTO person" in caplog.text  # the log was listened to
    out, err = capfd.readouterr()
    everything = "\n".join([*seen, caplog.text, out, err])
    for secret in (*SECRETS, NAME, REF):
        assert secret not in everything
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("people.db*"))
    assert NAME.encode() in stored
    for secret in SECRETS:
        assert secret.encode() not in stored


def exercise(file: Path, table: Path) -> list[object]:
    """Do everything, also wrongly, and return whatever was handed out."""
    shown: list[object] = []
    with Directory.open(file, Secret(PEPPER), Secret(PIN_PEPPER)) as directory:
        new = NewPerson(NAME, ref=REF, groups=frozenset({"staff"}))
        ident = directory.add("test", new)
        card = directory.assign("test", ident, "h10302", None, NUMBER)
        directory.set_pin("test", ident, Secret(PIN))
        directory.set_pin("test", ident, Secret(DURESS), duress=True)
        directory.set_pin_alone("test", ident, Secret(ALONE))
        directory.set_pin_alone("test", ident, Secret(ALONE_DURESS), duress=True)
        shown += [new, directory, directory.people(), directory.record(REF), directory.records()]
        shown += [directory.changes_since(0), asyncio.run(answers(directory, ident))]
        shown += [apply(directory, "person-block", f'{{"person":"{REF}"}}', "lee")]
        read = CardRead("front", encode("h10302", None, NUMBER))
        shown += [read, identify(("h10302",), PEPPER.encode(), read, 0)]
        shown += failures(directory, ident, card)
        table.write_text(
            f"person,name,groups,format,number\n{REF},{NAME},Staff,h10302,{NUMBER}\n{REF},x,,h10301,{NUMBER}\n"
        )
        shown += [directory.import_csv(table, actor="test"), directory.plan(table)]
        table.write_text(f"person,name,groups,format,number\n{REF},{NAME} 2,lab,h10302,{NUMBER}\n")
        plan = directory.plan(table)
        shown += [plan, plan.steps, plan.id]
        shown += mass(directory)
    return shown


def mass(directory: Directory) -> list[object]:
    """Suspensions and visitors."""
    with directory.editing("test") as log:
        badge = directory.card("h10302", None, NUMBER + 1)
        visitor = NewPerson(NAME, kind="visitor", ends=1 << 60)
        shown: list[object] = [badge, visitor, visitors.admit(log, visitor, REF, badge)]
        scope = Scope.of("", "staff")
        plan = suspensions.to_suspend(log.conn, scope, None)
        shown += [scope, plan, suspensions.suspend(log, plan, f"because of {NAME}")]
        shown += [suspensions.to_resume(log.conn, scope), suspensions.all_of(log.conn)]
        shown += [*visitors.visits(log.conn, 0), directory.records()]
    return [*shown, directory.changes_since(0)]


async def answers(directory: Directory, ident: str) -> list[object]:
    async with PinService(directory) as service:
        checked: list[object] = [await service.check(ident, Secret(pin)) for pin in (PIN, DURESS, "11111")]
        return checked + [await service.identify(Secret(pin)) for pin in (ALONE, ALONE_DURESS, "11111")]


def failures(directory: Directory, ident: str, card: str) -> list[object]:
    attempts = (
        lambda: directory.assign("test", ident, "h10302", None, NUMBER),
        lambda: directory.assign("test", ident, "h10301", 1, NUMBER),
        lambda: directory.set_pin("test", ident, Secret(PIN), duress=True),
        lambda: directory.set_pin("test", ident, Secret(f"{PIN}x")),
        lambda: directory.set_pin_alone("test", ident, Secret(ALONE_DURESS)),
        lambda: directory.set_pin_alone("test", ident, Secret(ALONE), duress=True),
        lambda: directory.add("test", NewPerson(NAME, ref=REF)),
        lambda: directory.block("test", f"{REF}x"),
        lambda: Directory.open(Path(directory.store.where), Secret(PIN_PEPPER), Secret(PEPPER)),
    )
    shown: list[object] = []
    for attempt in attempts:
        with pytest.raises(DoorwardError) as caught:
            attempt()
        shown += [str(caught.value), vars(caught.value)]
    return shown
