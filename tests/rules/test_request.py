"""Requests: who may ask what, what is refused, what follows, and that everything is answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rules.admission import LONGEST_LIFE, RANK, RIGHTS
from rules.model.commands import Answer, EditPeople, PulseOutput, ReplayStream, Wait
from rules.model.events import (
    AccessDenied,
    AccessGranted,
    RequestAccepted,
    RequestCarriedOut,
    RequestRefused,
)
from rules.model.signals import CardPresented, PeopleEdited
from rules.model.stamp import ClockState
from rules.policy import Role
from rules.verbs import VERBS
from tests.rules.builder import ROLES, S
from tests.rules.world import World

TARGET = {
    "arm": "lab",
    "disarm": "lab",
    "lockdown": "all",
    "lockdown-end": "all",
    "acknowledge": "door-forced.front",
    "reset": "door-forced.front",
    "fire-reset": "panel",
    "replay": "event",
}


def refused(world: World, code: str) -> bool:
    """It was refused for this reason, recorded, answered, and nothing else happened."""
    answer = world.answered()
    assert (answer.ok, answer.code) == (False, code)
    assert world.only(RequestRefused).code == code
    return len(world.events) == len(world.orders) == 1


@pytest.mark.parametrize("who", [*ROLES, "mallory", "gate-ctl", ""])
@pytest.mark.parametrize("verb", RIGHTS)
def test_each_verb_wants_its_role(world: World, verb: str, who: str) -> None:
    world.ask(who, verb, TARGET.get(verb, "front"))
    allowed = who in ROLES and RANK[ROLES[who]] >= RANK[RIGHTS[verb]]
    if allowed:
        assert not any(isinstance(e, RequestRefused) and e.code == "not_allowed" for e in world.events)
    else:
        assert refused(world, "not_allowed")


def test_every_verb_has_a_right_and_an_act() -> None:
    assert RIGHTS.keys() == VERBS.keys()
    assert RANK.keys() == set(Role)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"fault": "unsigned"}, "unsigned"),
        ({"fault": "retained"}, "retained"),
        ({"fault": "foreign"}, "foreign"),
    ],
)
def test_what_the_rim_found_wrong_is_refused(world: World, more: dict[str, Any], code: str) -> None:
    assert refused(world.ask("ada", "open", "front", **more), code)


def test_nobody_asks_nothing(world: World) -> None:
    assert refused(world.ask(None, "open", "front"), "unsigned")


def test_lifetimes(world: World) -> None:
    now = world.utc
    assert refused(world.ask("ada", "open", "front", issued=now - 5 * S, expires=now), "expired")
    assert refused(world.ask("ada", "open", "front", issued=now, expires=now + LONGEST_LIFE + 1), "too_long_lived")
    assert refused(world.ask("ada", "open", "front", issued=now + 2 * S + 1, expires=now + 9 * S), "not_yet_valid")
    assert world.ask("ada", "open", "front", issued=now + 2 * S, expires=now + 9 * S).answered().ok
    assert world.ask("ada", "open", "front", issued=now - 9 * S, expires=now + 1).answered().ok


def test_a_nonce_counts_once(world: World) -> None:
    assert world.ask("ada", "open", "front", nonce="n").answered().ok
    assert refused(world.ask("ada", "open", "front", nonce="n"), "replayed")
    assert refused(world.ask("gus", "lockdown", "all", nonce="n"), "replayed")


def test_a_nonce_is_kept_until_its_request_is_expired_for_certain(world: World) -> None:
    world.ask("ada", "open", "front", nonce="n")
    world.wait(6).ask("ada", "open", "front")
    assert world.state.nonces.get("n") is not None
    world.wait(6).ask("ada", "open", "front")
    assert world.state.nonces.get("n") is None


@pytest.mark.parametrize("verb", ["toString", "", "decide2", "OPEN", "__class__"])
def test_an_unknown_verb(world: World, verb: str) -> None:
    assert refused(world.ask("ada", verb, "front"), "unknown_verb")


@pytest.mark.parametrize(
    ("verb", "target", "code"),
    [
        ("open", "nowhere", "no_such_door"),
        ("unlock", "", "no_such_door"),
        ("open", "gate", "no_lock_of_ours"),
        ("lockdown", "nowhere", "no_such_door_or_area"),
        ("arm", "nowhere", "no_such_area"),
        ("acknowledge", "fire.panel", "no_such_alarm"),
        ("reset", "door-forced.front", "no_such_alarm"),
        ("reset", "fire.panel", "use_fire_reset"),
        ("fire-reset", "cellar", "no_such_fire_input"),
        ("replay", "secret", "malformed"),
    ],
)
def test_a_target_that_is_not_there(world: World, verb: str, target: str, code: str) -> None:
    assert refused(world.ask("ada", verb, target), code)


@pytest.mark.parametrize("verb", ["open", "unlock", "auto", "unblock", "disarm", "lockdown-end", "fire-reset"])
def test_nothing_lowers_security_while_the_clock_is_not_trusted(world: World, verb: str) -> None:
    world.clock = ClockState.JUMPED
    assert refused(world.ask("ada", verb, TARGET.get(verb, "front")), "clock_untrusted")
    assert world.ask("ada", "lockdown", "all").answered().ok
    world.clock = ClockState.UNSYNCED
    assert not any(isinstance(e, RequestRefused) and e.code == "clock_untrusted" for e in world.ask("ada", verb).events)


@pytest.mark.parametrize(("status", "refuses"), [("active", True), ("lost", False), ("disabled", False)])
def test_a_card_is_not_given_back_while_the_clock_is_not_trusted(world: World, status: str, refuses: bool) -> None:
    world.clock = ClockState.JUMPED
    world.ask("ada", "card-block", "", f'{{"card":"0123456789ab","status":"{status}"}}')
    assert (RequestRefused in map(type, world.events)) == refuses


def test_an_accepted_request_is_recorded_before_its_effect(world: World) -> None:
    world.ask("gus", "open", "front")
    assert world.names == ["RequestAccepted", "ReleasedByOperator"]
    accepted = world.only(RequestAccepted)
    assert (accepted.who, accepted.verb, accepted.target) == ("gus", "open", "front")
    assert {o.wait for o in world.orders if isinstance(o.command, Answer)} == {Wait.ALWAYS}


# -- replay -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("args", "after", "limit"),
    [
        ("{}", 0, 1000),
        ("", 0, 1000),
        ('{"after":41,"limit":5}', 41, 5),
        ('{"limit":0}', 0, 1),
        ('{"limit":99999999}', 0, 10_000),
    ],
)
def test_replay(world: World, args: str, after: int, limit: int) -> None:
    world.ask("vera", "replay", "event", args)
    (command,) = world.commands(ReplayStream)
    assert (command.stream, command.after, command.limit) == ("event", after, limit)
    assert not world.commands(Answer), "the service answers when it has sent"


BAD_ARGS = ["[", "[]", "7", '{"after":1.5}', '{"after":NaN}', '{"after":Infinity}', '{"after":"1"}', '{"limit":true}']


@pytest.mark.parametrize("args", [*BAD_ARGS, "[" * 200_000, '{"after":1e3}', '{"x":"\\ud800"}', '{"after":null}'])
def test_malformed_arguments(world: World, args: str) -> None:
    assert refused(world.ask("vera", "replay", "event", args), "malformed")


# -- people -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["person-block", "person-unblock", "card-block"])
def test_people_verbs_go_to_the_directory_and_are_answered_by_it(world: World, verb: str) -> None:
    world.ask("sue", verb, "p-bob", '{"why":"left","target":"p-ann"}')
    (edit,) = world.commands(EditPeople)
    assert (edit.operator, edit.verb) == ("sue", verb)
    assert json.loads(edit.args) == {"target": "p-bob", "why": "left"}, "what was signed as target is the target"
    assert not world.commands(Answer)
    world.say(PeopleEdited(edit.request, False, "no_such_person", "{}"))
    assert world.only(RequestCarriedOut).code == "no_such_person"
    assert world.answered() == Answer(edit.request, False, "no_such_person", "{}")


@pytest.mark.parametrize("args", ['{"a":1.5}', "[", '{"a":NaN}', '{"a":"\\ud800"}'])
def test_people_verbs_with_malformed_arguments(world: World, args: str) -> None:
    assert refused(world.ask("sue", "person-block", "p-bob", args), "malformed")


# -- controllers ------------------------------------------------------------------------------------------------


def decide(world: World, token: str | None, who: str = "gate-ctl", reader: str = "gate-ctl", **more: Any) -> World:
    card = CardPresented(reader, token, "h10301", "17", fault=None if token else "bad_format")
    return world.ask(who, "decide", card=card, **more)


def test_a_controller_is_told_yes(world: World) -> None:
    decide(world, "c-bob")
    assert world.names == ["RequestAccepted", "AccessGranted", "AccessTaken"]
    assert world.only(AccessGranted).door == "gate"
    assert json.loads(world.answered().body) == {"granted": True, "release_time": 5 * S}
    assert not world.commands(PulseOutput)


@pytest.mark.parametrize(
    ("token", "reason"), [("c-none", "no_access_rights"), (None, "bad_format"), ("c-eve", "denied_by_rule")]
)
def test_a_controller_is_told_no_and_not_why(world: World, token: str | None, reason: str) -> None:
    decide(world, token)
    assert world.only(AccessDenied).reason == reason
    answer = world.answered()
    assert (answer.code, json.loads(answer.body)) == ("denied", {"granted": False, "release_time": 0})


def test_only_a_controller_asks_and_only_for_itself(world: World) -> None:
    assert refused(decide(world, "c-bob", who="ada"), "not_allowed")
    decide(world, "c-bob", reader="front-in")
    assert world.answered().code == "no_such_reader"
    assert not world.has(AccessGranted)
    world.ask("gate-ctl", "decide")
    assert world.answered().code == "no_such_reader"


def test_a_controller_cannot_replay_a_badge(world: World) -> None:
    decide(world, "c-bob", nonce="n")
    assert refused(decide(world, "c-bob", nonce="n"), "replayed")


def test_a_controller_opens_nothing_else(world: World) -> None:
    assert refused(world.ask("gate-ctl", "open", "front"), "not_allowed")


def test_lockdown_is_answered_with_a_denial(world: World) -> None:
    world.ask("gus", "lockdown", "all")
    assert decide(world, "c-bob").only(AccessDenied).reason == "lockdown"
