"""Life safety: errors, not warnings. A rule set with one never goes live.

Not refused is what belongs to a card or to a person, as expiry, a block or a limit: a read on an exit releases all the
same, and there is no other place where that could be written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from rules.answers.lint import demands, egress, fire, hardware
from rules.answers.lint.finding import Finding, in_order
from rules.answers.lint.ground import Ground
from rules.policy import Policy

Check = Callable[[Ground], Iterator[Finding]]

CHECKS: tuple[Check, ...] = (
    egress.schedule,
    egress.blocked,
    egress.interlock,
    egress.lockdown,
    egress.inspection,
    egress.denied,
    egress.threat,
    egress.passback,
    egress.occupancy_max,
    egress.occupancy_min,
    egress.area_armed,
    demands.two_person,
    demands.escort,
    demands.first_person,
    demands.pin,
    demands.prerequisite,
    hardware.no_way,
    hardware.reader_only,
    hardware.lost_with_device,
    hardware.maglock,
    hardware.direct_rex,
    hardware.call_point,
    hardware.lock_outside,
    hardware.rex_outside,
    fire.not_released,
    fire.relocks,
    fire.without_lock,
)
"""Each says one thing, under a code of its own."""


def life_safety(policy: Policy, now: int, on_comms_loss: Mapping[str, str] | None = None) -> list[Finding]:
    """What could keep people in, by place. now: us since 1970; on_comms_loss: see `Ground`."""
    return judged(Ground(policy, now, None, on_comms_loss))


def judged(ground: Ground, checks: tuple[Check, ...] = CHECKS) -> list[Finding]:
    return in_order(found for check in checks for found in check(ground))
