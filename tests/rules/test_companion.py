"""Two persons, escorts, and who has to come first, as decisions: who completes whom, and who is in the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.access import look_up
from rules.asked import Request
from rules.companion import completed
from rules.people import Person
from rules.policy import AccessPolicy, Escort, TwoPerson
from rules.state import DoorRecord, FirstRecord, Passage, Release
from tests.rules.builder import IN, MONDAY, S
from tests.rules.trial import STAFF, T, Trial
from tests.rules.wording import access, group, least, who

WINDOW = 30 * S
PAIR = TwoPerson(WINDOW)
ESCORT = Escort(frozenset({"guards"}), WINDOW)


def persons(**groups: str) -> tuple[Person, ...]:
    return tuple(Person(id, frozenset(names.split())) for id, names in groups.items())


def two(*rules: AccessPolicy, **groups: str) -> Trial:
    return Trial({"access": rules}, persons(**groups))


def joined(trial: Trial, person: str, way: str = "lab:in") -> list[str]:
    """Who comes along with somebody."""
    door = way.split(":")[0]
    request = Request(door, IN, f"c-{person}", f"{door}-in", T, trial.utc)
    return [other.person for other in completed(look_up(trial.site, trial.state, request))]


# -- two persons ---------------------------------------------------------------------------------------------------

CREW = access("crew", who("crew"), "lab:in", two_person=PAIR)


def test_two_by_one_grant_pass_and_one_alone_waits() -> None:
    assert two(CREW, ann="crew").says() == "second_person_pending"
    assert two(CREW, ann="crew", bob="crew").waits("bob", "second").says() == "granted"


@pytest.mark.parametrize("other", ["ann", "gone"])
def test_nobody_is_their_own_second_person_and_who_is_gone_is_none(other: str) -> None:
    assert two(CREW, ann="crew").waits(other, "second").says() == "second_person_pending"


def test_a_wait_that_is_over_counts_no_longer() -> None:
    trial = two(CREW, ann="crew", bob="crew").waits("bob", "second")
    (wait,) = trial.state.waiting("lab:in")
    assert trial.says(t=wait.until - 1) == "granted"
    assert trial.says(t=wait.until) == "second_person_pending"


def test_who_waits_at_another_way_is_not_there() -> None:
    rule = replace(CREW, doors=(("lab", IN), ("front", IN)))
    assert two(rule, ann="crew", bob="crew").waits("bob", "second", way="front:in").says() == "second_person_pending"


def test_who_waits_for_an_escort_is_no_second_person() -> None:
    trial = two(CREW, ann="crew guards", bob="crew").waits("bob", "escort", "guards")
    assert trial.says() == "second_person_pending"


@pytest.mark.parametrize(("first", "then"), [("ann", "bob"), ("bob", "ann")])
@pytest.mark.parametrize("ids", [("a", "b"), ("b", "a")])
def test_any_grant_in_common_makes_two_whoever_comes_first_and_whatever_it_is_called(
    first: str, then: str, ids: tuple[str, str]
) -> None:
    """Ann has both grants, Bob one."""
    rules = (
        access(ids[0], who("crew"), "lab:in", two_person=PAIR),
        access(ids[1], who("staff"), "lab:in", two_person=PAIR),
    )
    trial = two(*rules, ann="crew staff", bob="staff").waits(first, "second", rule=min(ids))
    assert trial.says(then) == "granted"
    assert joined(trial, then) == [first]


def test_two_with_a_grant_each_are_not_two_by_one_grant() -> None:
    rules = (CREW, access("staff", who("staff"), "lab:in", two_person=PAIR))
    assert two(*rules, ann="crew", bob="staff").waits("bob", "second", rule="staff").says() == "second_person_pending"


@pytest.mark.parametrize(
    "lapsed",
    [
        {"when": "never"},
        {"who": who("crew", valid=["training"])},
        {"first_person": frozenset({"guards"})},
    ],
    ids=["outside its schedule", "not trained", "nobody came first"],
)
def test_a_grant_that_does_not_hold_makes_nobody_two(lapsed: dict[str, object]) -> None:
    common = replace(CREW, **lapsed)  # type: ignore[arg-type]
    own = access("own", who("staff"), "lab:in", two_person=PAIR)
    assert two(common, own, ann="crew staff", bob="crew").waits("bob", "second", rule="crew").says() == (
        "second_person_pending"
    )


@pytest.mark.parametrize(
    ("ann", "bob", "expected"),
    [
        ("crew", "crew guards", "granted"),
        ("crew guards", "crew", "granted"),
        ("crew", "crew", "second_person_pending"),
    ],
)
def test_one_of_both_is_of_the_stated_group(ann: str, bob: str, expected: str) -> None:
    rule = replace(CREW, two_person=TwoPerson(WINDOW, "guards"))
    assert two(rule, ann=ann, bob=bob).waits("bob", "second", "guards").says() == expected


def test_the_stated_group_may_be_made_of_others() -> None:
    rule = replace(CREW, two_person=TwoPerson(WINDOW, "chiefs"))
    trial = Trial(
        {"access": (rule,), "groups": {"chiefs": group("chiefs", who("guards"))}}, persons(ann="crew", bob="guards")
    )
    assert trial.waits("bob", "second", "chiefs").says() == "granted"


def test_a_minimum_makes_everybody_two_by_any_grant_they_have_in_common() -> None:
    trial = Trial({"minimum": (least("m", "lab:in", two_person=PAIR),)}, persons(ann="staff", bob="staff"))
    assert trial.says() == "second_person_pending"
    assert trial.says(way="lab:out") == "granted"
    assert trial.waits("bob", "second").says() == "granted"


def test_a_grant_and_a_minimum_may_each_want_somebody_else() -> None:
    trial = Trial(
        {"access": (CREW,), "minimum": (least("m", "lab:in", two_person=TwoPerson(WINDOW, "guards")),)},
        persons(ann="crew", bob="crew", gus="guards"),
    )
    assert trial.waits("bob", "second", "guards").says() == "second_person_pending"
    assert trial.waits("gus", "second", "guards").says() == "granted"


def test_whoever_needs_nobody_completes_those_who_wait_for_them() -> None:
    """A guard with a grant of their own is the second person of somebody whose grant wants a guard."""
    rules = (replace(CREW, two_person=TwoPerson(WINDOW, "guards")), access("guard", who("guards"), "lab:in"))
    trial = two(*rules, ann="crew", gus="guards", sue="guards").waits("ann", "second", "guards")
    assert trial.says("gus") == "granted"
    assert joined(trial, "gus") == ["ann"]


def test_who_is_not_waited_for_goes_alone() -> None:
    rules = (replace(CREW, two_person=TwoPerson(WINDOW, "guards")), access("staff", who("staff"), "lab:in"))
    trial = two(*rules, ann="crew", bob="staff").waits("ann", "second", "guards")
    assert trial.says("bob") == "granted"
    assert joined(trial, "bob") == []


# -- escorts -------------------------------------------------------------------------------------------------------

VISIT = access("visit", who("guests"), "lab:in", "lab:out", escort=ESCORT)


def visited(*rules: AccessPolicy, **more: str) -> Trial:
    groups = {"vic": "guests", "gus": "guards", "ann": "staff", **more}
    guard = access("guard", who("guards"), "lab:in", "lab:out")
    return Trial({"access": (VISIT, STAFF, guard, *rules)}, persons(**groups))


def gone_ahead(trial: Trial, person: str, direction: str = "in", until: int = T + 5 * S) -> Trial:
    release = Release("grant", until, S, True, (Passage(person, direction, "lab"),))
    trial.state.doors.put("lab", DoorRecord("closed", (), release))
    return trial


def test_a_visitor_waits_and_the_escort_passes_with_them() -> None:
    trial = visited()
    assert trial.says("vic") == "escort_required"
    trial.waits("vic", "escort", "guards")
    assert trial.says("vic") == "escort_required"
    assert trial.says("gus") == "granted"
    assert joined(trial, "gus") == ["vic"]


def test_somebody_else_must_not_pass_between_a_visitor_and_their_escort() -> None:
    trial = visited().waits("vic", "escort", "guards")
    assert trial.says("ann") == "wrong_escort"
    assert trial.says("ann", way="lab:out") == "granted"
    (wait,) = trial.state.waiting("lab:in")
    assert trial.says("ann", t=wait.until) == "granted"


def test_another_visitor_waits_as_well() -> None:
    assert visited(vera="guests").waits("vic", "escort", "guards").says("vera") == "escort_required"


def test_an_unknown_card_is_no_escort() -> None:
    found = visited().waits("vic", "escort", "guards").ask(token="c-stranger")
    assert [reason.value for reason in found.failed] == ["unknown_credential", "no_access_rights", "wrong_escort"]


def test_a_visitor_follows_while_the_door_is_released_for_the_escort() -> None:
    assert gone_ahead(visited(), "gus").says("vic") == "granted"
    assert gone_ahead(visited(), "gus", "out").says("vic") == "escort_required", "the other way"
    assert gone_ahead(visited(), "ann").says("vic") == "escort_required", "no escort"
    assert gone_ahead(visited(), "gus", until=T).says("vic") == "escort_required", "over"


def test_an_escort_needs_no_escort() -> None:
    """A minimum would else keep out the very people who may bring others in."""
    trial = Trial(
        {"minimum": (least("m", "lab:in", escort=ESCORT),)},
        persons(ann="staff", gus="staff guards", vic="staff"),
    )
    assert trial.says("gus") == "granted"
    assert trial.says("ann") == "escort_required"
    trial.waits("vic", "escort", "guards")
    assert trial.says("gus") == "granted"
    assert joined(trial, "gus") == ["vic"]


def test_a_grant_without_an_escort_is_the_lighter_one() -> None:
    alone = access("regular", who("guests"), "lab:in")
    assert visited(alone).says("vic") == "granted"
    assert visited(replace(alone, when="never")).says("vic") == "escort_required"


def test_of_two_escorts_each_has_to_be_there() -> None:
    trial = visited()
    trial.written = replace(trial.written, minimum=(least("m", "lab:in", escort=Escort(frozenset({"staff"}), WINDOW)),))
    assert gone_ahead(trial, "gus").says("vic") == "escort_required"
    trial.persons = (*trial.persons[:1], Person("gus", frozenset({"guards", "staff"})), *trial.persons[2:])
    assert trial.says("vic") == "granted"


# -- who comes first -----------------------------------------------------------------------------------------------

LED = {"access": (replace(STAFF, first_person=frozenset({"guards", "chiefs"}), when="office"),)}
OPENS = MONDAY - 3 * 3600 * S  # the office schedule


@pytest.mark.parametrize(
    ("key", "utc", "reason"),
    [
        ("lab/guards", OPENS, "granted"),
        ("lab/chiefs", OPENS + 1, "granted"),
        ("lab/guards", OPENS - 1, "first_person_not_in"),  # before this period
        ("lab/staff", OPENS, "first_person_not_in"),
        ("lobby/guards", OPENS, "first_person_not_in"),  # elsewhere
    ],
)
def test_somebody_must_have_come_since_the_period_began(key: str, utc: int, reason: str) -> None:
    trial = Trial(LED)
    trial.state.firsts.put(key, FirstRecord(utc))
    assert trial.says() == reason


def test_who_must_come_first_may_come_first() -> None:
    assert Trial(LED, (Person("gus", frozenset({"staff", "guards"})),)).says("gus") == "granted"


def test_the_way_out_asks_for_who_came_to_where_it_leads() -> None:
    trial = Trial(LED)
    trial.state.firsts.put("lobby/guards", FirstRecord(OPENS))
    assert trial.says(way="lab:out") == "granted"
