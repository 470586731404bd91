"""What requests may ask for: each verb accepts, acts and returns `ok`, or returns why not; None: answered later."""

from __future__ import annotations

import json
from collections.abc import Callable

from rules.admission import accept, answer, hears_silence
from rules.alarm import SILENT, acknowledge, reset
from rules.emergency import end_lockdown, lock_down, reset_fire
from rules.intrusion import arm, disarm
from rules.layer import clear_layer, set_layer
from rules.mode import mode
from rules.model.canonical import canonical_bytes
from rules.model.commands import EditPeople, ReplayStream, Wait
from rules.model.events import PassbackForgiven
from rules.model.signals import RequestReceived
from rules.policy import DoorPolicy
from rules.release import open_by_operator
from rules.reload import reload, rollback
from rules.threat import set_threat_level
from rules.turn import Turn

Verb = Callable[[Turn, RequestReceived], str | None]
DoorAct = Callable[[Turn, DoorPolicy, str], object]


def _door(act: DoorAct) -> Verb:
    """A verb on one door."""

    def verb(turn: Turn, request: RequestReceived) -> str:
        door = turn.site.doors.get(request.target)
        if door is None:
            return "no_such_door"
        if door.lock is None:
            return "no_lock_of_ours"
        accept(turn, request)
        act(turn, door, request.who or "")
        return "ok"

    return verb


def _open(turn: Turn, request: RequestReceived) -> str | None:
    """A momentary release; lockdown is ended by name, never by a click on one door."""
    if mode(turn.state.door(request.target).layers) == "locked_down":
        return "locked_down"
    return _door(open_by_operator)(turn, request)


def _doors_meant(turn: Turn, target: str) -> tuple[DoorPolicy, ...]:
    """A door, every door of an area, or all."""
    doors = turn.site.doors
    if target in doors:
        return (doors[target],)
    return tuple(d for d in doors.values() if target == "all" or target in d.between)


def _many(act: Callable[[Turn, tuple[DoorPolicy, ...]], None]) -> Verb:
    def verb(turn: Turn, request: RequestReceived) -> str:
        doors = _doors_meant(turn, request.target)
        if not doors:
            return "no_such_door_or_area"
        accept(turn, request)
        act(turn, doors)
        return "ok"

    return verb


def _arm(turn: Turn, request: RequestReceived) -> str | None:
    if request.target not in turn.site.areas:
        return "no_such_area"
    accept(turn, request)
    code, zones = arm(turn, request.target, request.who or "")
    answer(turn, request, code == "ok", code, canonical_bytes({"zones": list(zones)}).decode())
    return None


def _after_accepting(
    act: Callable[[Turn, str, str], str], known: Callable[[Turn, RequestReceived], str | None]
) -> Verb:
    """A verb on one thing that can itself say no: the request was in order all the same, and is recorded as such."""

    def verb(turn: Turn, request: RequestReceived) -> str | None:
        missing = known(turn, request)
        if missing is not None:
            return missing
        accept(turn, request)
        code = act(turn, request.target, request.who or "")
        answer(turn, request, code == "ok", code)
        return None

    return verb


def _known_area(turn: Turn, request: RequestReceived) -> str | None:
    return None if request.target in turn.site.areas else "no_such_area"


def _known_alarm(turn: Turn, request: RequestReceived) -> str | None:
    known = turn.state.alarms.get(request.target)
    hidden = known is not None and known.kind in SILENT and not hears_silence(turn, request.who)
    return "no_such_alarm" if known is None or hidden else None


def _resettable(turn: Turn, request: RequestReceived) -> str | None:
    """Fire has a reset of its own, which looks at the input first."""
    return "use_fire_reset" if request.target.startswith("fire.") else _known_alarm(turn, request)


def _known_fire(turn: Turn, request: RequestReceived) -> str | None:
    return None if request.target in turn.site.fire else "no_such_fire_input"


def _reset_fire(turn: Turn, fire: str, by: str) -> str:
    return reset_fire(turn, turn.site.fire[fire], by)


def _replay(turn: Turn, request: RequestReceived) -> str | None:
    args = _args(request)
    if args is None:
        return "malformed"
    after, limit = args.get("after", 0), args.get("limit", 1000)
    if request.target not in ("event", "silent") or type(after) is not int or type(limit) is not int:
        return "malformed"
    if request.target == "silent" and not hears_silence(turn, request.who):
        return "not_allowed"
    accept(turn, request)
    turn.order(ReplayStream(request.request, request.target, after, max(1, min(limit, 10_000))), Wait.ALWAYS)
    return None


def _forgive(turn: Turn, request: RequestReceived) -> str | None:
    """A person, everybody in an area, or all: where they are counts as unknown until they pass again."""
    where = turn.state.places
    target = request.target
    meant = tuple(sorted(person for person, place in where.items() if target in (person, place.area, "all")))
    if not meant:
        return "nobody_there"
    accept(turn, request)
    turn.emit(PassbackForgiven(meant, request.who or ""))
    return "ok"


def _edit_people(turn: Turn, request: RequestReceived) -> str | None:
    args = _args(request)
    if args is None:
        return "malformed"
    accept(turn, request)
    text = canonical_bytes({**args, "target": request.target}).decode()
    turn.order(EditPeople(request.request, request.who or "", request.verb, text), Wait.ALWAYS)
    return None


def _args(request: RequestReceived) -> dict[str, object] | None:
    """The arguments, or None where they are not a JSON object without floats."""
    try:
        found = json.loads(request.args or "{}", parse_float=_no_float, parse_constant=_no_float)
        canonical_bytes(found)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _no_float(text: str) -> None:
    raise ValueError(text)


VERBS: dict[str, Verb] = {
    "replay": _replay,
    "open": _open,
    "unlock": _door(lambda turn, door, who: set_layer(turn, door, "operator", "unlock", "operator")),
    "lock": _door(lambda turn, door, who: set_layer(turn, door, "operator", "lock", "operator")),
    "auto": _door(lambda turn, door, who: clear_layer(turn, door, "operator", "operator")),
    "block": _door(lambda turn, door, who: set_layer(turn, door, "blocked", "lock", "operator")),
    "unblock": _door(lambda turn, door, who: clear_layer(turn, door, "blocked", "operator")),
    "lockdown": _many(lock_down),
    "lockdown-end": _many(end_lockdown),
    "arm": _arm,
    "disarm": _after_accepting(disarm, _known_area),
    "acknowledge": _after_accepting(acknowledge, _known_alarm),
    "reset": _after_accepting(reset, _resettable),
    "fire-reset": _after_accepting(_reset_fire, _known_fire),
    "person-block": _edit_people,
    "person-unblock": _edit_people,
    "card-block": _edit_people,
    "threat-level": _after_accepting(set_threat_level, lambda turn, request: None),
    "forgive": _forgive,
    "reload": reload,
    "rollback": rollback,
}
