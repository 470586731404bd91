"""What stands behind a passage that waits: who else has to come, and a PIN that has to be given."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rules.answers.cause import Cause, Change, lasting, listed, local, named, turn, until
from rules.asked import Asked
from rules.companion import ESCORT, fits, waiting
from rules.model.reasons import Reason
from rules.ruling import active_demands
from rules.site import Demand, Rule


def asking(asked: Asked, wants: Callable[[Rule | Demand], object]) -> tuple[Rule | Demand, ...]:
    """The grant that would count, and the minimums that are active, as far as they ask for something."""
    rule = asked.ruling.rule
    found: list[Rule | Demand] = [rule] if rule is not None and asked.ruling.reason is Reason.GRANTED else []
    found += sorted(active_demands(asked.way, asked.utc), key=lambda d: d.id)
    return tuple(one for one in found if wants(one))


def wants_pin(one: Rule | Demand) -> bool:
    return "pin" in (one.require.factors if isinstance(one, Rule) else one.factors)


def _cause(asked: Asked, reason: Reason, text: str, change: Change, by: tuple[Rule | Demand, ...]) -> Cause:
    """With the end of the minimum, where one alone asks for it."""
    if not by:
        return Cause(reason, text, (change,))
    first = by[0]
    ends = turn(asked, first, "ends") if len(by) == 1 and isinstance(first, Demand) else ()
    said = f"{text}: demanded by {', '.join(map(named, by))}"
    return Cause(reason, said, (change, *ends), first.id, first.source)


# -- PINs -------------------------------------------------------------------------------------------------------------


def pin(reason: Reason, text: str, change: Change) -> Callable[[Asked], Iterator[Cause]]:
    """A PIN that is demanded and was not given, or not well."""

    def why(asked: Asked) -> Iterator[Cause]:
        yield _cause(asked, reason, text, change, asking(asked, wants_pin))

    return why


def locked_out(asked: Asked) -> Iterator[Cause]:
    """Of the card, of the reader, or of both: each has to end."""
    request, state = asked.request, asked.state
    for what, limit in (
        ("this card", state.pin(request.token or "").locked_until),
        (f"reader {request.reader}", state.reader(request.reader).locked_until),
    ):
        if limit is not None and request.t < limit:
            at = until(asked, limit)
            wait = Change("wait", f"the lockout ends {local(asked.site, at)}", at=at)
            yield Cause(Reason.PIN_LOCKOUT, f"too many wrong PINs with {what}", (wait,))


# -- companions -------------------------------------------------------------------------------------------------------


def no_escort(asked: Asked) -> Iterator[Cause]:
    by = asking(asked, lambda one: one.escort is not None)
    escorts = asked.ruling.escorts
    groups = frozenset.intersection(*(e.groups for e in escorts))
    within = lasting(min(e.window for e in escorts))
    whom = listed(groups, " or ")
    if groups:
        change = Change("escort", f"somebody of {whom} shows a badge here within {within} and comes along")
    else:
        change = Change("edit_rule", "no group is an escort to all of these rules: give them one in common")
    yield _cause(asked, Reason.ESCORT_REQUIRED, f"they come with an escort of {whom or 'several groups'}", change, by)


def wrong_escort(asked: Asked) -> Iterator[Cause]:
    """Visitors who wait for somebody else than who asks, by whom they wait for."""
    strange = [other for other in waiting(asked) if other.need == ESCORT and not fits(asked, other)]
    for groups in sorted({other.groups for other in strange}):
        whom, last = listed(groups, " or "), max(other.until for other in strange if other.groups == groups)
        at = until(asked, last)
        ways = (
            Change("escort", f"somebody of {whom} shows a badge here first"),
            Change("wait", f"they wait no longer {local(asked.site, at)}", at=at),
        )
        yield Cause(Reason.WRONG_ESCORT, f"somebody waits here for an escort of {whom}", ways)


def no_second(asked: Asked) -> Iterator[Cause]:
    by = asking(asked, lambda one: one.two_person is not None)
    within = lasting(min(second.window for second in asked.ruling.seconds))
    groups = {second.second for second in asked.ruling.seconds if second.second is not None}
    whom = f", one of both of {listed(groups, ' and ')}," if groups else " who has the same grant"
    change = Change("second", f"a second person{whom} shows a badge here within {within}")
    yield _cause(asked, Reason.SECOND_PERSON_PENDING, "two have to come", change, by)
