"""What stands behind each reason to deny, and what would have to change for it to go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from rules.answers.cause import Cause, Change, listed, local, named, speaking, supposed
from rules.answers.lacks import SAID, fits
from rules.answers.why_others import locked_out, no_escort, no_second, pin, wrong_escort
from rules.answers.why_rules import denials, lapsed, no_rights, not_first, outside, restrictions
from rules.answers.why_state import full, inspection, interlock, limited, passback, too_few
from rules.asked import Asked
from rules.following import SCHEDULE
from rules.model.reasons import Reason
from rules.policy import Who

Why = Callable[[Asked], Iterable[Cause]]

# -- cards and people -------------------------------------------------------------------------------------------------


def _validity(asked: Asked) -> Iterator[tuple[str, int | None, int | None]]:
    """(what, begins, ends) of the card and of the person."""
    for what, holder in (("the card", asked.credential), ("the person", asked.person)):
        if holder is not None:
            yield what, holder.begins, holder.ends


def _early(asked: Asked) -> Iterator[Cause]:
    for what, begins, _ in _validity(asked):
        if begins is not None and asked.utc < begins:
            when = local(asked.site, begins)
            changes = Change("extend", f"let {what} begin earlier"), Change("wait", f"{what} begins {when}", at=begins)
            yield Cause(Reason.CREDENTIAL_NOT_YET_ACTIVE, f"{what} is not valid before {when}", changes)


def _expired(asked: Asked) -> Iterator[Cause]:
    for what, _, ends in _validity(asked):
        if ends is not None and asked.utc >= ends:
            text = f"{what} was valid until {local(asked.site, ends)}"
            yield Cause(Reason.CREDENTIAL_EXPIRED, text, (Change("extend", f"extend {what}"),))


# -- doors and areas --------------------------------------------------------------------------------------------------


def _armed(asked: Asked) -> Iterator[Cause]:
    area = asked.way.area
    arming = asked.site.areas[area.id].arming
    changes = [Change("disarm", f"disarm area {area.id}")]
    if arming is not None and arming.disarmed_by:
        text = f"be in one of the groups whose entry disarms it: {listed(arming.disarmed_by)}"
        changes += _joined(asked, Who(arming.disarmed_by), text)
    yield Cause(Reason.AREA_ARMED, f"area {area.id} is armed", tuple(changes))


def _locked_down(asked: Asked) -> Iterator[Cause]:
    door, exempt = asked.request.door, asked.site.policy.lockdown_exempt
    changes = [Change("end_lockdown", f"end the lockdown of {door}")]
    if exempt is not None:
        groups = f": {listed(exempt.groups)}" if exempt.groups else ""
        changes += _joined(asked, exempt, f"be one of those whom lockdown lets pass{groups}")
    yield Cause(Reason.LOCKDOWN, f"{door} is in lockdown", tuple(changes))


def _joined(asked: Asked, who: Who, text: str) -> list[Change]:
    """One change, if there is a way to be meant that brings nothing new against them."""
    known = speaking(asked) | SAID
    able = tuple(fit.person for fit in fits(asked, who) if speaking(supposed(asked, fit.person)) <= known)
    return [Change("join", text, become=able)] if able else []


def _blocked(asked: Asked) -> Iterator[Cause]:
    """By its schedule, by an operator, or by both: each has to end."""
    door = asked.site.doors[asked.request.door]
    for layer in asked.state.door(door.id).layers:
        if layer.layer != "blocked":
            continue
        if layer.by == SCHEDULE and door.blocked is not None:
            at = asked.site.schedules[door.blocked].next_transition(asked.utc)
            text = f"{named(door)} is blocked on schedule {door.blocked}"
            waits = [Change("wait", f"that ends {local(asked.site, at)}", at=at)] if at is not None else []
            edit = Change("edit_rule", f"let {named(door)} not be blocked then", door.id, door.source)
            yield Cause(Reason.DOOR_BLOCKED, text, (*waits, edit), door.id, door.source)
        else:
            changes = (Change("unblock_door", f"unblock {door.id}"),)
            yield Cause(Reason.DOOR_BLOCKED, f"{door.id} is blocked by {layer.by}", changes)


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
    Reason.SECOND_PERSON_TIMEOUT: ("no second person came", "read_again", "present both badges within the time"),
}
_GIVE_PIN, _SET_PIN = Change("give_pin", "give the PIN"), Change("set_pin", "set a PIN")

WHY: Mapping[Reason, Why] = {
    **{reason: _plain(reason, *row) for reason, row in _PLAIN.items()},
    **{r: limited(r) for r in (Reason.CREDENTIAL_INACTIVE, Reason.MAX_USES, Reason.MAX_DAYS)},
    **{r: passback(r) for r in (Reason.PASSBACK, Reason.TIMED_PASSBACK, Reason.UNEXPECTED_LOCATION)},
    Reason.CREDENTIAL_NOT_YET_ACTIVE: _early,
    Reason.CREDENTIAL_EXPIRED: _expired,
    Reason.PIN_LOCKOUT: locked_out,
    Reason.LOCKDOWN: _locked_down,
    Reason.DOOR_BLOCKED: _blocked,
    Reason.DENIED_BY_RULE: denials,
    Reason.THREAT_LEVEL: restrictions,
    Reason.NO_ACCESS_RIGHTS: no_rights,
    Reason.OUTSIDE_SCHEDULE: outside,
    Reason.PREREQUISITE_LAPSED: lapsed,
    Reason.FIRST_PERSON_NOT_IN: not_first,
    Reason.AREA_ARMED: _armed,
    Reason.PIN_REQUIRED: pin(Reason.PIN_REQUIRED, "a PIN is needed", _GIVE_PIN),
    Reason.PIN_TIMEOUT: pin(Reason.PIN_TIMEOUT, "no PIN was given in time", _GIVE_PIN),
    Reason.WRONG_PIN: pin(Reason.WRONG_PIN, "the PIN is wrong, or none is on file", _SET_PIN),
    Reason.INTERLOCK: interlock,
    Reason.OCCUPANCY_MAX: full,
    Reason.OCCUPANCY_MIN: too_few,
    Reason.ESCORT_REQUIRED: no_escort,
    Reason.WRONG_ESCORT: wrong_escort,
    Reason.INSPECTION_SELECTED: inspection,
    Reason.SECOND_PERSON_PENDING: no_second,
}
"""Every reason to deny. A later policy adds its reasons here, and its check to `rules.access.CHECKS`."""
