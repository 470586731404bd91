"""How often a card was used, for those whose use is bounded."""

from __future__ import annotations

from rules.asked import Request
from rules.model.events.access import Use
from rules.people import Person
from rules.standing import local_day
from rules.turn import Turn


def counted(turn: Turn, request: Request, person: Person | None) -> Use | None:
    """What a card's use comes to with this grant: None: it is not counted."""
    if person is None or request.token is None or not turn.site.limits:
        return None
    classes = turn.site.members.of(person)
    if all(limit.classes.isdisjoint(classes) for limit in turn.site.limits):
        return None
    use, today = turn.state.use(request.token), local_day(turn.site, request.utc)
    return Use(use.uses + 1, use.days + (use.day != today), today, request.utc)
