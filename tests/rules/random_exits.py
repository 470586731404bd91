"""Random sites that the life-safety linter accepts, with every kind of way out, and locks that do what is ordered.

Doors: `front` (a handle; two readers on the way out), `lab` (software: a button and a call point), `side` (people leave
it both ways), `store` (no exit). Whatever the linter refuses is taken out until it refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from rules.answers.lint.finding import Finding
from rules.answers.lint.life_safety import life_safety
from rules.model.commands import Order, PulseOutput, SetOutput, Wait, target
from rules.model.points import Sensed
from rules.policy import (
    AccessPolicy,
    DenyPolicy,
    DoorPolicy,
    EgressBy,
    FirePolicy,
    InspectionPolicy,
    InterlockPolicy,
    Lock,
    MinimumPolicy,
    PassbackMode,
    Policy,
    Relock,
    Rex,
)
from tests.rules import builder
from tests.rules.builder import HERE, IN, OUT, S, circuit
from tests.rules.dice import Dice
from tests.rules.random_policies import random_policy

ZONE = "Europe/London"
SCHEDULED = [None, None, "always", "daily", "office", "open@gala"]

Rule = TypeVar("Rule", AccessPolicy, MinimumPolicy, DenyPolicy, InspectionPolicy, InterlockPolicy)


def _doors(dice: Dice) -> tuple[DoorPolicy, ...]:
    def common() -> dict[str, Any]:
        return {
            "relock": dice.one(list(Relock)),
            "journal_required": dice.rarely(2),
            "unlock": dice.one(SCHEDULED),
            "unlock_after": frozenset({"staff"}) if dice.rarely(3) else frozenset(),
            "blocked": "daily" if dice.rarely(8) else None,
        }

    front = builder.door(
        "front",
        between=("outside", "lobby"),
        readers_in=("front-in",),
        readers_out=("front-out", "front-out2"),
        lock=Lock("io.out1", True, "secure"),
        contacts=(circuit("io.in1", Sensed.OPEN),),
        rex=(Rex(circuit("io.in2"), "button", True, 30 * S),),
        egress=frozenset({OUT}),
        egress_by=EgressBy.MECHANICAL,
        **common(),
    )
    lab = builder.door(
        "lab",
        between=("lobby", "lab"),
        readers_in=("lab-in",),
        readers_out=("lab-out",),
        lock=Lock("io.out2", False, "safe"),
        contacts=(circuit("io.in3", Sensed.OPEN), circuit("io.in4", Sensed.OPEN)),
        rex=(Rex(circuit("io.in5"), "pir", False, 30 * S), Rex(circuit("io.in6"), "button", True, 30 * S)),
        emergency_release=circuit("io.in7"),
        egress=frozenset({OUT}),
        egress_by=EgressBy.SOFTWARE,
        **common(),
    )
    side = builder.door(
        "side",
        between=("outside", "lab"),
        readers_in=("side-in",) if dice.rarely(3) else (),
        readers_out=("side-out",),
        lock=Lock("io2.out1", True, "secure"),
        rex=(Rex(circuit("io2.in1"), "handle", True, 30 * S),),
        egress=frozenset({IN, OUT}),
        egress_by=EgressBy.MECHANICAL,
        **common(),
    )
    store = builder.door(
        "store",
        between=("lobby", "stores"),
        readers_in=("store-in",),
        readers_out=("store-out",),
        lock=Lock("io2.out2", True, "safe"),
        rex=(Rex(circuit("io2.in2"), "button", True, 30 * S),),
        **common(),
    )
    return front, lab, side, store


def _fires(dice: Dice) -> dict[str, FirePolicy]:
    some = ("lab", *dice.some(["front", "side", "store"], 3))
    fires = (
        FirePolicy("panel", HERE, circuit("io.in11", Sensed.OPEN), some, dice.rarely(2)),
        FirePolicy("stairs", HERE, circuit("io.in12", Sensed.OPEN), ("lab", "front"), dice.rarely(2)),
    )
    return {fire.id: fire for fire in fires}


def accepted(dice: Dice, moment: int) -> Policy:
    """A random policy less what the linter refuses."""
    drawn = random_policy(dice, ZONE, moment)
    mine = builder.policy(doors=_doors(dice), zones=())
    interlocks = (InterlockPolicy("lock", HERE, ("store", dice.one(["front", "side"]))),) if dice.rarely(4) else ()
    site = replace(
        drawn, doors=mine.doors, devices=mine.devices, readers=mine.readers, fire=_fires(dice), interlocks=interlocks
    )
    for _ in range(20):
        found = life_safety(site, moment)
        if not found:
            return site
        for one in found:
            site = _without(site, one)
    raise AssertionError(f"the linter is never content: {found}")


def _without(policy: Policy, found: Finding) -> Policy:
    """The rule, or what is refused of the area or the door, taken out."""
    match found.code:
        case "egress-passback" | "egress-occupancy-max" | "egress-occupancy-min" | "egress-area-armed":
            area = policy.areas[found.subject]
            rule = area.passback and replace(area.passback, mode=PassbackMode.SOFT)
            free = replace(area, passback=rule, occupancy_max=None, occupancy_min=None, arming=None)
            return replace(policy, areas={**policy.areas, area.id: free})
        case "egress-blocked":
            door = replace(policy.doors[found.subject], blocked=None)
            return replace(policy, doors={**policy.doors, door.id: door})
        case "egress-lockdown":
            door = replace(policy.doors[found.subject], readers_in=())
            return replace(policy, doors={**policy.doors, door.id: door})
    id = found.subject
    return replace(
        policy,
        access=_less(policy.access, id),
        minimum=_less(policy.minimum, id),
        deny=_less(policy.deny, id),
        inspections=_less(policy.inspections, id),
        interlocks=_less(policy.interlocks, id),
        threats=tuple(replace(t, restrictions=_less(t.restrictions, id)) for t in policy.threats),
    )


def _less(rules: Iterable[Rule], id: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules if rule.id != id)


# -- locks ----------------------------------------------------------------------------------------------------------


def passed(orders: Sequence[Order]) -> Iterator[Order]:
    """Less those that wait for the record, and that a level of the same step overtakes meanwhile."""
    for n, order in enumerate(orders):
        at_once = (later for later in orders[n + 1 :] if later.wait is Wait.NONE)
        levels = {later.command.output for later in at_once if isinstance(later.command, SetOutput)}
        if order.wait is Wait.NONE or target(order.command) not in levels:
            yield order


@dataclass
class Locks:
    """Outputs that do as they are told; what must be on record first is never carried out, for the disk hangs."""

    levels: dict[str, bool] = field(default_factory=dict)
    pulses: dict[str, tuple[bool, int]] = field(default_factory=dict)

    def obey(self, orders: Iterable[Order], t: int) -> None:
        for order in passed(tuple(orders)):
            if order.wait is not Wait.REQUIRED:
                self._obey(order, t)

    def _obey(self, order: Order, t: int) -> None:
        match order.command:
            case SetOutput(output, on):
                self.levels[output] = on
                self.pulses.pop(output, None)
            case PulseOutput(output, on, duration):
                _, until = self.pulses.get(output, (on, 0))
                self.pulses[output] = on, max(until, t + duration)

    def on(self, output: str, t: int) -> bool | None:
        """Its level; None: nobody said."""
        on, until = self.pulses.get(output, (False, 0))
        return on if t < until else self.levels.get(output)

    def released(self, door: DoorPolicy, t: int) -> bool:
        assert door.lock is not None
        return self.on(door.lock.output, t) is door.lock.energise_to_unlock

    def copy(self) -> Locks:
        return Locks(dict(self.levels), dict(self.pulses))
