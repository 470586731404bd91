"""What an accepted configuration means, value by value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from config.configuration import Configuration
from rules.credential import DEFAULT_FORMATS
from rules.model.points import PointKind, Sensed
from rules.policy import (
    Arming,
    Direction,
    EgressBy,
    Input,
    Interval,
    Lock,
    Relock,
    Require,
    Rex,
    Role,
    Source,
    Who,
    ZoneType,
)

SECOND = 1_000_000
KEY = "ed25519:AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
Make = Callable[..., Configuration]


def test_site_values(make: Make, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("person,name,groups\n")
    found = make({"x.yaml": "people: people.csv\nspool: spool"})
    assert (found.policy.site, found.policy.gateway, found.policy.timezone) == ("hq", "gw1", "Europe/London")
    assert found.people == (tmp_path / "people.csv",)
    assert found.spool == tmp_path / "spool"
    assert found.pepper.reveal == "card-pepper-0123456789abcdef0123456789abcdef"
    assert found.pin_pepper.reveal == "pin-pepper-0123456789abcdef0123456789abcdef"
    assert set(found.files) == {"site.yaml", "devices.yaml", "doors.yaml", "x.yaml"}
    assert len(found.rules_hash) == 64


def test_bus(make: Make) -> None:
    text = """
site: hq
timezone: UTC
bus: {url: mqtts://broker.example:8883, ca: {secret: bus-ca}, username: {secret: key-a}, password: {secret: key-b}}
"""
    bus = make({"site.yaml": text}).bus
    assert bus.url == "mqtts://broker.example:8883"
    assert bus.ca is not None
    assert bus.ca.reveal == "bus-ca-0123456789abcdef0123456789abcdef"
    assert bus.username is not None
    assert (bus.certificate, bus.key, bus.plain_loopback) == (None, None, False)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1883", "[::1]:1883", "127.8.9.1"])
def test_plain_bus_on_the_loopback(make: Make, host: str) -> None:
    text = f'site: hq\ntimezone: UTC\nbus: {{url: "mqtt://{host}", plain: loopback}}'
    assert make({"site.yaml": text}).bus.plain_loopback


def test_links(make: Make) -> None:
    text = """
devices:
  far-1: {driver: io, url: "tcp://192.0.2.9", unit: 1}
  far-2: {driver: io, url: "tcp://192.0.2.9", unit: 2, inputs: 2}
  alone: {driver: solo, url: "socket://192.0.2.10:4001", address: 0}
  door-5: {driver: air, kind: contact}
"""
    links = {link.id: link for link in make({"x.yaml": text}).links}
    assert {name: (link.driver, link.url, link.baud) for name, link in links.items()} == {
        "north": ("card", "/dev/ttyUSB0", 115200),
        "east": ("io", "tcp://192.0.2.8:502", 0),
        "far-1": ("io", "tcp://192.0.2.9", 0),
        "alone": ("solo", "socket://192.0.2.10:4001", 0),
        "air": ("air", "mqtts://broker.example:8883", 0),
    }
    assert [device.id for device in links["far-1"].devices] == ["far-1", "far-2"]
    assert [device.id for device in links["air"].devices] == ["hall", "door-5"]


def test_devices_and_readers(make: Make) -> None:
    text = """
lines: {south: {serial: /dev/ttyUSB1}}
devices:
  a: {driver: card, line: south, address: 007, key: {secret: key-a}, formats: [csn32]}
  b: {driver: io, line: east, unit: 2, inputs: 1, outputs: 0}
"""
    found = make({"x.yaml": text})
    (device,) = next(link for link in found.links if link.id == "south").devices
    assert (device.config.address, device.config.keypad) == (7, False)
    assert {name: secret.reveal for name, secret in device.secrets.items()} == {
        "key-a": "key-a-0123456789abcdef0123456789abcdef"
    }
    assert found.policy.devices["b"].points == {"in1": PointKind.CIRCUIT}
    assert found.policy.devices["b"].link == "east"
    assert found.policy.readers["a"].formats == ("csn32",)
    assert found.policy.readers["lab-reader"].keypad
    assert found.policy.readers["lab-reader"].formats == DEFAULT_FORMATS
    assert next(link.baud for link in found.links if link.id == "south") == 9600


def test_a_whole_door(make: Make) -> None:
    text = f"""
controllers: {{gate: {{key: "{KEY}", fallback: cached}}}}
schedules: {{office: [{{days: mon, from: "07:00", to: "19:00"}}]}}
doors:
  side:
    between: [outside, lab]
    reader_in: [gate]
    lock: {{output: lobby-io.out3, energise: to_lock, on_power_loss: safe}}
    contact: [{{input: lobby-io.in2, active: open}}, {{input: lobby-io.in3, active: closed}}]
    rex: {{input: lobby-io.in4, active: closed, kind: pir, unlocks: true}}
    tamper: [{{input: lab-reader.tamper}}]
    egress: both
    egress_by: software
    accepted: the building is never locked while people are in it
    emergency_release: {{input: lobby-io.in5, active: open}}
    release_time: 4s
    open_time: 1m
    relock: timer
    unlock: office
    journal: required
"""
    door = make({"x.yaml": text}).policy.doors["side"]
    assert door.source == Source("x.yaml", 5, 3)
    assert door.between == ("outside", "lab")
    assert (door.readers_in, door.readers_out) == (("gate",), ())
    assert door.lock == Lock("lobby-io.out3", False, "safe")
    assert door.contacts == (Input("lobby-io.in2", Sensed.OPEN), Input("lobby-io.in3", Sensed.CLOSED))
    assert door.rex == (Rex(Input("lobby-io.in4", Sensed.CLOSED), "pir", True, 60 * SECOND),)
    assert door.tamper == (Input("lab-reader.tamper", None),)
    assert door.egress == {Direction.IN, Direction.OUT}
    assert door.egress_by is EgressBy.SOFTWARE
    assert door.emergency_release == Input("lobby-io.in5", Sensed.OPEN)
    assert (door.release_time, door.extended_release_time) == (4 * SECOND, 8 * SECOND)
    assert (door.open_time, door.extended_open_time) == (60 * SECOND, 120 * SECOND)
    assert door.pre_alarm_time == 15 * SECOND
    assert (door.relock, door.unlock, door.journal_required) == (Relock.TIMER, "office", True)


def test_a_door_by_default(make: Make) -> None:
    door = make().policy.doors["lab-door"]
    assert (door.release_time, door.open_time, door.pre_alarm_time) == (5 * SECOND, 20 * SECOND, 5 * SECOND)
    assert (door.relock, door.unlock, door.journal_required) == (Relock.ON_CLOSE, None, False)
    assert (door.egress, door.egress_by, door.emergency_release, door.controller) == (frozenset(), None, None, None)
    assert (door.contacts, door.rex, door.tamper) == ((), (), ())


def test_a_door_of_a_controller(make: Make) -> None:
    text = f"""
controllers: {{gate: {{key: "{KEY}", fallback: deny, formats: [h10301]}}}}
doors: {{drive: {{between: [outside, lab], reader_in: gate, controller: gate}}}}
"""
    policy = make({"x.yaml": text}).policy
    assert policy.doors["drive"].controller == "gate"
    assert policy.doors["drive"].lock is None
    assert policy.controllers["gate"].key == b"\x01" + bytes(31)
    assert policy.readers["gate"].controller
    assert not policy.readers["gate"].keypad


def test_areas_zones_fire_operators(make: Make) -> None:
    text = f"""
areas: {{office: {{arming: {{entry_delay: 45s, exit_delay: 0s, disarmed_by: staff}}}}, roof: {{}}}}
zones:
  pir: {{input: hall.motion, area: office, type: interior}}
  hatch: {{input: lobby-io.in7, active: closed, area: roof, type: 24h}}
fire:
  panel: {{input: lobby-io.in8, active: open, doors: all-egress, on_fault: release}}
  other: {{input: lobby-io.in8, active: open, doors: front, on_fault: trouble}}
doors:
  side:
    between: [outside, office]
    lock: {{output: lobby-io.out3, energise: to_unlock, on_power_loss: secure}}
    egress: out
    egress_by: mechanical
operators: {{amira: {{role: supervisor, key: "{KEY}"}}}}
"""
    policy = make({"x.yaml": text}).policy
    assert policy.areas["office"].arming == Arming(45 * SECOND, 0, frozenset({"staff"}))
    assert policy.areas["roof"].arming is None
    assert policy.zones["pir"].input == Input("hall.motion", None)
    assert (policy.zones["hatch"].type, policy.zones["hatch"].area) == (ZoneType.ALWAYS, "roof")
    assert (policy.fire["panel"].doors, policy.fire["panel"].release_on_fault) == (("side",), True)
    assert (policy.fire["other"].doors, policy.fire["other"].release_on_fault) == (("front",), False)
    assert (policy.operators["amira"].role, policy.operators["amira"].key) == (Role.SUPERVISOR, b"\x01" + bytes(31))


IN, OUT = Direction.IN, Direction.OUT


@pytest.mark.parametrize(
    ("where", "ways"),
    [
        ("where: lab", {("lab-door", IN)}),
        ("where: lobby", {("front", IN), ("lab-door", OUT)}),
        ("where: [outside, lab]", {("front", OUT), ("lab-door", IN)}),
        ("where: [front, lobby]", {("front", IN), ("lab-door", OUT)}),
        ("where: front", {("front", IN)}),
        ("where: front, direction: out", {("front", OUT)}),
        ("where: front, direction: both", {("front", IN), ("front", OUT)}),
        ("where: all", {("front", IN), ("lab-door", IN)}),
        ("where: all, direction: both", {("front", IN), ("front", OUT), ("lab-door", IN), ("lab-door", OUT)}),
    ],
)
def test_where(make: Make, where: str, ways: set[object]) -> None:
    text = f"access: {{a: {{who: staff, {where}, when: always}}}}\ndeny: {{d: {{who: staff, {where}}}}}"
    policy = make({"x.yaml": text}).policy
    assert set(policy.access[0].doors) == ways
    assert len(policy.access[0].doors) == len(ways)
    assert set(policy.deny[0].doors) == ways
    assert policy.deny[0].when == "always"


@pytest.mark.parametrize(
    ("who", "meant"),
    [
        ("staff", Who(frozenset({"staff"}))),
        ("[staff, lab]", Who(frozenset({"staff", "lab"}))),
        ("{group: lab, role: chemist}", Who(frozenset({"lab"}), (("role", "chemist"),))),
        ("{company: acme, badge_type: visitor}", Who(frozenset(), (("badge_type", "visitor"), ("company", "acme")))),
    ],
)
def test_who(make: Make, who: str, meant: Who) -> None:
    assert make({"x.yaml": f"access: {{a: {{who: {who}, where: all, when: never}}}}"}).policy.access[0].who == meant


def test_minimum(make: Make) -> None:
    text = "minimum: {lab: {require: card+pin, when: always}, front: {require: card, when: always}}"
    lab, front = make({"x.yaml": text}).policy.minimum
    assert (lab.id, lab.doors, lab.require) == ("lab", (("lab-door", IN),), Require.CARD_PIN)
    assert (front.doors, front.require) == ((("front", IN),), Require.CARD)


def test_a_card_reader_at_a_free_exit_needs_no_keypad(make: Make) -> None:
    text = """
devices:
  out-reader: {driver: card, line: north, address: 9}
  in-reader: {driver: card, line: north, address: 8, keypad: true}
doors:
  side:
    between: [lobby, lab]
    reader_in: in-reader
    reader_out: out-reader
    lock: {output: lobby-io.out3, energise: to_unlock, on_power_loss: secure}
    egress: out
    egress_by: mechanical
minimum: {side: {require: card+pin, when: always}}
"""
    assert make({"x.yaml": text}).policy.minimum[0].doors == (("side", IN),)


@pytest.mark.parametrize(
    ("written", "interval"),
    [
        ('days: mon-fri, from: "07:00", to: "19:00"', Interval(frozenset(range(5)), frozenset(), 420, 1140)),
        ('days: "mon,wed", from: 07:30, to: 07:31', Interval(frozenset({0, 2}), frozenset(), 450, 451)),
        ('days: sat-mon, from: "00:00", to: "24:00"', Interval(frozenset({5, 6, 0}), frozenset(), 0, 1440)),
        ('days: sun, from: "22:00", to: "06:00"', Interval(frozenset({6}), frozenset(), 1320, 1800)),
        ('days: sun, from: "22:00", to: "22:00"', Interval(frozenset({6}), frozenset(), 1320, 2760)),
        ('days: sun, from: "00:00", to: "00:00"', Interval(frozenset({6}), frozenset(), 0, 1440)),
        ('days: half_day, from: "07:00", to: "12:00"', Interval(frozenset(), frozenset({"half_day"}), 420, 720)),
        (
            'days: [fri, holiday], from: "07:00", to: "12:00"',
            Interval(frozenset({4}), frozenset({"holiday"}), 420, 720),
        ),
    ],
)
def test_intervals(make: Make, written: str, interval: Interval) -> None:
    text = f"holidays: {{dates: {{2026-12-24: half_day}}}}\nschedules: {{s: [{{{written}}}]}}"
    assert make({"x.yaml": text}).policy.schedules["s"].intervals == (interval,)


def test_built_in_schedules_know_every_type_of_day(make: Make) -> None:
    policy = make({"x.yaml": "holidays: {dates: {2026-12-24: half_day}}"}).policy
    (whole,) = policy.schedules["always"].intervals
    assert whole == Interval(frozenset(range(7)), frozenset({"holiday", "half_day"}), 0, 1440)
    assert policy.schedules["never"].intervals == ()


def test_holidays(make: Make) -> None:
    text = "holidays: {country: GB, subdivision: ENG, dates: {2026-12-24: half_day, 2026-12-25: works_day}}"
    days = make({"x.yaml": text}).policy.holidays
    assert days[date(2026, 12, 24)] == "half_day"
    assert days[date(2026, 12, 25)] == "works_day", "the site's own dates win"
    assert days[date(2026, 12, 28)] == "holiday", "boxing day, observed"
    assert days[date(2045, 1, 2)] == "holiday"
    assert {day.year for day in days} == set(range(2020, 2046))
    assert date(2026, 3, 17) not in days, "St Patrick's is not kept in England"
