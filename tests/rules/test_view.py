"""What a console sees: unknown is said, duress never."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from rules.model.canonical import to_plain
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, GatewayBegan, InputChanged, LinkLost, OutputReported
from rules.view import everything, touched, view
from tests.rules.builder import SUNDAY
from tests.rules.world import World


def see(world: World, noun: str, id: str) -> dict[str, Any]:
    found = view(world.site, world.state, noun, id)
    assert found is not None
    json.dumps(found, allow_nan=False)
    return found


def test_before_anything_is_heard_everything_is_unknown() -> None:
    world = World(utc=SUNDAY).say(GatewayBegan("1", True))
    front = see(world, "door", "front")
    assert (front["position"], front["lock"], front["mode"]) == ("unknown", "unknown", "locked")
    assert see(world, "device", "io")["status"] == "unknown"
    assert set(see(world, "device", "io")["inputs"].values()) == {"unknown"}
    assert set(see(world, "area", "lab")["zones"].values()) == {"unknown"}


@pytest.mark.parametrize("lost", [DeviceLost("io", "x"), LinkLost("io-link", "x")])
def test_what_is_lost_is_unknown_again(world: World, lost: Any) -> None:
    world.say(OutputReported("io.out1", False))
    assert see(world, "door", "front")["lock"] == "locked"
    assert see(world, "door", "front")["position"] == "closed"
    world.say(lost)
    assert see(world, "door", "front")["lock"] == "unknown"
    assert see(world, "door", "front")["position"] == "unknown"
    assert see(world, "device", "io")["cause"] == "x"
    assert see(world, "device", "io")["outputs"]["io.out1"]["on"] is None


def test_a_door_without_contacts_or_lock_claims_nothing(world: World) -> None:
    assert see(world, "door", "store")["position"] == "none"
    assert see(world, "door", "gate")["lock"] == "unknown"


def test_a_magnet_without_current_is_unlocked(world: World) -> None:
    world.say(OutputReported("io.out2", False))
    assert see(world, "door", "lab")["lock"] == "unlocked"


@pytest.mark.parametrize(
    ("who", "verb", "mode", "word"),
    [
        ("gus", "lockdown", "locked_down", "LockedDown"),
        ("sue", "block", "blocked", "Blocked"),
        ("sue", "unlock", "operator", "Unlocked"),
        ("gus", "lock", "operator", "Locked"),
    ],
)
def test_modes_in_both_vocabularies(world: World, who: str, verb: str, mode: str, word: str) -> None:
    world.ask(who, verb, "front")
    front = see(world, "door", "front")
    assert (front["mode"], front["onvif_mode"]) == (mode, word)


def test_more_modes(monday: World) -> None:
    assert see(monday, "door", "front")["onvif_mode"] == "Unlocked"
    assert see(monday, "door", "lab")["onvif_mode"] == "Locked"
    monday.card("lab-out", "c-ann")
    assert see(monday, "door", "lab")["onvif_mode"] == "Accessed"
    monday.active("io.in3")
    assert see(monday, "door", "front")["onvif_mode"] == "LockedOpen"
    monday.active("io.in11")
    assert see(monday, "door", "lab")["onvif_mode"] == "LockedOpen"


def test_duress_is_seen_nowhere(world: World) -> None:
    world.card("lab-in", "c-ann").pin("lab-in", "duress")
    assert "duress" not in json.dumps([see(world, *noun) for noun in everything(world.site, world.state)])
    assert view(world.site, world.state, "alarm", "duress.lab") is None
    seen = [noun for e in world.events for noun in touched(world.site, to_plain(e))]
    assert not any(noun == "alarm" for noun, _ in seen)


def test_an_alarm_until_it_is_normal(world: World) -> None:
    world.active("io.in1")
    alarm = see(world, "alarm", "door-forced.front")
    assert (alarm["state"], alarm["active"], alarm["acknowledged"], alarm["latching"]) == (
        "unacknowledged",
        True,
        False,
        True,
    )
    assert ("alarm", "door-forced.front") in set(everything(world.site, world.state))
    world.normal("io.in1").ask("gus", "acknowledge", "door-forced.front").ask("sue", "reset", "door-forced.front")
    assert view(world.site, world.state, "alarm", "door-forced.front") is None


def test_nothing_is_shown_of_what_is_not_there(world: World) -> None:
    for noun in ("door", "area", "device", "alarm"):
        assert view(world.site, world.state, noun, "nowhere") is None


def test_whatever_changes_is_named_by_its_events() -> None:
    """Every view that an act changed is among those that its events name: what is retained is never old."""
    world = World(utc=SUNDAY).begin()
    acts: tuple[Callable[[], World], ...] = (
        lambda: world.card("front-in", "c-bob"),
        lambda: world.active("io.in1"),
        lambda: world.wait(60),
        lambda: world.normal("io.in1"),
        lambda: world.say(OutputReported("io.out1", True)),
        lambda: world.say(DeviceLost("io", "gone")),
        lambda: world.say(DeviceLost("pirs", "gone")),
        lambda: world.say(InputChanged("pirs.in1", Sensed.NORMAL), DeviceFound("pirs")),
        lambda: world.say(LinkLost("north", "gone")),
        lambda: world.ask("gus", "lockdown", "all"),
        lambda: world.active("pirs.in5"),
        lambda: world.normal("pirs.in5"),
    )
    for act in acts:
        before = {noun: view(world.site, world.state, *noun) for noun in everything(world.site, world.state)}
        act()
        named = {noun for e in world.events for noun in touched(world.site, to_plain(e))}
        for noun in {*before, *everything(world.site, world.state)}:
            if view(world.site, world.state, *noun) != before.get(noun):
                assert noun in named, (noun, world.names)
