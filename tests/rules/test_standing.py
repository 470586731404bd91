"""What the state says against a passage, as decisions: places, numbers, other doors, use, inspections."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.model.events.access import Use
from rules.people import Person
from rules.policy import AreaPolicy, Escort, Passback, PassbackMode, TwoPerson
from rules.standing import drawn
from rules.state import DoorRecord, InspectionRecord, Layer, Passage, Release
from tests.rules.builder import S
from tests.rules.trial import STAFF, T, Trial
from tests.rules.wording import access, area, inspection, interlock, limit, who

MINUTE = 60 * S
HARD, SOFT, TIMED = PassbackMode
PAIR = TwoPerson(30 * S)


def people(*ids: str) -> tuple[Person, ...]:
    return tuple(Person(id, frozenset({"staff"})) for id in ids)


def areas(**found: dict[str, Any]) -> dict[str, dict[str, AreaPolicy]]:
    return {"areas": {id: area(id, **parts) for id, parts in found.items()}}


def released(trial: Trial, door: str, *passages: Passage) -> Trial:
    trial.state.doors.put(door, DoorRecord("closed", (), Release("grant", T + 5 * S, S, True, passages)))
    return trial


# -- passback ------------------------------------------------------------------------------------------------------


def kept(mode: PassbackMode, **more: Any) -> dict[str, Any]:
    return areas(lab={"passback": Passback(mode, 300 * S, **more)})


def test_who_is_in_does_not_enter_again() -> None:
    assert Trial(kept(HARD)).at("ann", "lab").says() == "passback"
    assert Trial(kept(HARD)).at("ann", "lobby").says() == "granted"
    assert Trial(kept(HARD)).at("ann", "lab").says(way="lab:out") == "granted"


def test_an_unknown_place_passes() -> None:
    assert Trial(kept(HARD)).says() == "granted"


def test_soft_is_noted_even_under_a_denial() -> None:
    trial = Trial(kept(SOFT)).at("ann", "lab")
    assert [f.value for f in trial.ask().flags] == ["granted_soft_passback"]
    assert [f.value for f in trial.ask(age=3 * S).flags] == ["granted_soft_passback"]


@pytest.mark.parametrize(("ago", "reason"), [(300 * S - 1, "timed_passback"), (300 * S, "granted")])
def test_timed_ends_with_its_window(ago: int, reason: str) -> None:
    assert Trial(kept(TIMED)).at("ann", "lab", ago).says() == reason


def test_who_is_exempt_enters_again() -> None:
    for exempt, reason in (
        (who("staff"), "granted"),
        (who("guards"), "passback"),
        (who("staff", but=[who()]), "passback"),
    ):
        assert Trial(kept(HARD, exempt=exempt)).at("ann", "lab").says() == reason


def test_between_two_hard_areas_nobody_comes_from_a_third() -> None:
    both = areas(lobby={"passback": Passback(HARD)}, lab={"passback": Passback(HARD)})
    one = areas(lobby={"passback": Passback(SOFT)}, lab={"passback": Passback(HARD)})
    assert Trial(both).at("ann", "vault").says() == "unexpected_location"
    assert Trial(both).at("ann", "lobby").says() == "granted"
    assert Trial(one).at("ann", "vault").says() == "granted"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * S


@pytest.mark.parametrize(
    ("minute", "entered", "asks", "reason"),
    [
        (6 * 60, "2026-11-22T20:00", "2026-11-23T05:59", "passback"),
        (6 * 60, "2026-11-22T20:00", "2026-11-23T06:00", "granted"),
        (6 * 60, "2026-11-23T06:00", "2026-11-23T06:00", "passback"),
        (6 * 60, "2026-11-23T06:01", "2026-11-24T05:59", "passback"),
        (60, "2026-03-28T20:00", "2026-03-29T00:59", "passback"),  # at one the clocks jump to two
        (60, "2026-03-28T20:00", "2026-03-29T01:00", "granted"),
        (90, "2026-03-28T20:00", "2026-03-29T01:00", "granted"),
        (90, "2026-10-24T23:00", "2026-10-25T00:30", "granted"),  # half past one comes twice
        (90, "2026-10-25T00:40", "2026-10-25T01:30", "granted"),
        (30, "2026-10-24T23:40", "2026-10-25T01:10", "passback"),  # half past midnight comes once
    ],
)
def test_places_are_forgotten_at_a_minute_of_the_local_day(minute: int, entered: str, asks: str, reason: str) -> None:
    trial = Trial(kept(HARD, forgive=(minute,)), utc=at(asks))
    assert trial.at("ann", "lab", at(asks) - at(entered)).says() == reason


# -- occupancy -----------------------------------------------------------------------------------------------------


def test_an_area_is_full_with_those_who_are_in_and_those_who_were_let_in() -> None:
    full = areas(lab={"occupancy_max": 2})
    assert Trial(full).at("bob", "lab").says() == "granted"
    assert Trial(full).at("bob", "lab").at("cat", "lab").says() == "occupancy_max"
    coming = Passage("cat", "in", "lab"), Passage("dan", "out", "lab")
    assert released(Trial(full), "lab", *coming[:1]).at("bob", "lab").says() == "occupancy_max"
    assert released(Trial(full), "vault", *coming[1:]).at("bob", "lab").says() == "occupancy_max"
    assert released(Trial(full), "lab", Passage("cat", "out", "lobby")).at("bob", "lab").says() == "granted"


def test_nobody_is_counted_twice() -> None:
    full = areas(lab={"occupancy_max": 2})
    assert released(Trial(full), "lab", Passage("bob", "in", "lab")).at("bob", "lab").says() == "granted"
    assert Trial(full).at("ann", "lab").at("bob", "lab").says() == "granted", "who is in takes no other's place"


def test_two_who_pass_together_need_room_for_two() -> None:
    two = {"access": (access("pair", who("staff"), "lab:in", two_person=PAIR),)}
    for inside, reason in ((0, "granted"), (1, "occupancy_max")):
        trial = Trial({**two, **areas(lab={"occupancy_max": 2})}, people("ann", "bob")).waits("bob", "second")
        assert (trial.at("cat", "lab") if inside else trial).says() == reason


def test_the_first_of_two_is_told_at_once_that_there_is_no_room_for_both() -> None:
    two = {"access": (access("pair", who("staff"), "lab:in", two_person=PAIR),), **areas(lab={"occupancy_max": 2})}
    assert Trial(two).says() == "second_person_pending"
    assert Trial(two).at("cat", "lab").says() == "occupancy_max"


def test_an_escort_brings_their_visitors() -> None:
    visit = access("visit", who("guests"), "lab:in", escort=Escort(frozenset({"staff"}), 30 * S))
    persons = (*people("ann"), Person("vic", frozenset({"guests"})))
    for inside, reason in ((0, "granted"), (1, "occupancy_max")):
        trial = Trial({"access": (STAFF, visit), **areas(lab={"occupancy_max": 2})}, persons)
        trial.waits("vic", "escort", "staff")
        assert (trial.at("cat", "lab") if inside else trial).says() == reason


def test_entering_takes_enough_and_leaving_leaves_enough() -> None:
    least_two = areas(lab={"occupancy_min": 2})
    assert Trial(least_two).says() == "occupancy_min"
    assert Trial(least_two).at("bob", "lab").says() == "granted"
    assert Trial(least_two).at("ann", "lab").says(way="lab:out") == "granted", "the last one"
    assert Trial(least_two).at("ann", "lab").at("bob", "lab").says(way="lab:out") == "occupancy_min"
    three = Trial(least_two).at("ann", "lab").at("bob", "lab").at("cat", "lab")
    assert three.says(way="lab:out") == "granted"


def test_two_together_are_enough() -> None:
    rules = {"access": (access("pair", who("staff"), "lab:in", "lab:out", two_person=PAIR),)}
    trial = Trial({**rules, **areas(lab={"occupancy_min": 2})}, people("ann", "bob"))
    assert trial.says() == "second_person_pending", "the second one is counted on"
    assert trial.waits("bob", "second").says() == "granted"


def test_both_sides_are_asked() -> None:
    """Enough are where somebody goes, and one would be left where they come from."""
    both = areas(lobby={"occupancy_min": 2}, lab={"occupancy_min": 2})
    trial = Trial(both).at("ann", "lobby").at("bob", "lobby").at("cat", "lab").at("dan", "lab")
    assert trial.says() == "occupancy_min"
    assert Trial(both).at("ann", "lobby").at("cat", "lab").at("dan", "lab").says() == "granted"


# -- doors ---------------------------------------------------------------------------------------------------------

UNLOCKED = Layer("operator", "x", "unlock")


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (DoorRecord("closed"), "granted"),
        (DoorRecord("open"), "interlock"),
        (DoorRecord("unknown"), "interlock"),
        (DoorRecord("closed", (), Release("rex", T + 1, S, False)), "interlock"),
        (DoorRecord("closed", (UNLOCKED,)), "interlock"),
        (DoorRecord("closed", (UNLOCKED, Layer("locked_down", "x", "lock"))), "granted"),
        (DoorRecord("closed", (Layer("fire", "x", "release"), Layer("locked_down", "x", "lock"))), "interlock"),
    ],
)
def test_only_one_door_of_an_interlock_is_open_or_about_to(record: DoorRecord, reason: str) -> None:
    trial = Trial({"interlocks": (interlock("k", "lab", "front"),)})
    trial.state.doors.put("front", record)
    assert trial.says() == reason
    assert trial.says(way="lab:out") == reason
    assert trial.says(way="vault:in") == "granted"


def test_every_group_a_door_is_in_counts() -> None:
    trial = Trial({"interlocks": (interlock("k", "lab", "front"), interlock("l", "vault", "lab"))})
    trial.state.doors.put("vault", DoorRecord("open"))
    assert trial.says() == "interlock"
    assert trial.says(way="front:in") == "granted"


# -- use -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bound", "use", "reason"),
    [
        ({"max_uses": 2}, Use(1, 1), "granted"),
        ({"max_uses": 2}, Use(2, 1), "max_uses"),
        ({"max_days": 2}, Use(9, 2, 739_943), "granted"),  # today is one of them
        ({"max_days": 2}, Use(9, 2, 739_942), "max_days"),
        ({"max_days": 2}, Use(9, 1, 739_942), "granted"),
        ({"inactive_after": 60 * S}, Use(), "granted"),  # never used, never idle
    ],
)
def test_the_use_of_a_card_is_bounded(bound: dict[str, int], use: Use, reason: str) -> None:
    trial = Trial({"limits": (limit("l", who("staff"), **bound),)})
    assert datetime.fromtimestamp(trial.utc // S, UTC).toordinal() == 739_943
    trial.state.uses.put("c-ann", use)
    assert trial.says() == reason


@pytest.mark.parametrize(("ago", "reason"), [(60 * S, "granted"), (60 * S + 1, "credential_inactive")])
def test_a_card_that_was_not_used_for_too_long_is_inactive(ago: int, reason: str) -> None:
    trial = Trial({"limits": (limit("l", who("staff"), inactive_after=60 * S),)})
    trial.state.uses.put("c-ann", Use(1, 1, 1, trial.utc - ago))
    assert trial.says() == reason


def test_each_card_is_counted_by_itself_and_only_of_those_who_are_meant() -> None:
    trial = Trial({"limits": (limit("l", who("staff"), max_uses=1),)})
    trial.state.uses.put("c-other", Use(9, 9))
    assert trial.says() == "granted"
    other = Trial({"limits": (limit("l", who("guards"), max_uses=1),)})
    other.state.uses.put("c-ann", Use(9, 9))
    assert other.says() == "granted"


# -- inspection ----------------------------------------------------------------------------------------------------


def drawing(rate: int, **more: Any) -> Trial:
    return Trial({"inspections": (inspection("i", who("staff"), "lab:in", rate=rate, **more),)})


def test_rates_of_nothing_and_of_everybody() -> None:
    assert drawing(0).says() == "granted"
    assert drawing(1_000_000).says() == "inspection_selected"
    assert drawing(1_000_000, when="never").says() == "granted"
    assert drawing(1_000_000).says(way="lab:out") == "granted"


def test_the_lot_is_fair_and_each_rule_draws_its_own() -> None:
    lots = [f"{n:032x}" for n in range(20_000)]
    hits = [sum(drawn(id, 250_000, lot) for lot in lots) for id in ("i", "j")]
    assert all(abs(count - 5_000) < 300 for count in hits)  # five standard deviations
    both = sum(drawn("i", 250_000, lot) and drawn("j", 250_000, lot) for lot in lots)
    assert abs(both - 1_250) < 180


def test_who_was_chosen_stays_so_for_the_window() -> None:
    trial = drawing(0)
    trial.state.inspections.put("ann", InspectionRecord("lab", T + 1))
    assert trial.says() == "inspection_selected"
    assert trial.says(t=T + 1) == "granted"
    assert trial.says(way="front:in") == "granted"
