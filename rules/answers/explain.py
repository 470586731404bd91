"""explain(): a decision with everything that spoke against it, and what would have to change for the opposite.

Where decide() stops at the first word of the rules, this hears all: under a denial it still says whether any grant
would have been there, and under a lockdown whether the door is blocked besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.access import decide, look_up, settled
from rules.answers.cause import Cause, Change, distinct, local, named, speaking, supposed, turn
from rules.answers.lacks import holding
from rules.answers.turning import turns
from rules.answers.why import WHY
from rules.answers.why_rules import level_of, restricting
from rules.asked import Asked, Request
from rules.decision import Decision
from rules.mode import mode
from rules.model.reasons import PENDING, PRECEDENCE, Reason
from rules.policy import Direction, InspectionPolicy
from rules.ruling import active_demands, matching, valid_until
from rules.site import Demand, Rule, Site
from rules.state import State


@dataclass(frozen=True, slots=True)
class Noted:
    """What is recorded of a passage that is granted."""

    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """granted: what happens at the door; then `changes` are what would deny, any one of them. waits: for somebody else.

    person: whose card it is, by id. causes: what denies, all of which would have to go; at a free exit they are only
    recorded. grants: those that hold; demands: the active minimums; inspections: by which they may be chosen now;
    mode: of the door; turns: us since 1970 when the answer turns by itself, or None if not within the horizon.
    """

    request: Request
    decision: Decision
    person: str | None
    granted: bool
    waits: bool
    free: bool
    readers: tuple[str, ...]
    mode: str
    causes: tuple[Cause, ...]
    changes: tuple[Change, ...]
    noted: tuple[Noted, ...]
    grants: tuple[Rule, ...]
    demands: tuple[Demand, ...]
    inspections: tuple[InspectionPolicy, ...]
    turns: int | None

    @property
    def utc(self) -> int:
        return self.request.utc

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason that would have applied, each once, in the order of precedence."""
        return tuple(dict.fromkeys(cause.reason for cause in self.causes))


def explain(site: Site, state: State, request: Request, horizon: int) -> Explanation:
    """The decision, explained. horizon: us since 1970 up to which `turns` is looked for.

    The state is as before afterwards, but must be nobody else's meanwhile.
    """
    asked, decision = settled(look_up(site, state, request)), decide(site, state, request)
    door, inwards = site.doors[request.door], request.direction is Direction.IN
    readers = door.readers_in if inwards else door.readers_out
    free = bool(readers) and request.direction in door.egress
    reasons = [] if decision.granted else _all_reasons(asked)
    grants = holding(asked)
    return Explanation(
        request=request,
        decision=decision,
        person=asked.person.id if asked.person is not None else None,
        granted=decision.granted or free,
        waits=not decision.granted and not free and PENDING.issuperset(decision.failed),
        free=free,
        readers=readers,
        mode=mode(state.door(request.door).layers),
        causes=tuple(cause for reason in reasons for cause in WHY[reason](asked)),
        changes=tuple(_denying(asked, grants)) if decision.granted and not free else (),
        noted=tuple(_noted(asked, decision)),
        grants=tuple(grants),
        demands=tuple(sorted(active_demands(asked.way, request.utc), key=lambda d: d.id)),
        inspections=tuple(
            found.policy
            for found in asked.way.inspections
            if found.schedule.active(request.utc) and not found.classes.isdisjoint(asked.classes)
        ),
        turns=None if free else turns(asked, horizon),
    )


def _all_reasons(asked: Asked) -> list[Reason]:
    found = speaking(asked)
    layers = asked.state.door(asked.request.door).layers
    if Reason.LOCKDOWN in found and mode(layer for layer in layers if layer.layer != "locked_down") == "blocked":
        found.add(Reason.DOOR_BLOCKED)
    return sorted(found, key=PRECEDENCE.__getitem__)


def _noted(asked: Asked, decision: Decision) -> Iterator[Noted]:
    for flag in decision.flags:
        place = asked.state.places.get(asked.person.id) if asked.person is not None else None
        if flag is Reason.GRANTED_SOFT_PASSBACK and place is not None:
            text = f"they are in {place.area} already, as far as is known, since {local(asked.site, place.utc)}"
            yield Noted(flag, f"{text}: passback of {named(asked.way.area)} is soft")
        elif flag is Reason.GRANTED_DURESS:
            yield Noted(flag, "the PIN is the one that raises the silent alarm")


# -- the opposite of a grant ----------------------------------------------------------------------------------------


def _denying(asked: Asked, grants: list[Rule]) -> Iterator[Change]:
    """What would turn a grant into a denial."""
    yield _ungranted(grants)
    for change in _in_time(asked, grants):
        if change.at is not None and speaking(supposed(asked, utc=change.at)):
            yield change
    yield from _at_another_level(asked)
    yield from _used_up(asked)
    yield Change("deny", "a deny for this person, or a block")


def _ungranted(grants: list[Rule]) -> Change:
    if len(grants) == 1:
        (only,) = grants
        return Change("remove_rule", f"remove access {named(only)}, or what makes it fit", only.id, only.source)
    return Change("remove_rule", f"remove all of access {', '.join(map(named, grants))}, or what makes them fit")


def _in_time(asked: Asked, grants: list[Rule]) -> Iterator[Change]:
    """What comes to pass by itself."""
    assert asked.person is not None
    if len(grants) == 1:
        yield from turn(asked, grants[0], "ends")
    for rule in distinct(matching(asked.way.denials, asked.classes)):
        yield from turn(asked, rule, "begins")
    values = dict(asked.person.attributes)
    for name in sorted({name for rule in grants for name in rule.who.valid}):
        at = valid_until(values.get(name), asked.site.timezone)
        if at is not None and at < 1 << 61:
            yield Change("wait", f"{name} lapses {local(asked.site, at)}", at=at)
    for what, holder in (("the card", asked.credential), ("the person", asked.person)):
        if holder is not None and holder.ends is not None:
            yield Change("wait", f"{what} ends {local(asked.site, holder.ends)}", at=holder.ends)


def _at_another_level(asked: Asked) -> Iterator[Change]:
    for found in restricting(asked):
        if found.rule.schedule.active(asked.utc):
            rule, level = found.rule, level_of(asked, found.rank)
            yield Change("raise_threat", f"threat level {level}: {named(rule)}", rule.id, rule.source)


def _used_up(asked: Asked) -> Iterator[Change]:
    use = asked.state.use(asked.request.token or "")
    for limit in asked.site.limits:
        policy = limit.policy
        if policy.max_uses is not None and not limit.classes.isdisjoint(asked.classes):
            left = policy.max_uses - use.uses
            yield Change(
                "use", f"{left} more {'use' if left == 1 else 'uses'}: {named(policy)}", policy.id, policy.source
            )
