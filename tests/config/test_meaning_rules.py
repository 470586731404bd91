"""What accepted rules mean, value by value: whom, where, who else, schedules between dates, overlays, several files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from config.configuration import Configuration
from rules.policy import (
    EVERYBODY,
    Direction,
    Escort,
    GroupPolicy,
    Interval,
    LimitPolicy,
    MinimumPolicy,
    Passback,
    PassbackMode,
    Policy,
    Require,
    Source,
    TwoPerson,
    Who,
)

S = 1_000_000
DAY = 86_400 * S
IN, OUT = Direction.IN, Direction.OUT
Make = Callable[..., Configuration]


def who(*groups: str, **said: object) -> Who:
    return Who(frozenset(groups), **said)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("everyone", EVERYBODY),
        ("{group: everyone, except: staff}", who(but=(who("staff"),))),
        ("{group: [lab, staff], except: [boss, {company: acme}]}", None),
        ("{person: [p001, Ümit Ö.]}", who(persons=frozenset({"p001", "Ümit Ö."}))),
        ("{person: 0012}", who(persons=frozenset({"0012"}))),
        ("{role: [fitter, chemist]}", who(attributes=(("role", "chemist"), ("role", "fitter")))),
        ("{role: [fitter, fitter]}", who(attributes=(("role", "fitter"),))),
        ("{group: lab, training: valid}", who("lab", valid=frozenset({"training"}))),
        ("{parking: yes, floor: 3}", who(attributes=(("floor", "3"), ("parking", "yes")))),
        ("{except: {group: a, except: {group: b, except: c}}, group: d}", None),
    ],
)
def test_who(make: Make, written: str, meant: Who | None) -> None:
    found = make({"x.yaml": f"access: {{a: {{who: {written}, where: all, when: never}}}}"}).policy.access[0].who
    nested = {
        "lab": who("lab", "staff", but=(who("boss"), who(attributes=(("company", "acme"),)))),
        "d": who("d", but=(who("a", but=(who("b", but=(who("c"),)),)),)),
    }
    assert found == (meant or nested["lab" if "lab" in written else "d"])


def test_groups(make: Make) -> None:
    text = (
        "groups:\n  all-staff: [staff, {company: acme}]\n  half: {group: all-staff, except: {role: [a, b]}}\n  one: x\n"
    )
    found = make({"x.yaml": text}).policy.groups
    company, roles = (("company", "acme"),), (("role", "a"), ("role", "b"))
    assert found["all-staff"] == GroupPolicy(
        "all-staff", Source("x.yaml", 2, 3), (who("staff"), who(attributes=company))
    )
    assert found["half"].members == (who("all-staff", but=(who(attributes=roles),)),)
    assert found["one"].members == (who("x"),)


def rule(policy: Policy) -> tuple[Require, TwoPerson | None, Escort | None, frozenset[str]]:
    found = policy.access[0]
    return found.require, found.two_person, found.escort, found.first_person


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("", (Require.CARD, None, None, frozenset())),
        ("require: card+pin, two_person: true", (Require.CARD_PIN, TwoPerson(30 * S), None, frozenset())),
        ("require: pin, two_person: false", (Require.PIN, None, None, frozenset())),
        ("two_person: {}", (Require.CARD, TwoPerson(30 * S), None, frozenset())),
        ("two_person: {second: boss, window: 2m}", (Require.CARD, TwoPerson(120 * S, "boss"), None, frozenset())),
        ("escort: staff", (Require.CARD, None, Escort(frozenset({"staff"}), 30 * S), frozenset())),
        ("escort: [a, b]", (Require.CARD, None, Escort(frozenset({"a", "b"}), 30 * S), frozenset())),
        ("escort: {group: [a], window: 1s}", (Require.CARD, None, Escort(frozenset({"a"}), S), frozenset())),
        ("first_person: [a, b]", (Require.CARD, None, None, frozenset({"a", "b"}))),
    ],
)
def test_what_a_grant_asks_for(make: Make, said: str, meant: object) -> None:
    text = f"access: {{a: {{who: staff, where: lab, when: always, {said}}}}}"
    assert rule(make({"x.yaml": text}).policy) == meant


def test_minimum(make: Make) -> None:
    text = """
schedules: {office: [{days: mon, from: "07:00", to: "19:00"}]}
minimum:
  lab-door: {two_person: {second: boss}, when: office, direction: both}
  front: [{escort: staff, when: office}, {require: card, when: never}]
  mine: {where: [front, {area: lab}], require: card, when: always}
"""
    policy = make({"x.yaml": text}).policy
    lab, first, second, mine = policy.minimum
    both = (("lab-door", IN), ("lab-door", OUT))
    assert lab == MinimumPolicy(
        "lab-door", Source("x.yaml", 4, 3), both, None, "office", TwoPerson(30 * S, "boss"), None
    )
    assert (first.id, first.escort, first.when) == ("front[0]", Escort(frozenset({"staff"}), 30 * S), "office")
    assert (second.id, second.require, second.when) == ("front[1]", Require.CARD, "never")
    assert (mine.id, mine.doors) == ("mine", (("front", IN), ("lab-door", IN)))


def test_limits_areas_and_levels(make: Make) -> None:
    text = """
areas:
  a: {passback: soft, occupancy_max: 3, occupancy_min: 2}
  b: {passback: {mode: timed, window: 90s, exempt: [x, y], forgive: ["12:30", "4:00", "04:00"]}}
limits: {dormant: {who: everyone, max_uses: 1, inactive_after: 90d}}
threat_levels: [{level: low}, {level: high, deny: [{who: staff, where: all, direction: both, when: never}]}]
lockdown: {exempt: {role: guard}}
"""
    policy = make({"x.yaml": text}).policy
    a, b = policy.areas["a"], policy.areas["b"]
    assert (a.passback, a.occupancy_max, a.occupancy_min) == (Passback(PassbackMode.SOFT), 3, 2)
    assert b.passback == Passback(PassbackMode.TIMED, 90 * S, who("x", "y"), (240, 750))
    assert (policy.areas["lab"].passback, policy.lockdown_exempt) == (None, who(attributes=(("role", "guard"),)))
    assert policy.limits == (LimitPolicy("dormant", Source("x.yaml", 5, 10), EVERYBODY, 1, None, 90 * DAY),)
    assert [(each.id, each.rank, len(each.restrictions)) for each in policy.threats] == [("low", 1, 0), ("high", 2, 1)]
    (denial,) = policy.threats[1].restrictions
    assert (denial.id, denial.when, len(denial.doors), denial.source.line) == ("high[0]", "never", 4, 6)


def test_tags_say_which_doors(make: Make) -> None:
    text = """
doors:
  side:
    between: [outside, lab]
    lock: {output: lobby-io.out3, energise: to_unlock, on_power_loss: secure}
    tags: [perimeter, stairs]
    unlock: {when: always, after: staff}
    blocked: never
access:
  a: {who: staff, where: [front, {tag: [perimeter, stairs]}], direction: both, when: always}
"""
    policy = make({"x.yaml": text}).policy
    assert policy.access[0].doors == (("front", IN), ("front", OUT), ("side", IN), ("side", OUT))
    side = policy.doors["side"]
    assert (side.tags, side.unlock, side.unlock_after, side.blocked) == (
        frozenset({"perimeter", "stairs"}),
        "always",
        frozenset({"staff"}),
        "never",
    )


def test_a_schedule_between_dates(make: Make) -> None:
    text = """
schedules:
  course:
    from: 2026-09-01
    until: 2026-12-18
    entries:
      - {days: mon, from: "18:00", to: "21:00"}
      - {days: tue, from: "18:00", to: "21:00", starts: 2026-10-01, ends: 2027-01-31}
  open: {entries: [{days: mon, from: "18:00", to: "21:00"}]}
"""
    schedules = make({"x.yaml": text}).policy.schedules
    first, second = schedules["course"].intervals
    assert first == Interval(frozenset({0}), frozenset(), 1080, 1260, starts=date(2026, 9, 1), ends=date(2026, 12, 18))
    assert (second.starts, second.ends) == (date(2026, 10, 1), date(2026, 12, 18)), "the narrower of both"
    assert (schedules["open"].intervals[0].starts, schedules["open"].intervals[0].ends) == (None, None)


def test_two_overlays_share_nothing(make: Make) -> None:
    text = """
overlays:
  one: {from: "2026-10-25 00:30", until: "2026-10-25 24:00", deny: {a: {who: x, where: all}}}
  two: {from: "2026-12-05 8:00", until: "2026-12-06 08:00", deny: {a: {who: x, where: all, when: never}}}
"""
    policy = make({"x.yaml": text}).policy
    assert [(each.id, each.when) for each in policy.deny] == [("one.a", "always@one"), ("two.a", "never@two")]
    lo, hi = policy.schedules["always@one"].within or (0, 0)
    assert hi - lo == (23 * 60 + 30) * 60 * S + 3600 * S, "the day on which the clocks go back is an hour longer"
    assert policy.schedules["never@two"].intervals == ()
    assert "always@two" not in policy.schedules


def test_several_files_may_expect(make: Make) -> None:
    files = {f"{n}.yaml": f"expect:\n  - {{nobody: g{n}, opens: front}}" for n in (1, 2)}
    found = make(files).policy.expect
    assert [(each.id, each.source.file) for each in found] == [("expect[0]", "1.yaml"), ("expect[1]", "2.yaml")]


def test_a_deep_chain_of_groups_is_no_circle(make: Make) -> None:
    lines = "\n".join(f"  g{n}: g{n + 1}" for n in range(3000))
    assert len(make({"x.yaml": f"groups:\n{lines}"}).policy.groups) == 3000


def test_a_long_circle_is_one_mistake(wrong: Callable[..., list[str]]) -> None:
    lines = "\n".join(f"  g{n}: g{(n + 1) % 3000}" for n in range(3000))
    (found,) = wrong({"x.yaml": f"groups:\n{lines}"})
    assert found.startswith(
        "x.yaml:2:3: groups.g0: a group cannot be made of itself: 'g0' (x.yaml:2:3) -> 'g1' (x.yaml"
    )
    assert found.count(" -> ") == 3000
