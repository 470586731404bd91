"""Rule sets on their way in: who may let one in, what voids an approval, and where a rollback goes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rules.model.commands import Answer, EditSite, Wait
from rules.model.events import (
    ReloadApproved,
    RequestCarriedOut,
    RequestRefused,
    SiteActivated,
    SiteProposed,
)
from rules.model.signals import CandidateDropped, CandidateRefused, CandidateReviewed, ReloadEnded, SiteChanged
from rules.model.stamp import ClockState
from rules.reload import APPROVAL_LIFE, KEPT
from rules.site import Site
from tests.rules.world import World

A, B, C = ("a" * 64, "b" * 64, "c" * 64)
MINUTES = 60


def propose(world: World, hash: str = B, mode: str = "on_request") -> World:
    return world.say(CandidateReviewed(hash, mode, 2, 1, 0, "crew gains store"))


def activate(world: World, hash: str, cause: str = "reload") -> World:
    return world.say(SiteChanged(hash, 7, "t", "1", cause))


def refusal(world: World) -> str:
    answer = world.answered()
    assert not answer.ok
    assert world.only(RequestRefused).code == answer.code
    return answer.code


def ordered(world: World) -> EditSite:
    (order,) = (o for o in world.orders if isinstance(o.command, EditSite))
    assert order.wait is Wait.BEST_EFFORT
    assert order.ttl is not None
    assert isinstance(order.command, EditSite)
    return order.command


@pytest.fixture
def proposed(world: World) -> World:
    return propose(activate(world, A, "start"))


# -- what is found ------------------------------------------------------------------------------------------------


def test_a_proposal_says_what_it_would_replace(proposed: World) -> None:
    event = proposed.only(SiteProposed)
    assert (event.rules_hash, event.previous, event.gains, event.losses) == (B, A, 2, 1)


def test_an_activation_says_what_it_replaced_and_why(proposed: World) -> None:
    event = activate(proposed, B).only(SiteActivated)
    assert (event.rules_hash, event.previous, event.cause) == (B, A, "reload")
    event = activate(proposed, B, "people").only(SiteActivated)
    assert (event.rules_hash, event.previous, event.cause) == (B, B, "people")


@pytest.mark.parametrize(
    "signal",
    [
        CandidateRefused(C, "config_invalid", ("rules.yaml:1:1: no",), 1),
        CandidateDropped(B),
        SiteChanged(C, 7, "t", "1", "reload"),
        CandidateReviewed(C, "on_request", 0, 0, 0, ""),
        CandidateReviewed(B, "on_request", 0, 0, 0, ""),
    ],
)
def test_what_voids_an_approval(world: World, signal: object) -> None:
    propose(activate(world, A, "start"), mode="two_person").ask("ada", "reload", B)
    assert world.state.reloads.get("proposed").approvals  # type: ignore[union-attr]
    world.say(signal)  # type: ignore[arg-type]
    left = world.state.reloads.get("proposed")
    assert left is None or left.approvals == ()


def test_a_proposal_that_is_only_said_again_keeps_its_approval(world: World) -> None:
    propose(world, mode="two_person").ask("ada", "reload", B)
    propose(world, mode="two_person")
    world.site = _with_two_admins(world)
    assert ordered(world.ask("abe", "reload", B)).rules_hash == B


def test_an_edit_of_people_voids_nothing(proposed: World) -> None:
    activate(proposed, A, "people")
    assert ordered(proposed.ask("ada", "reload", B)).rules_hash == B


# -- who may ------------------------------------------------------------------------------------------------------


def _with_two_admins(world: World) -> Site:
    ada = world.site.operators["ada"]
    return replace(world.site, operators={**world.site.operators, "abe": replace(ada, id="abe")})


@pytest.fixture
def pair(world: World) -> World:
    world.site = _with_two_admins(world)
    return propose(activate(world, A, "start"), mode="two_person")


def test_one_admin_is_enough_on_request(proposed: World) -> None:
    order = ordered(proposed.ask("ada", "reload", B[:12]))
    assert (order.act, order.rules_hash, order.operator) == ("reload", B, "ada")
    assert proposed.only(ReloadApproved).who == "ada"
    assert not proposed.commands(Answer), "answered once it is done"


@pytest.mark.parametrize("who", ["sue", "gus", "vera"])
def test_nobody_else_may(proposed: World, who: str) -> None:
    assert refusal(proposed.ask(who, "reload", B)) == "not_allowed"


@pytest.mark.parametrize(
    ("target", "code"),
    [("", "no_hash"), (B[:11], "no_hash"), ("B" * 12, "no_hash"), (A, "no_such_candidate"), (B + "b", "no_hash")],
)
def test_it_names_what_is_proposed(proposed: World, target: str, code: str) -> None:
    assert refusal(proposed.ask("ada", "reload", target)) == code


def test_a_clock_that_jumped_lets_nothing_in_but_lets_one_go_back(proposed: World) -> None:
    activate(proposed, B)
    propose(proposed, C)
    proposed.clock = ClockState.JUMPED
    assert refusal(proposed.ask("ada", "reload", C)) == "clock_untrusted"
    assert ordered(proposed.ask("sue", "rollback")).rules_hash == A


def test_two_persons_are_two(pair: World) -> None:
    first = pair.ask("ada", "reload", B).answered()
    assert (first.ok, first.code) == (True, "second_operator_pending")
    assert json.loads(first.body) == {"rules_hash": B, "wanted": 1}
    assert refusal(pair.ask("ada", "reload", B)) == "same_operator"
    assert ordered(pair.ask("abe", "reload", B)).operator == "abe"


@pytest.mark.parametrize(("minutes", "counts"), [(14, True), (16, False)])
def test_an_approval_waits_a_quarter_of_an_hour(pair: World, minutes: int, counts: bool) -> None:
    assert APPROVAL_LIFE == 15 * MINUTES * 1_000_000
    pair.ask("ada", "reload", B).wait(minutes * MINUTES)
    assert (not pair.ask("abe", "reload", B).commands(Answer)) is counts


def test_an_operator_who_is_none_any_more_does_not_count(pair: World) -> None:
    pair.ask("ada", "reload", B)
    pair.site = replace(pair.site, operators={k: v for k, v in pair.site.operators.items() if k != "ada"})
    assert pair.ask("abe", "reload", B).answered().code == "second_operator_pending"


@pytest.mark.parametrize("question", ["pending", "check"])
def test_looking_is_no_approval(pair: World, question: str) -> None:
    order = ordered(pair.ask("ada", "reload", question))
    assert (order.act, order.rules_hash) == (question, "")
    assert not pair.has(ReloadApproved)


def test_the_end_is_recorded_and_answered(world: World) -> None:
    world.say(ReloadEnded("q1", False, "restart_needed", '{"problems":["bus changed"]}'))
    assert world.only(RequestCarriedOut) == RequestCarriedOut("q1", False, "restart_needed")
    assert world.answered() == Answer("q1", False, "restart_needed", '{"problems":["bus changed"]}')


# -- back ---------------------------------------------------------------------------------------------------------


def test_there_may_be_nothing_to_go_back_to(world: World) -> None:
    assert refusal(world.ask("sue", "rollback")) == "nothing_to_roll_back"
    activate(world, A, "start")
    assert refusal(world.ask("sue", "rollback")) == "nothing_to_roll_back"
    assert refusal(world.ask("sue", "rollback", "0" * 12)) == "no_such_rule_set"
    assert refusal(world.ask("sue", "rollback", "?")) == "no_hash"
    assert refusal(world.ask("sue", "rollback", A)) == "already_active"
    assert ordered(world.ask("sue", "rollback", C)).rules_hash == C


def test_going_back_twice_goes_back_two(world: World) -> None:
    for hash in (A, B, C):
        activate(world, hash)
    assert ordered(world.ask("sue", "rollback")).rules_hash == B
    activate(world, B, "rollback")
    assert world.state.reloads.get("active").declined == C  # type: ignore[union-attr]
    assert ordered(world.ask("sue", "rollback")).rules_hash == A
    activate(world, A, "rollback")
    assert refusal(world.ask("sue", "rollback")) == "nothing_to_roll_back"


def test_the_set_before_is_the_one_that_was_active_before(world: World) -> None:
    """Back by an edit of the folder is a step forward."""
    for hash in (A, B, A):
        activate(world, hash)
    assert ordered(world.ask("sue", "rollback")).rules_hash == B


def test_a_named_one_is_gone_back_to_with_what_lay_between_left_behind(world: World) -> None:
    for hash in (A, B, C):
        activate(world, hash)
    assert ordered(world.ask("sue", "rollback", A[:12])).rules_hash == A
    activate(world, A, "rollback")
    assert world.state.reloads.get("active").before == ()  # type: ignore[union-attr]


def test_only_so_many_are_remembered(world: World) -> None:
    for number in range(KEPT + 5):
        activate(world, f"{number:064x}")
    assert len(world.state.reloads.get("active").before) == KEPT  # type: ignore[union-attr]
