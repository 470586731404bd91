"""Whom, where and what grants ask for: docs/rules.md from YAML to the door."""

from __future__ import annotations

from rules.model.reasons import Reason
from rules.state import DoorRecord, FirstRecord, Passage, Release, Waiting, WaitRecord
from tests.config.at_door import IN, NIGHT, NOON, OUT, SUNDAY, Door, Load, S, block, person, utc

# -- who and where -----------------------------------------------------------------------------------------------------


def test_who(load: Load) -> None:
    door = Door(
        load(block("Who")),
        person("chemist", "lab", role="chemist"),
        person("technician", "lab", role="technician"),
        person("driver", "lab", role="driver"),
        person("acme", company="acme"),
        person("sus", "suspended", company="acme"),
        person("p007"),
        person("guest", "visitors"),
    )
    assert [door.says(name, "lab-door") for name in ("chemist", "technician", "driver")] == [
        Reason.GRANTED,
        Reason.GRANTED,
        Reason.NO_ACCESS_RIGHTS,
    ]
    assert [door.says(name, "side") for name in ("acme", "sus")] == [Reason.GRANTED, Reason.NO_ACCESS_RIGHTS]
    assert [door.says(name, "vault-door") for name in ("p007", "chemist")] == [Reason.GRANTED, Reason.NO_ACCESS_RIGHTS]
    assert [door.says(name, "front") for name in ("p007", "driver", "guest")] == [
        Reason.GRANTED,
        Reason.GRANTED,
        Reason.NO_ACCESS_RIGHTS,
    ]
    assert door.says("nobody", "front") is Reason.UNKNOWN_CREDENTIAL


def test_groups(load: Load) -> None:
    door = Door(
        load(block("Groups")),
        person("fitter", "contractors"),
        person("chemist", "lab"),
        person("acme", "lab", company="acme"),
        person("direct", "day-shift"),
        person("other", "cleaners"),
    )
    said = {name: door.says(name, "front") for name in ("fitter", "chemist", "acme", "direct", "other")}
    assert said == {
        "fitter": Reason.GRANTED,
        "chemist": Reason.GRANTED,
        "acme": Reason.NO_ACCESS_RIGHTS,
        "direct": Reason.GRANTED,
        "other": Reason.NO_ACCESS_RIGHTS,
    }


def test_where(load: Load) -> None:
    rules = {rule.id: set(rule.doors) for rule in load(block("Where")).access}
    assert rules["patrol"] == {(door, way) for door in ("front", "side") for way in (IN, OUT)}
    assert rules["crew"] == {("front", IN), ("lab-door", IN), ("vault-door", OUT), ("side", IN)}
    assert rules["spelt-out"] == {("front", IN), ("lab-door", IN), ("vault-door", OUT)}
    assert len(rules["anywhere"]) == 8


# -- grants ------------------------------------------------------------------------------------------------------------


def test_grants(load: Load) -> None:
    door = Door(load(block("Grants")), person("ann", "staff"), person("cleo", "clerks"), person("max", "security"))
    assert [door.says("ann", "front", at) for at in (NOON, NIGHT, SUNDAY)] == [
        Reason.GRANTED,
        Reason.OUTSIDE_SCHEDULE,
        Reason.OUTSIDE_SCHEDULE,
    ]
    assert door.says("ann", "lab-door") is Reason.NO_ACCESS_RIGHTS
    assert door.says("max", "lab-door") is Reason.PIN_REQUIRED
    assert door.ask("max", "lab-door", pin="ok", by="pin").granted
    assert door.ask("cleo", "vault-door").failed == (Reason.PIN_REQUIRED, Reason.SECOND_PERSON_PENDING)


def test_two_persons(load: Load) -> None:
    people = person("a", "clerks"), person("b", "clerks"), person("c", "auditors"), person("m", "managers", "auditors")
    door = Door(load(block("Two persons")), *people)
    assert door.says("a", "vault-door") is Reason.SECOND_PERSON_PENDING

    def wait(name: str, rule: str) -> None:
        row = Waiting(name, name, "vault-in", rule, "second", (), 30 * S)
        door.state.waits.put("vault-door:in", WaitRecord((row,)))

    wait("a", "vault-pair")
    assert door.says("b", "vault-door") is Reason.GRANTED
    assert door.says("a", "vault-door") is Reason.SECOND_PERSON_PENDING, "the same person twice is one person"
    assert door.says("c", "vault-door") is Reason.SECOND_PERSON_PENDING, "no manager is among them"
    wait("c", "vault-audit")
    assert door.says("m", "vault-door") is Reason.GRANTED
    (pair, audit) = load(block("Two persons")).access
    assert (pair.two_person and pair.two_person.window, audit.two_person and audit.two_person.window) == (
        30 * S,
        45 * S,
    )


def test_escorts(load: Load) -> None:
    text = block("Escorts").replace("...\n", "  staff: {who: staff, where: lobby, when: always}\n...\n")
    door = Door(load(text), person("guest", "visitors"), person("host", "staff"), person("late", "auditors"))
    assert door.says("guest", "front") is Reason.ESCORT_REQUIRED
    coming = Release("grant", 5 * S, 20 * S, True, (Passage("host", "in", "lobby"),))
    door.state.doors.put("front", DoorRecord("closed", (), coming))
    assert door.says("guest", "front") is Reason.GRANTED
    (auditors,) = [rule.escort for rule in load(text).access if rule.id == "auditors"]
    assert auditors is not None
    assert (set(auditors.groups), auditors.window) == ({"managers", "security"}, 60 * S)


def test_first_person(load: Load) -> None:
    door = Door(load(block("First person in")), person("kim", "students"), person("lee", "teachers", "students"))
    assert door.says("kim", "lab-door") is Reason.FIRST_PERSON_NOT_IN
    assert door.says("lee", "lab-door") is Reason.GRANTED
    door.state.firsts.put("lab/teachers", FirstRecord(utc("2026-11-20 12:00")))
    assert door.says("kim", "lab-door") is Reason.FIRST_PERSON_NOT_IN, "that was another day"
    door.state.firsts.put("lab/teachers", FirstRecord(utc("2026-11-23 08:00")))
    assert door.says("kim", "lab-door") is Reason.GRANTED


def test_prerequisites(load: Load) -> None:
    door = Door(
        load(block("Prerequisites")),
        person("ok", "lab", training="2026-11-23", clearance="valid"),
        person("half", "lab", training="valid"),
        person("odd", "lab", training="soon", clearance="valid"),
    )
    assert door.says("ok", "lab-door", "2026-11-23 23:59") is Reason.GRANTED
    assert door.says("ok", "lab-door", "2026-11-24 00:00") is Reason.PREREQUISITE_LAPSED
    assert [door.says(name, "lab-door") for name in ("half", "odd")] == [Reason.PREREQUISITE_LAPSED] * 2


def test_when(load: Load) -> None:
    door = Door(load(block("When")), person("kim", "pupils"))
    days = "2026-08-27", "2026-09-01", "2026-12-17", "2026-12-22"
    said = [door.says("kim", "lab-door", f"{day} 18:00") for day in days]
    assert said == [Reason.OUTSIDE_SCHEDULE, Reason.GRANTED, Reason.GRANTED, Reason.OUTSIDE_SCHEDULE]
