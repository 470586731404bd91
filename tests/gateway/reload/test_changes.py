"""What a running gateway cannot take up is named, and never by a secret."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from config.configuration import Configuration
from gateway.reload.bundle import pack, unpack
from gateway.reload.candidate import Candidate, Rejection, Running, from_record, judge
from gateway.reload.changes import restart_needed, standing_fires, standing_threat
from rules.compile import compile_site
from rules.model.points import Sensed
from rules.model.secret import Secret
from rules.people import People
from rules.policy import EgressBy, FirePolicy, Input, Source, ThreatPolicy
from rules.site import Site
from rules.state import AlarmRecord, State, SystemRecord
from tests.gateway.reload.conftest import DOORS, OPEN, Folder
from tests.rules.builder import site as small_site

NOBODY = People.of(1, (), ())
HERE = Source("x.yaml", 1, 1)


@pytest.fixture
def config(folder: Folder) -> Configuration:
    return folder.make().configuration()


def site(config: Configuration) -> Site:
    return compile_site(config.policy, NOBODY, config.rules_hash)


def needed(old: Configuration, new: Configuration) -> tuple[str, ...]:
    return restart_needed(old, new, site(old), site(new))


def test_rules_need_none(config: Configuration, folder: Folder) -> None:
    folder.write("doors.yaml", DOORS.replace("secure}", "secure}\n    release_time: 9s"))
    folder.write("rules.yaml", OPEN.replace("staff", "crew"))
    assert needed(config, folder.configuration()) == ()


SINGLE: dict[str, Callable[[Configuration], Configuration]] = {
    "gateway changed": lambda c: replace(c, policy=replace(c.policy, gateway="gw2")),
    "bus changed": lambda c: replace(c, bus=replace(c.bus, password=Secret("hush"))),
    "spool changed": lambda c: replace(c, spool=Path("/elsewhere")),
    "secret card-pepper changed": lambda c: replace(c, pepper=Secret("hush")),
    "line 'io' is gone": lambda c: replace(c, links=tuple(x for x in c.links if x.id != "io")),
    "line 'io2' is new": lambda c: replace(c, links=(*c.links, replace(c.links[0], id="io2"))),
    "device 'store-reader' is gone from line 'south'": lambda c: replace(
        c, links=tuple(replace(x, devices=()) if x.id == "south" else x for x in c.links)
    ),
}


@pytest.mark.parametrize("text", SINGLE)
def test_each_is_named_and_no_secret_is(config: Configuration, text: str) -> None:
    assert needed(config, SINGLE[text](config)) == (text,)


def test_an_input_that_is_used_in_another_way(config: Configuration, folder: Folder) -> None:
    with_contact = DOORS.replace("secure}", "secure}\n    contact: {input: io.in1, active: open}")
    folder.write("doors.yaml", with_contact)
    one = folder.configuration()
    folder.write("doors.yaml", with_contact.replace("io.in1", "io.in2"))
    two = folder.configuration()
    assert needed(config, one) == ("contact of 'store': input io.in1 is used in another way",)
    assert needed(one, two) == ("contact of 'store': input io.in2 is used in another way",)
    assert needed(one, config) == ("contact of 'store': input io.in1 is no longer used",)
    gone = replace(one, policy=replace(one.policy, doors={}, access=()))
    assert needed(one, gone) == (), "a whole door may go"


def test_a_door_left_by_software_alone_keeps_its_lock(config: Configuration) -> None:
    store = config.policy.doors["store"]
    by_software = replace(config.policy, doors={"store": replace(store, egress_by=EgressBy.SOFTWARE)})
    old = replace(config, policy=by_software)
    gone = replace(config, policy=replace(config.policy, doors={}, access=()))
    assert needed(old, gone) == ("door 'store': people leave by software alone, and its lock changed",)


def test_a_fire_that_stands_keeps_its_input(config: Configuration) -> None:
    fire = FirePolicy("panel", HERE, Input("io.in8", Sensed.OPEN), ("store",), False)
    old = site(replace(config, policy=replace(config.policy, fire={"panel": fire})))
    state = State()
    assert standing_fires(state, old, site(config)) == ()
    state.alarms.put("fire.panel", AlarmRecord("fire", "panel", 1, True, False, 1))
    assert standing_fires(state, old, site(config)) == ("fire 'panel' stands: reset it first",)
    assert standing_fires(state, old, old) == ()


# -- from the record ----------------------------------------------------------------------------------------------


def test_a_kept_set_is_the_same_again(config: Configuration, folder: Folder) -> None:
    again = from_record(folder.source, config.rules_hash, pack(config.files))
    assert isinstance(again, Configuration)
    assert (again.rules_hash, again.policy) == (config.rules_hash, config.policy)
    assert unpack(pack(config.files)) == config.files


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"site.yaml":"site: x"}', b'{"a.yaml":1}', b"{}"])
def test_a_damaged_one_is_refused(config: Configuration, folder: Folder, body: bytes) -> None:
    found = from_record(folder.source, config.rules_hash, body)
    assert isinstance(found, Rejection)
    assert found.code == "config_invalid"


def test_one_kept_under_another_hash_is_refused(config: Configuration, folder: Folder) -> None:
    assert isinstance(from_record(folder.source, "0" * 64, pack(config.files)), Rejection)


def test_what_cannot_be_compiled_is_refused_and_said(config: Configuration, caplog: pytest.LogCaptureFixture) -> None:
    running = Running(config, site(config), 0)
    assert isinstance(judge(config, running, NOBODY), Candidate)
    broken = replace(config, policy=replace(config.policy, timezone="No/Where"))
    found = judge(broken, running, NOBODY)
    assert isinstance(found, Rejection)
    assert found.code == "internal_error"
    assert "cannot be judged" in caplog.text


def test_a_threat_level_in_force_may_not_be_dropped() -> None:
    state = State()
    without = small_site()
    assert standing_threat(state, without) == ()
    state.system.put("gateway", SystemRecord(threat="high"))
    assert standing_threat(state, without) == ("threat level 'high' is in force: end it first",)
    kept = small_site(threats=(ThreatPolicy("high", HERE, 1, ()),))
    assert standing_threat(state, kept) == ()
