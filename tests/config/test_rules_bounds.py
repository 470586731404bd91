"""What binds and what forbids, and for a stated time: docs/rules.md from YAML to the door."""

from __future__ import annotations

from datetime import datetime

from rules.model.events.access import Use
from rules.model.reasons import Reason
from rules.policy import Claim, ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy
from rules.state import DoorRecord, Layer, SystemRecord
from tests.config.at_door import IN, NIGHT, NOON, OUT, Door, Load, S, block, person, utc

# -- minimums, denials, limits -----------------------------------------------------------------------------------------


def test_minimums(load: Load) -> None:
    text = block("Minimums").replace(
        "doors:", "access: {sec: {who: [security, lab], where: all, direction: both, when: always}}\ndoors:"
    )
    door = Door(load(text), person("max", "security"), person("kim", "lab"))
    assert door.ask("max", "vault-door").failed == (Reason.PIN_REQUIRED, Reason.SECOND_PERSON_PENDING)
    assert door.ask("max", "vault-door", way=OUT).granted
    assert (door.says("kim", "lab-door"), door.says("kim", "lab-door", NIGHT)) == (Reason.GRANTED, Reason.PIN_REQUIRED)
    christmas = "2026-12-25 01:00"
    assert door.ask("kim", "lab-door", christmas).failed == (Reason.PIN_REQUIRED, Reason.ESCORT_REQUIRED), "both hold"
    assert (door.says("kim", "side", NIGHT), door.says("kim", "front", NIGHT)) == (Reason.PIN_REQUIRED, Reason.GRANTED)
    assert [minimum.id for minimum in door.site.policy.minimum] == ["vault", "lab-door[0]", "lab-door[1]", "perimeter"]


def test_an_exit_is_no_way_into_the_area_outside(load: Load) -> None:
    policy = load("minimum: {outside: {require: card+pin, when: always}}\n")
    assert policy.minimum[0].doors == (("side", OUT),), "front is left by its exit"


def test_denials(load: Load) -> None:
    text = block("Denials").replace(
        "deny:", "access: {all: {who: everyone, where: all, when: always}}\nlockdown: {exempt: everyone}\ndeny:"
    )
    door = Door(load(text), person("acme", "security", company="acme"), person("max", "security"), person("kim", "lab"))
    found = door.ask("acme", "lab-door", NIGHT)
    assert (found.reason, found.rule) == (Reason.DENIED_BY_RULE, "acme-suspended")
    assert [door.says("kim", "lab-door", at) for at in (NOON, NIGHT)] == [Reason.GRANTED, Reason.DENIED_BY_RULE]
    assert door.says("max", "lab-door", NIGHT) is Reason.GRANTED


def test_limits(load: Load) -> None:
    text = block("Limits").replace("limits:", "access: {all: {who: everyone, where: all, when: always}}\nlimits:")
    door = Door(load(text), person("guest", "visitors"), person("ann", "staff"))
    today = datetime.fromisoformat(NOON).date().toordinal()
    used = utc(NOON) - S
    assert door.says("guest", "front") is Reason.GRANTED
    door.state.uses.put("guest", Use(uses=10, days=2, day=today, utc=used))
    assert door.ask("guest", "front").failed == (Reason.MAX_USES,)
    door.state.uses.put("guest", Use(uses=9, days=2, day=today - 1, utc=used))
    assert door.ask("guest", "front").failed == (Reason.MAX_DAYS,)
    door.state.uses.put("guest", Use(uses=9, days=2, day=today, utc=used))
    assert door.says("guest", "front") is Reason.GRANTED
    door.state.uses.put("ann", Use(uses=99, days=50, day=1, utc=utc(NOON) - 91 * 86_400 * S))
    assert door.ask("ann", "front").failed == (Reason.CREDENTIAL_INACTIVE,)


def test_threat_levels(load: Load) -> None:
    text = "access: {all: {who: everyone, where: all, when: always}}\n" + block("Threat levels")
    door = Door(load(text), person("guest", "visitors"), person("fit", "contractors"), person("max", "security"))

    def level(name: str) -> None:
        door.state.system.put("gateway", SystemRecord(threat=name))

    assert door.says("guest", "front") is Reason.GRANTED
    level("guarded")
    assert [door.says(name, "lab-door") for name in ("guest", "fit", "max")] == [
        Reason.THREAT_LEVEL,
        Reason.GRANTED,
        Reason.GRANTED,
    ]
    level("high")
    assert [door.says(name, "vault-door") for name in ("guest", "fit", "max")] == [Reason.THREAT_LEVEL] * 2 + [
        Reason.GRANTED
    ]
    assert door.ask("fit", "lab-door").rule == "high[0]"


def test_lockdown(load: Load) -> None:
    text = "access: {all: {who: everyone, where: front, when: office}}\n" + block("Lockdown")
    door = Door(load(text), person("max", "security"), person("kim", "lab"))
    door.state.doors.put("front", DoorRecord("closed", (Layer("locked_down", "amira", "lock"),)))
    assert (door.says("max", "front"), door.says("kim", "front")) == (Reason.GRANTED, Reason.LOCKDOWN)
    assert door.says("max", "front", NIGHT) is Reason.OUTSIDE_SCHEDULE


# -- overlays and expectations -----------------------------------------------------------------------------------------


def test_overlays(load: Load) -> None:
    text = "access: {all: {who: everyone, where: vault, when: always}}\n" + block("Overlays")
    door = Door(load(text), person("kim"), person("max", "security"))
    before, first, last, after = ("2026-12-05 07:59", "2026-12-05 08:00", "2026-12-05 17:59", "2026-12-05 18:00")
    assert [door.says("kim", "front", at) for at in (before, first, last, after)] == [
        Reason.OUTSIDE_SCHEDULE,
        Reason.GRANTED,
        Reason.GRANTED,
        Reason.OUTSIDE_SCHEDULE,
    ]
    assert door.ask("kim", "lab-door", first).rule == "open-day.guests"
    denied = door.ask("kim", "vault-door", last)
    assert (denied.reason, denied.rule) == (Reason.DENIED_BY_RULE, "open-day.no-vault")
    assert [door.says("max", "vault-door", at) for at in (before, first, after)] == [
        Reason.GRANTED,
        Reason.PIN_REQUIRED,
        Reason.GRANTED,
    ]
    policy = door.site.policy
    assert policy.doors["side"].unlock == "office@open-day"
    assert policy.schedules["office@open-day"].within == (utc(first), utc(after))
    assert policy.schedules["office@open-day"].intervals == policy.schedules["office"].intervals
    assert {rule.when for rule in policy.minimum} == {"always@open-day"}


def test_expectations(load: Load) -> None:
    found = load(block("Expectations")).expect
    assert [each.id for each in found] == [f"expect[{n}]" for n in range(7)]
    people = [each for each in found if isinstance(each, ExpectPolicy)]
    assert [(each.claim, each.opens, each.at, each.when) for each in people] == [
        (Claim.NOBODY, True, None, None),
        (Claim.EVERYONE, True, (0, None, 540), None),
        (Claim.EVERYONE, False, None, "nights"),
        (Claim.ONLY, True, None, None),
        (Claim.NOBODY, True, (None, datetime(2026, 12, 25).date(), 180), None),
    ]
    assert people[0].doors == (("lab-door", IN),)
    assert set(people[3].doors) == {("lab-door", IN), ("vault-door", OUT)}
    fire, apart = found[5:]
    assert isinstance(fire, ExpectFirePolicy)
    assert isinstance(apart, ExpectApartPolicy)
    assert (fire.doors, apart.doors, apart.device) == (("front",), ("front",), "lobby-io")
