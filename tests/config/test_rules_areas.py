"""Areas, interlocks, inspections, doors: docs/rules.md from YAML to the door."""

from __future__ import annotations

from rules.model.reasons import Reason
from rules.state import DoorRecord, PlaceRecord
from tests.config.at_door import NOON, Door, Load, S, block, person, utc

# -- areas and doors ---------------------------------------------------------------------------------------------------

ALL = "access: {all: {who: everyone, where: all, direction: both, when: always}}\n"


def test_passback(load: Load) -> None:
    door = Door(load(ALL + block("Passback")), person("kim", "lab"), person("max", "security"))

    def place(name: str, area: str, at: str = NOON) -> None:
        door.state.places.put(name, PlaceRecord(area, 0, utc(at)))

    assert door.says("kim", "lab-door") is Reason.GRANTED, "unknown places pass"
    place("kim", "lab")
    assert door.says("kim", "lab-door") is Reason.PASSBACK
    place("kim", "lobby")
    soft = door.ask("kim", "front")
    assert (soft.granted, soft.flags) == (True, (Reason.GRANTED_SOFT_PASSBACK,))
    place("kim", "vault")
    place("max", "vault")
    assert (door.says("kim", "vault-door"), door.says("max", "vault-door")) == (Reason.TIMED_PASSBACK, Reason.GRANTED)
    place("kim", "vault", "2026-11-23 11:00")
    assert door.says("kim", "vault-door", "2026-11-23 12:29") is Reason.TIMED_PASSBACK
    assert door.says("kim", "vault-door", "2026-11-23 12:31") is Reason.GRANTED, "forgiven at 12:30"


def test_occupancy(load: Load) -> None:
    door = Door(load(ALL + block("Occupancy")), person("kim"), person("lee"))
    for n in range(12):
        assert door.says("kim", "lab-door") is Reason.GRANTED
        door.state.places.put(f"p{n}", PlaceRecord("lab"))
    assert door.says("kim", "lab-door") is Reason.OCCUPANCY_MAX
    door.state.places.drop("p0")
    assert door.says("kim", "vault-door") is Reason.OCCUPANCY_MIN
    door.state.places.put("lee", PlaceRecord("vault"))
    assert door.says("kim", "vault-door") is Reason.GRANTED


def test_interlocks(load: Load) -> None:
    door = Door(load(ALL + block("Interlocks")), person("kim"))
    assert door.says("kim", "lab-door") is Reason.INTERLOCK, "the other is not known to be shut"
    door.state.doors.put("vault-door", DoorRecord("closed"))
    assert door.says("kim", "lab-door") is Reason.GRANTED
    door.state.doors.put("vault-door", DoorRecord("open"))
    assert door.says("kim", "lab-door") is Reason.INTERLOCK


def test_inspections(load: Load) -> None:
    door = Door(load(ALL + block("Inspections")), person("kim", "lab"), person("max", "security"))
    picked = sum(door.ask("kim", "front", entropy=f"{n:08x}").reason is Reason.INSPECTION_SELECTED for n in range(2000))
    assert 60 <= picked <= 140, "5% of 2000, far within chance"
    assert all(door.ask("max", "front", entropy=f"{n:08x}").granted for n in range(200))
    bags, samples = door.site.policy.inspections
    assert (bags.rate, bags.window, samples.rate, samples.window) == (50_000, 900 * S, 5_000, 600 * S)


def test_doors(load: Load) -> None:
    doors = load(block("Doors that stand open, or shut")).doors
    assert (doors["front"].unlock, sorted(doors["front"].unlock_after)) == ("office", ["security", "staff"])
    assert (doors["side"].blocked, doors["side"].unlock) == ("nights", None)
