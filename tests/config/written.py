"""A random policy as an admin would write it: each rule in one of the forms that the language has for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rules.policy import (
    AccessPolicy,
    AreaPolicy,
    DenyPolicy,
    Direction,
    DoorPolicy,
    Escort,
    Interval,
    MinimumPolicy,
    Policy,
    TwoPerson,
    Who,
)
from tests.rules.builder import S
from tests.rules.dice import Dice

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Ways = tuple[tuple[str, Direction], ...]


class Writer:
    """Writes `spoken` policies; dice choose among the forms that mean the same."""

    def __init__(self, dice: Dice) -> None:
        self._dice = dice

    def files(self, policy: Policy) -> dict[str, bytes]:
        """The sections of a configuration, in two files at random."""
        sections = {name: found for name, found in self._sections(policy).items() if found}
        parts: tuple[dict[str, Any], dict[str, Any]] = {}, {}
        for name, found in sections.items():
            parts[self._dice.below(2)][name] = found
        return {f"rules-{n}.yaml": f"{json.dumps(part, indent=1)}\n...\n".encode() for n, part in enumerate(parts)}

    def _sections(self, policy: Policy) -> dict[str, Any]:
        return {
            "timezone": policy.timezone,
            "holidays": {"dates": {str(day): kind for day, kind in policy.holidays.items()}},
            "schedules": {
                id: [self._interval(each) for each in found.intervals]
                for id, found in policy.schedules.items()
                if "@" not in id and id not in ("always", "never")
            },
            "areas": {id: self._area(found) for id, found in policy.areas.items()},
            "doors": {id: self._door(found) for id, found in policy.doors.items()},
            "groups": {id: [self._who(who) for who in found.members] for id, found in policy.groups.items()},
            "access": {rule.id: self._grant(rule) for rule in policy.access if "." not in rule.id},
            "minimum": {rule.id: self._minimum(rule) for rule in policy.minimum if "." not in rule.id},
            "deny": {rule.id: self._denial(rule) for rule in policy.deny if "." not in rule.id},
            "overlays": self._overlays(policy),
            "limits": {rule.id: self._limit(rule) for rule in policy.limits},
            "inspections": {
                rule.id: {
                    **self._denial(rule),
                    "rate": f"{rule.rate // 10_000}.{rule.rate % 10_000:04d}%",
                    "window": _lasts(rule.window),
                }
                for rule in policy.inspections
            },
            "interlocks": {found.id: list(found.doors) for found in policy.interlocks},
            "threat_levels": [
                {"level": found.id, "deny": [self._denial(rule) for rule in found.restrictions]}
                for found in policy.threats
            ],
            "lockdown": {"exempt": self._who(policy.lockdown_exempt)} if policy.lockdown_exempt else {},
        }

    # -- whom, where ---------------------------------------------------------------------------------------------------

    def _who(self, who: Who) -> Any:
        groups = sorted(who.groups) or ["everyone"]
        named = {name: sorted(v for n, v in who.attributes if n == name) for name in {n for n, _ in who.attributes}}
        if not (named or who.persons or who.valid or who.but) and self._dice.below(2):
            return self._listed(groups)
        found: dict[str, Any] = {name: self._listed(values) for name, values in named.items()}
        found |= dict.fromkeys(sorted(who.valid), "valid")
        if who.persons:
            found["person"] = self._listed(sorted(who.persons))
        if who.groups or not found:
            found["group"] = self._listed(groups)
        if who.but:
            left_out = [self._who(each) for each in who.but]
            found["except"] = left_out if isinstance(left_out[0], list) else self._listed(left_out)
        return found

    def _listed(self, values: list[Any]) -> Any:
        """One alone needs no list."""
        return values[0] if len(values) == 1 and self._dice.below(2) else values

    def _where(self, ways: Ways) -> dict[str, Any]:
        doors = sorted({door for door, _ in ways})
        sides = {way.value for _, way in ways}
        forms: list[Any] = [self._listed(doors), {"door": doors}, [{"tag": f"t-{door}"} for door in doors]]
        if len(doors) == len(DOORS):
            forms += ["all", [{"tag": "every"}]]
        found = {"where": self._dice.one(forms)}
        return found if sides == {"in"} else {**found, "direction": "both" if len(sides) == 2 else "out"}

    # -- rules ---------------------------------------------------------------------------------------------------------

    def _denial(self, rule: Any) -> dict[str, Any]:
        """What every rule about some people says; `always` can be left out but in a grant."""
        found = {"who": self._who(rule.who), **self._where(rule.doors)}
        base = rule.when.partition("@")[0]
        return found if base == "always" and self._dice.below(2) else {**found, "when": base}

    def _grant(self, rule: AccessPolicy) -> dict[str, Any]:
        found = {**self._denial(rule), "require": rule.require.value, **self._company(rule)}
        if "@" not in rule.when:
            found["when"] = rule.when
        return {**found, "first_person": sorted(rule.first_person)} if rule.first_person else found

    def _minimum(self, rule: MinimumPolicy) -> dict[str, Any]:
        found = {**self._where(rule.doors), "when": rule.when.partition("@")[0], **self._company(rule)}
        return {**found, "require": rule.require.value} if rule.require is not None else found

    def _company(self, rule: AccessPolicy | MinimumPolicy) -> dict[str, Any]:
        two, escort = rule.two_person, rule.escort
        return {
            **({} if two is None else {"two_person": self._two(two)}),
            **({} if escort is None else {"escort": self._escort(escort)}),
        }

    def _two(self, two: TwoPerson) -> Any:
        if two == TwoPerson(30 * S) and self._dice.below(2):
            return True
        return {"window": _lasts(two.window), **({} if two.second is None else {"second": two.second})}

    def _escort(self, escort: Escort) -> Any:
        groups = self._listed(sorted(escort.groups))
        return groups if escort.window == 30 * S else {"group": groups, "window": _lasts(escort.window)}

    def _limit(self, rule: Any) -> dict[str, Any]:
        bounds = {"max_uses": rule.max_uses, "max_days": rule.max_days}
        found = {"who": self._who(rule.who), **{name: n for name, n in bounds.items() if n is not None}}
        return found if rule.inactive_after is None else {**found, "inactive_after": _lasts(rule.inactive_after)}

    # -- doors, areas, schedules ---------------------------------------------------------------------------------------

    def _door(self, door: DoorPolicy) -> dict[str, Any]:
        found: dict[str, Any] = {
            "between": list(door.between),
            "reader_in": f"{door.id}-in",
            "reader_out": f"{door.id}-out",
            "lock": {"output": f"io.out{DOORS.index(door.id) + 1}", "energise": "to_unlock", "on_power_loss": "secure"},
            "tags": [f"t-{door.id}", "every"],
        }
        if door.unlock is not None and "@" not in door.unlock:
            after = {"after": sorted(door.unlock_after)} if door.unlock_after else {}
            found["unlock"] = {"when": door.unlock, **after}
        return found if door.blocked is None else {**found, "blocked": door.blocked}

    def _area(self, area: AreaPolicy) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: getattr(area, name) for name in ("occupancy_max", "occupancy_min") if getattr(area, name) is not None
        }
        if area.arming is not None:
            delays = {"entry_delay": _lasts(area.arming.entry_delay), "exit_delay": _lasts(area.arming.exit_delay)}
            by = {"disarmed_by": sorted(area.arming.disarmed_by)} if area.arming.disarmed_by else {}
            found["arming"] = delays | by
        rule = area.passback
        if rule is not None:
            said: dict[str, Any] = {"mode": rule.mode.value}
            said |= {"window": _lasts(rule.window)} if rule.window else {}
            said |= {"exempt": self._who(rule.exempt)} if rule.exempt is not None else {}
            said |= {"forgive": [_clock(minute) for minute in rule.forgive]} if rule.forgive else {}
            found["passback"] = said["mode"] if len(said) == 1 else said
        return found

    def _interval(self, each: Interval) -> dict[str, Any]:
        words = [*(DAYS[n] for n in sorted(each.days)), *sorted(each.types)]
        end = each.end if each.end <= 1440 else each.end - 1440
        found: dict[str, Any] = {
            "days": ",".join(words) if self._dice.below(2) else words,
            "from": _clock(each.start),
            "to": _clock(end),
        }
        dates = {"starts": each.starts, "ends": each.ends}
        found |= {name: str(day) for name, day in dates.items() if day is not None}
        return {**found, "cut_at_midnight": True} if each.cut_at_midnight else found

    # -- overlays ------------------------------------------------------------------------------------------------------

    def _overlays(self, policy: Policy) -> dict[str, Any]:
        """`odd@odd-gala` is the schedule `odd` cut to the time of the overlay `odd-gala`."""
        found: dict[str, Any] = {}
        for schedule in policy.schedules.values():
            base, _, overlay = schedule.id.partition("@")
            if overlay and schedule.within is not None:
                begins, ends = (_local(at, policy.timezone) for at in schedule.within)
                unlock = {door.id: base for door in policy.doors.values() if door.unlock == schedule.id}
                said = {
                    "access": {_named(r): self._grant(r) for r in _of(policy.access, overlay)},
                    "deny": {_named(r): self._denial(r) for r in _of(policy.deny, overlay)},
                    "minimum": {_named(r): self._minimum(r) for r in _of(policy.minimum, overlay)},
                    "unlock": unlock,
                }
                used = {name: part for name, part in said.items() if part}
                found |= {overlay: {"from": begins, "until": ends, **used}} if used else {}
        return found


DOORS = ("front", "lab", "side")


def _of(rules: Iterable[Any], overlay: str) -> list[Any]:
    return [rule for rule in rules if rule.id.startswith(f"{overlay}.")]


def _named(rule: AccessPolicy | DenyPolicy | MinimumPolicy) -> str:
    return rule.id.partition(".")[2]


def _local(utc: int, zone: str) -> str:
    return f"{datetime.fromtimestamp(utc // S, ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _lasts(us: int) -> str:
    return f"{us // S}s"
