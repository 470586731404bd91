"""explain(): a decision with everything that spoke against it, and what would have to change for the opposite.

Where decide() stops at the first word of the rules, this hears all: under a denial it still says whether any grant
would have been there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.access import Asked, Decision, Request, decide, grant_ruling, look_up, matching, rules_of
from rules.audit import Audit, Doorway, doorway
from rules.cause import Cause, Change, distinct, local, named, turn
from rules.mode import mode
from rules.model.reasons import PRECEDENCE, Reason
from rules.model.stamp import ClockState, Stamp
from rules.site import Demand, Rule, Site
from rules.spans import union, without
from rules.state import State
from rules.why import WHY, demanded

TIMED = frozenset(
    {
        Reason.CREDENTIAL_NOT_YET_ACTIVE,
        Reason.CREDENTIAL_EXPIRED,
        Reason.DENIED_BY_RULE,
        Reason.NO_ACCESS_RIGHTS,
        Reason.OUTSIDE_SCHEDULE,
    }
)
"""Reasons that time alone may end."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """granted: what happens at the door; then `changes` are what would deny, any one of them.

    causes: what denies, all of which would have to go; at a free exit they are only recorded. grants: the active
    ones; demands: the minimums that demand a PIN; mode: of the door; turns: us since 1970 when the answer turns by
    itself, or None if not within the horizon.
    """

    request: Request
    utc: int
    decision: Decision
    granted: bool
    doorway: Doorway
    mode: str
    causes: tuple[Cause, ...]
    changes: tuple[Change, ...]
    grants: tuple[Rule, ...]
    demands: tuple[Demand, ...]
    turns: int | None

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason that would have applied, each once, in the order of precedence."""
        return tuple(dict.fromkeys(cause.reason for cause in self.causes))


def explain(site: Site, state: State, request: Request, utc: int, horizon: int) -> Explanation:
    """The decision at `utc`, explained. horizon: us since 1970 up to which `turns` is looked for."""
    stamp = Stamp(0, utc, ClockState.OK, "")
    asked = look_up(site, state, request, stamp)
    decision = decide(site, state, request, stamp)
    way = doorway(site, (request.door, request.direction))
    reasons = _all_reasons(asked, decision)
    causes = tuple(cause for reason in reasons for cause in WHY[reason](asked))
    granted = decision.granted or way.free
    grants = _active_grants(asked)
    return Explanation(
        request=request,
        utc=utc,
        decision=decision,
        granted=granted,
        doorway=way,
        mode=mode(state.door(request.door).layers),
        causes=causes,
        changes=tuple(_denying(asked, grants)) if decision.granted and not way.free else (),
        grants=tuple(grants),
        demands=demanded(asked),
        turns=None if way.free else _turns(asked, reasons, horizon),
    )


def _all_reasons(asked: Asked, decision: Decision) -> list[Reason]:
    """Those of the decision, and what the grants say beneath a denial."""
    found = set() if decision.granted else {decision.reason, *decision.also_failed}
    if Reason.DENIED_BY_RULE in found and asked.person is not None:
        found.add(grant_ruling(rules_of(asked), asked.person, asked.stamp.utc)[1])
    return sorted(found - {Reason.GRANTED}, key=PRECEDENCE.__getitem__)


def _active_grants(asked: Asked) -> list[Rule]:
    if asked.person is None:
        return []
    found = matching(rules_of(asked).grants, asked.person)
    return [rule for rule in distinct(found) if rule.schedule.active(asked.stamp.utc)]


# -- the opposite of a grant ----------------------------------------------------------------------------------------


def _denying(asked: Asked, grants: list[Rule]) -> Iterator[Change]:
    """What would turn a grant into a denial."""
    yield _ungranted(grants)
    if len(grants) == 1:
        yield from turn(asked, grants[0], "ends")
    assert asked.person is not None
    for rule in distinct(matching(rules_of(asked).denials, asked.person)):
        yield from turn(asked, rule, "begins")
    for what, holder in (("the card", asked.credential), ("the person", asked.person)):
        if holder is not None and holder.ends is not None:
            yield Change("wait", f"{what} ends {local(asked.site, holder.ends)}", at=holder.ends)
    yield Change("deny", "a deny for this person, or a block")


def _ungranted(grants: list[Rule]) -> Change:
    if len(grants) == 1:
        (only,) = grants
        return Change("remove_rule", f"remove access {named(only)}, or what makes it fit", only.id, only.source)
    return Change("remove_rule", f"remove all of access {', '.join(map(named, grants))}, or what makes them fit")


# -- when the answer turns by itself --------------------------------------------------------------------------------


def _turns(asked: Asked, reasons: list[Reason], horizon: int) -> int | None:
    """The first moment within the horizon at which the decision is another, everything but time being equal."""
    utc = asked.stamp.utc
    if asked.person is None or asked.credential is None or utc >= horizon or not TIMED.issuperset(reasons):
        return None
    audit = Audit(asked.site, utc, horizon)
    way = asked.request.door, asked.request.direction
    spans = audit.passage(asked.person, way, [asked.credential]).spans
    if not asked.person.has_pin:
        spans = without(spans, _pin_spans(audit, asked))
    if reasons:
        return spans[0][0] if spans else None
    return spans[0][1] if spans and spans[0][1] < horizon else None


def _pin_spans(audit: Audit, asked: Asked) -> tuple[tuple[int, int], ...]:
    return union(span for d in rules_of(asked).demands if d.pin for span in audit.active(d))
