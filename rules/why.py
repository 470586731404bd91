"""What stands behind each reason to deny, and what would have to change for it to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from rules.access import Asked, entered, matching, rules_of
from rules.cause import Cause, Change, distinct, local, named, turn
from rules.model.reasons import Reason
from rules.people import Person
from rules.site import Demand, Rule

Why = Callable[[Asked], Iterable[Cause]]


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


# -- rules ----------------------------------------------------------------------------------------------------------


def _denials(asked: Asked) -> Iterator[Cause]:
    """Every denial that is active: all of them have to go."""
    if asked.person is None:
        return
    for rule in distinct(matching(rules_of(asked).denials, asked.person)):
        if rule.schedule.active(asked.stamp.utc):
            changes = tuple(_undenied(asked, rule))
            yield Cause(Reason.DENIED_BY_RULE, f"{named(rule)} denies it", changes, rule.id, rule.source)


def _undenied(asked: Asked, rule: Rule) -> Iterator[Change]:
    assert asked.person is not None
    yield Change("remove_rule", f"remove deny {named(rule)}", rule.id, rule.source)
    groups = groups_of(rules_of(asked).denials, rule) & asked.person.groups
    if groups:
        what = "the group" if len(groups) == 1 else "all of the groups"
        yield Change("leave_groups", f"leave {what} {_listed(groups)}", rule.id, rule.source)
    for key, value in rule.attributes:
        yield Change("change_attribute", f"change attribute {key}, now {value}", rule.id, rule.source)
    yield from turn(asked, rule, "ends")


def groups_of(rules: Mapping[str, tuple[Rule, ...]], rule: Rule) -> frozenset[str]:
    """The groups a rule names; empty where it means everybody."""
    return frozenset(group for group, found in rules.items() if group and rule in found)


def _no_rights(asked: Asked) -> Iterator[Cause]:
    if asked.person is None:
        yield Cause(Reason.NO_ACCESS_RIGHTS, "no person, so no grant", (Change("assign", "give the card to somebody"),))
        return
    yield Cause(Reason.NO_ACCESS_RIGHTS, "no grant covers this person here", tuple(_more_rights(asked)))


def _outside(asked: Asked) -> Iterator[Cause]:
    """Grants there are, and none is active."""
    assert asked.person is not None
    grants = distinct(matching(rules_of(asked).grants, asked.person))
    waits = [change for rule in grants for change in turn(asked, rule, "is active again")]
    waits.sort(key=lambda change: change.at or 0)
    schedules = ", ".join(f"{named(rule)} on schedule {rule.schedule.id}" for rule in grants)
    changes = (*waits, *_more_rights(asked, {rule.id for rule in grants}))
    first = grants[0]
    yield Cause(Reason.OUTSIDE_SCHEDULE, f"not active now: {schedules}", changes, first.id, first.source)


def _more_rights(asked: Asked, but: Iterable[str] = ()) -> Iterator[Change]:
    """What would make the other grants of this way fit, the soonest first, and the grant that is missing."""
    assert asked.person is not None
    grants = rules_of(asked).grants
    others = distinct(rule for found in grants.values() for rule in found if rule.id not in but)
    joins = [change for rule in others for change in _joined(asked, rule, groups_of(grants, rule))]
    yield from sorted(joins, key=lambda change: change.at or 0)
    groups = _listed(asked.person.groups)
    whom = f"one of the groups {groups}" if "," in groups else f"the group {groups}" if groups else "this person"
    yield Change("grant", f"a grant for {whom} at this time")


def _joined(asked: Asked, rule: Rule, groups: frozenset[str]) -> Iterator[Change]:
    """What a person lacks for a rule that would grant then, now or from its next beginning on.

    Groups whose members a denial would keep out are not offered.
    """
    utc = asked.stamp.utc
    at = None if rule.schedule.active(utc) else rule.schedule.next_transition(utc)
    if at is None and not rule.schedule.active(utc):
        return
    assert asked.person is not None
    missing = groups.isdisjoint(asked.person.groups)
    joined = [g for g in (sorted(groups) if groups and missing else [""]) if not _kept_out(asked, rule, g, at or utc)]
    if joined:
        lacks = [f"be in {'the group' if len(joined) == 1 else 'one of the groups'} {_listed(joined)}"] * bool(
            joined[0]
        )
        lacks += [f"have attribute {k}: {v}" for k, v in rule.attributes if (k, v) not in asked.person.attributes]
        when = "" if at is None else f", from {local(asked.site, at)}"
        yield Change("join", f"{' and '.join(lacks)}: {named(rule)}{when}", rule.id, rule.source, at)


def fitted(person: Person, rule: Rule, group: str) -> Person:
    """The person with this group, or none for an empty one, and with the attributes that a rule wants."""
    attributes = dict(person.attributes) | dict(rule.attributes)
    return replace(person, groups=person.groups | ({group} - {""}), attributes=tuple(sorted(attributes.items())))


def _kept_out(asked: Asked, rule: Rule, group: str, utc: int) -> bool:
    """True where a denial that does not mean the person yet would then."""
    assert asked.person is not None
    denials = rules_of(asked).denials
    known = {found.id for found in matching(denials, asked.person)}
    then = matching(denials, fitted(asked.person, rule, group))
    return any(found.id not in known and found.schedule.active(utc) for found in then)


# -- cards and people -----------------------------------------------------------------------------------------------


def _validity(asked: Asked) -> Iterator[tuple[str, int | None, int | None]]:
    """(what, begins, ends) of the card and of the person."""
    for what, holder in (("the card", asked.credential), ("the person", asked.person)):
        if holder is not None:
            yield what, holder.begins, holder.ends


def _early(asked: Asked) -> Iterator[Cause]:
    for what, begins, _ in _validity(asked):
        if begins is not None and asked.stamp.utc < begins:
            when = local(asked.site, begins)
            changes = Change("extend", f"let {what} begin earlier"), Change("wait", f"{what} begins {when}", at=begins)
            yield Cause(Reason.CREDENTIAL_NOT_YET_ACTIVE, f"{what} is not valid before {when}", changes)


def _expired(asked: Asked) -> Iterator[Cause]:
    for what, _, ends in _validity(asked):
        if ends is not None and asked.stamp.utc >= ends:
            text = f"{what} was valid until {local(asked.site, ends)}"
            yield Cause(Reason.CREDENTIAL_EXPIRED, text, (Change("extend", f"extend {what}"),))


# -- doors, areas, PINs ---------------------------------------------------------------------------------------------


def _armed(asked: Asked) -> Iterator[Cause]:
    area = entered(asked.site, asked.request.door, asked.request.direction)
    arming = asked.site.areas[area].arming
    changes = [Change("disarm", f"disarm area {area}")]
    if arming is not None and arming.disarmed_by:
        keys = _listed(arming.disarmed_by)
        changes.append(Change("join", f"be in one of the groups whose entry disarms it: {keys}"))
    yield Cause(Reason.AREA_ARMED, f"area {area} is armed", tuple(changes))


def _pin(reason: Reason, text: str, change: Change) -> Why:
    """A PIN that is demanded and was not given, or not well."""

    def why(asked: Asked) -> Iterator[Cause]:
        demands = demanded(asked)
        if not demands:
            yield Cause(reason, text, (change,))
            return
        first = demands[0]
        ends = turn(asked, first, "ends") if len(demands) == 1 else ()
        said = f"{text}: demanded by {', '.join(map(named, demands))}"
        yield Cause(reason, said, (change, *ends), first.id, first.source)

    return why


def demanded(asked: Asked) -> tuple[Demand, ...]:
    """The minimums that demand a PIN now, by id."""
    found = (d for d in rules_of(asked).demands if d.pin and d.schedule.active(asked.stamp.utc))
    return tuple(sorted(found, key=lambda d: d.id))


def _plain(reason: Reason, text: str, code: str, change: str) -> Why:
    """A reason with no more to it. `{door}` and `{reader}` are those of the request."""

    def why(asked: Asked) -> Iterator[Cause]:
        places = {"door": asked.request.door, "reader": asked.request.reader}
        yield Cause(reason, text.format(**places), (Change(code, change.format(**places)),))

    return why


# reason -> (what is the matter, code of the change, the change)
_PLAIN: Mapping[Reason, tuple[str, str, str]] = {
    Reason.INTERNAL_ERROR: ("evaluation failed", "put_right", "see the journal"),
    Reason.AUTHENTICATION_UNAVAILABLE: ("the PIN could not be checked", "put_right", "bring back the PIN service"),
    Reason.READER_OUT_OF_SERVICE: ("{reader} is not trusted", "put_right", "restore the secure channel of {reader}"),
    Reason.STALE_READ: ("the read waited too long", "read_again", "present the card again"),
    Reason.BAD_FORMAT: ("{reader} cannot read this card", "accept_format", "accept the card's format at {reader}"),
    Reason.UNKNOWN_CREDENTIAL: ("the directory does not know this card", "assign", "give the card to somebody"),
    Reason.CREDENTIAL_DISABLED: ("the card is disabled", "unblock", "unblock the card"),
    Reason.CREDENTIAL_LOST: ("the card is marked lost", "unblock", "unblock the card"),
    Reason.CREDENTIAL_STOLEN: ("the card is marked stolen", "unblock", "unblock the card"),
    Reason.CREDENTIAL_UNASSIGNED: ("the card is nobody's", "assign", "give the card to somebody"),
    Reason.PERSON_BLOCKED: ("the person is blocked", "unblock", "unblock the person"),
    Reason.PIN_LOCKOUT: ("too many wrong PINs", "wait", "wait until the lockout ends"),
    Reason.LOCKDOWN: ("{door} is in lockdown", "end_lockdown", "end the lockdown of {door}"),
    Reason.DOOR_BLOCKED: ("{door} is blocked", "unblock_door", "unblock {door}"),
}
_GIVE_PIN, _SET_PIN = Change("give_pin", "give the PIN"), Change("set_pin", "set a PIN")

WHY: Mapping[Reason, Why] = {
    **{reason: _plain(reason, *row) for reason, row in _PLAIN.items()},
    Reason.CREDENTIAL_NOT_YET_ACTIVE: _early,
    Reason.CREDENTIAL_EXPIRED: _expired,
    Reason.DENIED_BY_RULE: _denials,
    Reason.NO_ACCESS_RIGHTS: _no_rights,
    Reason.OUTSIDE_SCHEDULE: _outside,
    Reason.AREA_ARMED: _armed,
    Reason.PIN_REQUIRED: _pin(Reason.PIN_REQUIRED, "a PIN is needed", _GIVE_PIN),
    Reason.PIN_TIMEOUT: _pin(Reason.PIN_TIMEOUT, "no PIN was given in time", _GIVE_PIN),
    Reason.WRONG_PIN: _pin(Reason.WRONG_PIN, "the PIN is wrong, or none is on file", _SET_PIN),
}
"""Every reason to deny. A later policy adds its reasons here, and its check to `rules.access.CHECKS`."""
