"""decide(): grant or deny, why, and by which rule. Pure; the order in which rules were written has no meaning.

Nearly every request is answered by the fast path: a card that is in order, a way that demands no more than a PIN that
was given, a bare grant of one of its holder's classes. All else takes the full path, which hears every check and gives
every reason.
"""

from __future__ import annotations

from rules.asked import STALE_AFTER, Asked, Request, given
from rules.checks import holder_failures, may_disarm, pin_locked
from rules.decision import Decision
from rules.model.reasons import PENDING, PRECEDENCE, Reason
from rules.people import Card
from rules.policy import Direction
from rules.ruling import Ruling, first_active, matching, other_rulings, ruling_of
from rules.site import Site, Way
from rules.state import PinRecord, ReaderRecord, State

__all__ = [
    "STALE_AFTER",
    "Asked",
    "Decision",
    "Request",
    "decide",
    "entered",
    "look_up",
    "may_disarm",
    "opens_by_pin",
    "pin_asked",
    "pin_locked",
    "settled",
]

_IN = Direction.IN
_FORBIDDEN = frozenset({Reason.DENIED_BY_RULE, Reason.THREAT_LEVEL})
_RULED = _FORBIDDEN | {Reason.GRANTED}
_NOTED = frozenset({Reason.GRANTED_SOFT_PASSBACK, Reason.GRANTED_DURESS})


def decide(site: Site, state: State, request: Request) -> Decision:
    """The decision on one request; raises KeyError for a door that is not there."""
    card = site.cards.get(request.token)
    utc = request.utc
    if card is not None and card.lo <= utc < card.hi and request.ordinary and not state.unusual and not card.special:
        fast = (site.fast_in if request.direction is _IN else site.fast_out)[request.door]
        refusal = None
        for name in card.classes:
            if name in fast:
                schedule, granted, outside, more = fast[name]
                if schedule.lo <= utc < schedule.hi:
                    if schedule.now:
                        return granted
                elif schedule.look(utc):
                    return granted
                if more:
                    return _decide_closer(site, state, request, card)
                if refusal is None:
                    refusal = outside
        if fast:
            return refusal or site.nobody
    return _decide_closer(site, state, request, card)


def _decide_closer(site: Site, state: State, request: Request, card: Card | None) -> Decision:
    """Where something has to be looked at besides the first grant: the full path only if it matters."""
    way = (site.entries if request.direction is _IN else site.exits)[request.door]
    if card is None:
        return _decide_unknown(site, state, request, way)
    if state.unusual and not _usual(way, state, request):
        return _decide_fully(site, state, request)
    if not (request.ordinary and way.simple) and not _pin_settled(way, state, request):
        return _decide_fully(site, state, request)
    if card.special and not way.denied.isdisjoint(card.classes):
        return _decide_denied(site, state, request, way, card)
    if not card.lo <= request.utc < card.hi:
        return _decide_dead(site, state, request, way, card)
    decision = _granting(way, card, request.utc)
    if (way.gates and not _open(way, state, card.person)) or (way.conditional and not decision.granted):
        return _decide_fully(site, state, request)
    return decision


def _decide_denied(site: Site, state: State, request: Request, way: Way, card: Card) -> Decision:
    """A card whose holder is denied at times, at a way where nothing else matters."""
    more = way.gates or way.conditional or way.restrictions or site.limits
    if more or not card.lo <= request.utc < card.hi:
        return _decide_fully(site, state, request)
    denial = first_active(matching(way.denials, card.classes), request.utc)
    return _granting(way, card, request.utc) if denial is None else denial.decision


def _decide_dead(site: Site, state: State, request: Request, way: Way, card: Card) -> Decision:
    """A card that is no good, at a way where nothing else matters but whether its holder would have the right."""
    person = site.people.persons.get(card.person or "")
    failed = holder_failures(card, person, request.utc)
    if not failed or person is None or way.gates or way.conditional or site.limits or request.pin != "none":
        return _decide_fully(site, state, request)
    right = _granting(way, card, request.utc)
    if not right.granted:
        failed.append(right.reason)
    first, *others = sorted(set(failed), key=PRECEDENCE.__getitem__) if len(failed) > 1 else failed
    return Decision(first, False, site.edition, None, None, tuple(others))


def _open(way: Way, state: State, person: str | None) -> bool:
    """True if nothing in the state that concerns this way speaks against a passage."""
    for gate in way.gates:  # noqa: SIM110 - a generator would cost as much as the gates
        if not gate(state, person):
            return False
    return True


def _granting(way: Way, card: Card, utc: int) -> Decision:
    """What the bare grants of a way say of a card's holder."""
    decision = way.nobody
    for name in card.classes:
        found = way.plain.get(name)
        if found is not None:
            schedule, granted, outside, more = found
            if schedule.active(utc):
                return granted
            for further, granted in more:
                if further.active(utc):
                    return granted
            if decision is way.nobody:
                decision = outside
    return decision


def _decide_unknown(site: Site, state: State, request: Request, way: Way) -> Decision:
    """A card nobody knows."""
    usual = not state.unusual or _usual(way, state, request)
    if usual and request.ordinary and (way.simple or _pin_settled(way, state, request)) and _open(way, state, None):
        return way.stranger
    return _decide_fully(site, state, request)


def _usual(way: Way, state: State, request: Request) -> bool:
    """True where nothing of the state is out of the ordinary that matters here."""
    return request.reader not in state.unusual and state.unusual.isdisjoint(way.subjects)


def _pin_settled(way: Way, state: State, request: Request) -> bool:
    """True where PINs leave nothing to be decided: given and right, or none given and none demanded now."""
    if not way.keyed or request.by != "card" or request.age > STALE_AFTER or request.fault is not None:
        return False
    if request.pin == "ok":
        return _unlocked(state.readers.get(request.reader)) and _unlocked(state.pins.get(request.token or ""))
    return request.pin == "none" and not any(d.schedule.active(request.utc) for d in way.demands)


def _unlocked(row: ReaderRecord | PinRecord | None) -> bool:
    """True where there was no lockout; one that is over is looked at more closely."""
    return row is None or row.locked_until is None


def _decide_fully(site: Site, state: State, request: Request) -> Decision:
    return _judged(settled(look_up(site, state, request)))


def settled(asked: Asked) -> Asked:
    """By the grant that counts: the least demanding one, or, where it is not met, any other that is.

    So a grant more takes nothing away. Under a denial, too, it is known which grant there would be.
    """
    if not asked.way.conditional or asked.person is None or asked.ruling.reason not in _RULED:
        return asked
    if _FORBIDDEN.issuperset(_judged(asked).failed):
        return asked
    for other in other_rulings(
        asked.site, asked.state, asked.way, asked.person, asked.classes, asked.utc, given(asked.request)
    ):
        again = asked._replace(ruling=_instead(asked.ruling, other))
        if _FORBIDDEN.issuperset(_judged(again).failed):
            return again
    return asked


def _instead(ruling: Ruling, other: Ruling) -> Ruling:
    """Another grant; under a denial, which stays, with what that one asks for."""
    if ruling.reason is Reason.GRANTED:
        return other
    return ruling._replace(missing=other.missing, escorts=other.escorts, seconds=other.seconds)


def _judged(asked: Asked) -> Decision:
    """Everything that speaks against it by one ruling."""
    found = {reason for check in asked.way.checks for reason in check(asked)}
    flags: tuple[Reason, ...] = ()
    duress = asked.request.pin == "duress"
    if Reason.GRANTED_SOFT_PASSBACK in found or duress:
        noted = found & _NOTED | ({Reason.GRANTED_DURESS} if duress else set())
        flags = tuple(sorted(noted, key=PRECEDENCE.__getitem__))
        found -= _NOTED
    return _said(asked.ruling, asked.site, found, flags)


def _said(ruling: Ruling, site: Site, failed: set[Reason], flags: tuple[Reason, ...]) -> Decision:
    rule, edition = ruling.rule, site.edition
    if not failed:
        assert rule is not None
        return Decision(Reason.GRANTED, True, edition, rule.id, rule.source, flags=flags) if flags else rule.decision
    first, *others = failed if len(failed) == 1 else sorted(failed, key=PRECEDENCE.__getitem__)
    if rule is not None and first is ruling.reason:
        return Decision(first, False, edition, rule.id, rule.source, tuple(others), flags)
    return Decision(first, False, edition, None, None, tuple(others), flags)


def look_up(site: Site, state: State, request: Request) -> Asked:
    """Whose card it is, as far as the directory knows, and what the rules of the way say of them."""
    way = site.way(request.door, request.direction)
    card = site.cards.get(request.token)
    person = site.people.persons.get(card.person) if card is not None and card.person is not None else None
    classes = card.classes if card is not None and person is not None else ()
    ruling = ruling_of(site, state, way, person, classes, request.utc, given(request))
    return Asked(site, state, request, way, card, person, classes, ruling)


def pin_asked(site: Site, state: State, request: Request) -> bool:
    """True if a PIN is asked for before any outcome is shown.

    Where a minimum demands one, of everybody. Where some grants do, of all but those whom another grant lets in at
    once: an unknown card looks no different from one that needs its PIN.
    """
    way = site.way(request.door, request.direction)
    if any(d.pin and d.schedule.active(request.utc) for d in way.demands):
        return True
    if not way.conditional or not _some_grant_asks(way, request.utc):
        return False
    decision = decide(site, state, request)
    return not decision.granted and not PENDING.issuperset(decision.failed)


def opens_by_pin(way: Way, utc: int) -> bool:
    """True if a PIN that is a credential by itself may open a way now."""
    if any("card" in d.factors and d.schedule.active(utc) for d in way.demands):
        return False
    rules = (rule for found in way.grants.values() for rule in found)
    return any("card" not in rule.require.factors and rule.schedule.active(utc) for rule in rules)


def _some_grant_asks(way: Way, utc: int) -> bool:
    rules = (rule for found in way.grants.values() for rule in found)
    return any("pin" in rule.require.factors and rule.schedule.active(utc) for rule in rules)


def entered(site: Site, door: str, direction: Direction) -> str:
    """The area a passage leads into."""
    outside, inside = site.doors[door].between
    return inside if direction is _IN else outside
