"""What an operator may ask for: each verb has its command, which asks the running gateway and is answered."""

from __future__ import annotations

import pytest

from rules.admission import RIGHTS
from tests.gateway.cli.requests.conftest import Doorward, Post
from tests.gateway.small import until

TYPED = {
    "open": ("door", "open", "store"),
    "unlock": ("door", "unlock", "store"),
    "lock": ("door", "lock", "store"),
    "auto": ("door", "auto", "store"),
    "block": ("door", "block", "store"),
    "unblock": ("door", "unblock", "store"),
    "lockdown": ("door", "lockdown", "all"),
    "lockdown-end": ("door", "release", "all"),
    "arm": ("area", "arm", "stores"),
    "disarm": ("area", "disarm", "stores"),
    "forgive": ("area", "forgive", "all"),
    "acknowledge": ("alarms", "acknowledge", "device-lost.io"),
    "reset": ("alarms", "reset", "device-lost.io"),
    "fire-reset": ("fire", "reset", "panel"),
    "person-block": ("people", "remote", "block", "p-0000000000000000"),
    "person-unblock": ("people", "remote", "unblock", "p-0000000000000000"),
    "card-block": ("people", "remote", "block", "--card", "00000000"),
    "threat-level": ("threat", "set", "high"),
    "reload": ("reload",),
    "rollback": ("rollback",),
}
"""verb -> a command that asks it. `replay` is asked by `doorward tail` where something was missed."""


async def test_whatever_may_be_asked_for_has_a_command(post: Post, doorward: Doorward) -> None:
    assert {*TYPED, "replay"} == set(RIGHTS)
    for verb, words in TYPED.items():
        before = post.daemon.app.core.head
        ran = await doorward(*words)
        assert ran.code in (0, 3), ran.err
        found = [e for e in await post.journal(before) if e["type"] in ("RequestAccepted", "RequestRefused")]
        assert [(e["data"]["who"], e["data"]["verb"]) for e in found] == [("amira", verb)]


# -- threat levels ---------------------------------------------------------------------------------------------------


async def test_a_threat_level_is_set_and_cleared(post: Post, doorward: Doorward) -> None:
    ran = await doorward("threat", "set", "high")
    assert (ran.code, ran.out, ran.err) == (0, "high: in force\n", "")
    assert await post.badge() == "threat_level"
    again = await doorward("threat", "set", "high")
    assert (again.code, again.err) == (3, "doorward: gw1: refused: already_so: that is how it is\n")
    plain = (await doorward("threat", "clear", "--json")).plain
    assert (plain["level"], plain["code"]) == (None, "ok")
    assert await post.badge() == "granted"
    changes = [e["data"] for e in await post.journal() if e["type"] == "ThreatLevelChanged"]
    assert [(e["level"], e["by"]) for e in changes] == [("high", "amira"), ("", "amira")]


async def test_a_level_that_is_not_there_is_said_to_be_none(post: Post, doorward: Doorward) -> None:
    ran = await doorward("threat", "set", "hihg")
    assert (ran.code, ran.out) == (3, "")
    assert "no_such_threat_level: `doorward threat list CONFIG` shows those there are" in ran.err
    before = post.daemon.app.core.head
    ran = await doorward("threat", "set", "hihg", "--config", str(post.place.config))
    assert (ran.code, ran.out) == (2, "")
    assert "no threat level 'hihg' (did you mean 'high'?)" in ran.err
    ran = await doorward("threat", "set", "none")
    assert (ran.code, "doorward threat clear" in ran.err) == (2, True)
    asked = [e for e in await post.journal(before) if e["type"] in ("RequestAccepted", "RequestRefused")]
    assert asked == [], "neither was asked of the gateway"


async def test_the_levels_are_listed_from_the_lowest_up(post: Post, doorward: Doorward) -> None:
    config = str(post.place.config)
    plain = (await doorward("threat", "list", config, "--json")).plain
    levels = [(level["level"], level["rank"], len(level["deny"])) for level in plain]
    assert levels == [("guarded", 1, 0), ("high", 2, 1)]
    (rule,) = plain[1]["deny"]
    assert (rule["who"], rule["where"]) == ("staff", [{"door": "store", "direction": "in"}])
    shown = (await doorward("threat", "list", config)).out.replace("│", " ").splitlines()
    guarded, high = (next(" ".join(line.split()) for line in shown if name in line) for name in ("guarded", "high"))
    assert guarded.startswith("guarded nobody more guarded (site.yaml:")
    assert high.startswith("high staff store (in) always high[0] (site.yaml:")


# -- passback --------------------------------------------------------------------------------------------------------


async def test_whoever_is_forgiven_may_come_again(post: Post, doorward: Doorward) -> None:
    for words in (
        ("people", "forgive", post.ann),
        ("people", "forgive", "E-Ann", *post.desk),
        ("area", "forgive", "stores"),
        ("area", "forgive", "all"),
    ):
        assert [await post.badge(), await post.badge()] == ["granted", "passback"]
        ran = await doorward(*words)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == f"{post.ann if 'people' in words else words[2]}: forgiven\n"
    forgiven = [e["data"] for e in await post.journal() if e["type"] == "PassbackForgiven"]
    assert forgiven == [{"persons": [post.ann], "by": "amira"}] * 4


async def test_where_nobody_is_nobody_is_forgiven(post: Post, doorward: Doorward) -> None:
    for words, said in (
        (("area", "forgive", "stores"), "nobody_there: nobody is there, as far as is known"),
        (("area", "forgive", "stors"), "nobody_there: no area 'stors' (did you mean 'stores'?)"),
        (("people", "forgive", post.ann), "nobody_there: their place is not known"),
    ):
        ran = await doorward(*words)
        assert (ran.code, ran.out) == (3, "")
        assert said in ran.err
        assert len(ran.err.splitlines()) == 1


# -- people, from elsewhere ------------------------------------------------------------------------------------------


async def test_a_person_is_blocked_and_unblocked_from_elsewhere(post: Post, doorward: Doorward) -> None:
    ran = await doorward("people", "remote", "block", "E-Ann", *post.desk)
    assert (ran.code, ran.out) == (0, f"{post.ann}: blocked\n")
    await until(lambda: post.daemon.app.core.site.people.persons[post.ann].blocked)
    assert await post.badge() == "person_blocked"
    plain = (await doorward("people", "remote", "unblock", post.ann, "--json")).plain
    assert (plain["person"], plain["code"]) == (post.ann, "ok")
    await until(lambda: not post.daemon.app.core.site.people.persons[post.ann].blocked)
    assert await post.badge() == "granted"
    with post.directory() as people:
        assert {change.actor for change in people.changes_of(post.ann)} == {"test", "amira"}


async def test_a_card_is_lost_and_found_from_elsewhere(post: Post, doorward: Doorward) -> None:
    short = post.token[:8]
    plain = (await doorward("people", "remote", "block", "--card", short, "--status", "lost", "--json")).plain
    assert (plain["card"], plain["status"], plain["code"]) == (post.token[:12], "lost", "ok")
    await until(lambda: post.daemon.app.core.site.cards[post.token].status == "lost")
    assert await post.badge() == "credential_lost"
    ran = await doorward("people", "remote", "unblock", "--card", short)
    assert (ran.code, ran.out) == (0, f"{post.token[:12]}: active\n")


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("remote", "block", "E-Ann"), 2, "give the id (p-...), or --state"),
        (("remote", "block", "E-An", "--desk"), 2, "no person 'E-An' (did you mean 'E-Ann'?)"),
        (("forgive", "all", "--desk"), 2, "no person 'all'"),
        (("remote", "block"), 2, "give WHO or --card"),
        (("remote", "block", "--card", "h10301:17:4242"), 2, "8 or more digits of its token"),
        (("remote", "block", "p-0000000000000000"), 3, "unknown_person: the gateway's directory has nobody of that id"),
        (("remote", "unblock", "--card", "00000000"), 3, "`doorward people show WHO` prints the digits"),
    ],
)
async def test_what_cannot_be_asked(
    post: Post, doorward: Doorward, words: tuple[str, ...], code: int, said: str
) -> None:
    given = [word for word in words if word != "--desk"] + (post.desk if "--desk" in words else [])
    ran = await doorward("people", *given)
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err
