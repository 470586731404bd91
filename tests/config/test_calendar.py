"""What `holidays` and `schedules` mean in full: ranges, iCalendar files, bounds, cuts; and loading without secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from config.configuration import Configuration
from config.loader import build, holidays_of, load
from config.problem import ConfigErrors
from config.schema import json_schema
from config.secrets import Placeholders, Secrets
from rules.model.driver import DriverSpec
from rules.model.errors import ConfigError
from rules.policy import Interval, Source
from tests.config.conftest import GOOD

Make = Callable[..., Configuration]
Wrong = Callable[..., list[str]]

WORKS = """\
BEGIN:VCALENDAR
BEGIN:VEVENT
SUMMARY:Summer works
DTSTART;VALUE=DATE:20260803
DTEND;VALUE=DATE:20260805
END:VEVENT
BEGIN:VEVENT
SUMMARY:Founder's day
DTSTART;VALUE=DATE:20200615
RRULE:FREQ=YEARLY
END:VEVENT
END:VCALENDAR
"""
NAMED = "holidays: {country: GB, subdivision: ENG, ics: [{file: works.ics, type: works}]}"


@pytest.fixture
def works(tmp_path: Path) -> Path:
    path = tmp_path / "works.ics"
    path.write_text(WORKS)
    return path


# -- holidays ----------------------------------------------------------------------------------------------------------


def test_a_range_means_each_of_its_days(make: Make) -> None:
    days = make(
        {"x.yaml": "holidays: {dates: {2026-12-30..2027-01-02: shutdown, 2026-12-24: half_day}}"}
    ).policy.holidays
    shut = [date(2026, 12, 30), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]
    assert days == {date(2026, 12, 24): "half_day", **dict.fromkeys(shut, "shutdown")}


def test_the_same_type_may_be_said_twice(make: Make) -> None:
    text = "holidays: {dates: {2026-08-03..2026-08-05: shutdown, 2026-08-05..2026-08-06: shutdown}}"
    assert len(make({"x.yaml": text}).policy.holidays) == 4


def test_a_calendar_file(make: Make, works: Path) -> None:
    days = make({"x.yaml": NAMED}).policy.holidays
    assert [day for day, kind in days.items() if kind == "works" and day.year == 2026] == [
        date(2026, 6, 15),
        date(2026, 8, 3),
        date(2026, 8, 4),
    ]
    assert days[date(2045, 6, 15)] == "works"
    assert days[date(2026, 12, 25)] == "holiday"


def test_one_file_needs_no_list_and_may_stand_in_a_folder(make: Make, works: Path) -> None:
    (works.parent / "calendars").mkdir()
    works.rename(works.parent / "calendars" / "works.ics")
    found = make({"x.yaml": "holidays: {ics: {file: calendars/works.ics, type: holiday}}"})
    assert found.policy.holidays[date(2026, 8, 3)] == "holiday"


def test_a_calendar_file_counts_in_the_hash_and_is_kept(make: Make, works: Path) -> None:
    before = make({"x.yaml": NAMED})
    works.write_text(WORKS.replace("20260805", "20260806"))
    after = make({"x.yaml": NAMED})
    assert before.files["works.ics"] == WORKS.encode()
    assert before.rules_hash != after.rules_hash


def test_what_was_kept_means_the_same_without_the_folder(
    make: Make, works: Path, drivers: Mapping[str, DriverSpec], secret_files: Path
) -> None:
    kept = make({"x.yaml": NAMED})
    works.unlink()
    again = build(kept.files, works.parent / "gone", drivers, Secrets(secret_files))
    assert (again.policy.holidays, again.rules_hash) == (kept.policy.holidays, kept.rules_hash)


def test_names_of_holidays(make: Make, works: Path) -> None:
    text = NAMED.replace("ics:", "dates: {2026-12-25: half_day, 2026-12-24: half_day}, ics:")
    named = {day: (holiday.kind, holiday.name) for day, holiday in holidays_of(make({"x.yaml": text})).items()}
    assert named[date(2026, 8, 3)] == ("works", "Summer works")
    assert named[date(2027, 6, 15)] == ("works", "Founder's day")
    assert named[date(2026, 12, 24)] == ("half_day", "")
    assert named[date(2026, 12, 25)] == ("half_day", "Christmas Day"), "the public name of a day of the site's own"
    assert named[date(2026, 12, 28)] == ("holiday", "Boxing Day (observed)")


def test_mistakes_in_a_calendar_file_have_its_lines(wrong: Wrong, works: Path) -> None:
    works.write_text(WORKS.replace("RRULE:FREQ=YEARLY", "RRULE:FREQ=WEEKLY").replace("20260805", "20260801"))
    assert wrong({"x.yaml": NAMED}) == [
        "works.ics:5:1: holidays.ics[0]: ends before it begins",
        "works.ics:10:1: holidays.ics[0]: recurs by FREQ=WEEKLY: only the same day every year can be read",
    ]


def test_a_day_of_two_types_from_two_sources(wrong: Wrong, works: Path) -> None:
    text = "holidays: {dates: {2026-08-04: half_day}, ics: [{file: works.ics, type: works}]}"
    assert wrong({"x.yaml": text}) == [
        "works.ics:2:1: holidays.ics[0]: 2026-08-04 is 'works' here and 'half_day' at x.yaml:1:20: a day has one type"
    ]


def test_a_file_of_two_types(wrong: Wrong, works: Path) -> None:
    text = "holidays: {ics: [{file: works.ics, type: works}, {file: works.ics, type: shutdown}]}"
    assert [line.partition(" is ")[0] for line in wrong({"x.yaml": text})] == [
        "works.ics:2:1: holidays.ics[1]: 2026-08-03",
        "works.ics:7:1: holidays.ics[1]: 2020-06-15",
    ]


@pytest.mark.parametrize("kind", ["link", "pipe", "folder", "huge", "loop"])
def test_files_that_are_not_read(wrong: Wrong, works: Path, tmp_path: Path, kind: str) -> None:
    works.unlink()
    match kind:
        case "link":
            works.symlink_to("/etc/hostname")
        case "pipe":
            os.mkfifo(works)
        case "folder":
            works.mkdir()
        case "huge":
            works.write_bytes(b"x" * ((1 << 20) + 1))
        case "loop":
            works.symlink_to("works.ics")
    said = {
        "link": "a symlink out of the folder is not followed",
        "pipe": "not a regular file",
        "folder": "not a regular file",
        "huge": "the file is larger than 1 MiB",
        "loop": "cannot read the file: ",
    }
    (line,) = wrong({"x.yaml": NAMED})
    assert line.startswith(f"x.yaml:1:56: holidays.ics[0].file: {said[kind]}")


def test_a_broken_calendar_causes_no_second_mistake(wrong: Wrong, works: Path) -> None:
    """A schedule may name a type whose days could not be read, or that has none."""
    works.write_text("BEGIN:VCALENDAR\n")
    text = f"{NAMED}\nschedules: {{s: [{{days: works, from: 07:00, to: 08:00}}]}}"
    assert wrong({"x.yaml": text}) == [
        "works.ics:1:1: holidays.ics[0]: the file ends before END:VCALENDAR: it may be half-written"
    ]


def test_a_type_without_days_may_be_named(make: Make, works: Path) -> None:
    works.write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    text = f"{NAMED}\nschedules: {{s: [{{days: works, from: 07:00, to: 08:00}}]}}"
    assert make({"x.yaml": text}).policy.schedules["s"].intervals[0].types == {"works"}


# -- schedules ---------------------------------------------------------------------------------------------------------


def interval(make: Make, text: str) -> Interval:
    (found,) = make({"x.yaml": f"schedules: {{s: [{{{text}}}]}}"}).policy.schedules["s"].intervals
    return found


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ('"07:00", to: "19:00"', 420, 1140),
        ("07:00, to: 19:00", 420, 1140),
        ("7:00, to: 9:30", 420, 570),
        ("0:00, to: 24:00", 0, 1440),
        ("22:00, to: 6:00", 1320, 1800),
    ],
)
def test_times_need_no_quotes(make: Make, text: str, start: int, end: int) -> None:
    found = interval(make, f"days: mon, from: {text}")
    assert (found.start, found.end) == (start, end)


def test_all_that_an_entry_may_say(make: Make) -> None:
    text = "days: fri, from: 22:00, to: 06:00, cut_at_midnight: true, starts: 2026-09-01, ends: 2026-12-18"
    found = interval(make, text)
    assert found == Interval(
        frozenset({4}), frozenset(), 1320, 1800, True, starts=date(2026, 9, 1), ends=date(2026, 12, 18)
    )
    assert found.source == Source("x.yaml", 1, 17)


@pytest.mark.parametrize("bound", ["starts: 2026-09-01", "ends: 2026-09-01", "starts: 2026-09-01, ends: 2026-09-01"])
def test_either_bound_alone_or_a_single_day(make: Make, bound: str) -> None:
    found = interval(make, f"days: mon-sun, from: 07:00, to: 08:00, {bound}")
    assert (found.starts or found.ends) == date(2026, 9, 1)


def test_the_schema_knows_them(drivers: Mapping[str, DriverSpec]) -> None:
    properties: dict[str, Any] = json_schema(drivers)["properties"]
    plain, bounded = properties["schedules"]["additionalProperties"]["anyOf"]
    entry = plain["items"]
    assert bounded["properties"].keys() == {"from", "until", "entries"}
    assert bounded["properties"]["entries"]["items"] == entry
    assert entry["properties"].keys() == {"days", "from", "to", "cut_at_midnight", "starts", "ends"}
    assert entry["required"] == ["days", "from", "to"]
    one = {"type": "object", "additionalProperties": False, "required": ["file", "type"]}
    single, many = properties["holidays"]["properties"]["ics"]["anyOf"]
    assert one.items() <= single.items()
    assert many["items"] == single


def test_the_example_of_the_manual(make: Make, works: Path) -> None:
    works.write_text(WORKS.replace("20260803", "20260720").replace("20260805", "20260722"))
    page = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text()
    example = page[page.index("    holidays:") : page.index("    ...\n")]
    policy = make({"x.yaml": dedent(example)}).policy
    assert set(policy.schedules) == {"always", "never", "office", "nights", "guard", "evening-course"}
    assert (policy.holidays[date(2026, 8, 14)], policy.holidays[date(2026, 7, 21)]) == ("shutdown", "works")


# -- without secrets ---------------------------------------------------------------------------------------------------

SECRET = """\
site: hq
timezone: Europe/London
bus: {url: mqtts://broker.example:8883, ca: {secret: bus-ca}, username: {secret: user}, password: {secret: word}}
...
"""


def test_a_configuration_can_be_looked_at_without_its_secrets(
    drivers: Mapping[str, DriverSpec], tmp_path: Path
) -> None:
    for name, text in (GOOD | {"site.yaml": SECRET}).items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigErrors, match="secret 'bus-ca' was not found"):
        load(tmp_path, drivers, Secrets())
    found = load(tmp_path, drivers, Placeholders())
    assert found.policy.site == "hq"
    assert found.pepper.reveal != found.pin_pepper.reveal


def test_placeholders_are_new_every_time_and_one_for_each_name() -> None:
    first, second = Placeholders(), Placeholders()
    assert first.get("a").reveal == first.get("a").reveal
    assert len({each.get(name).reveal for each in (first, second) for name in ("a", "b")}) == 4
    with pytest.raises(ConfigError):
        first.get("../a")


def test_two_devices_with_one_secret_are_still_seen(drivers: Mapping[str, DriverSpec], tmp_path: Path) -> None:
    devices = GOOD["devices.yaml"].replace("address: 1}", "address: 1, key: {secret: k}}")
    devices = devices.replace("address: 2,", "address: 2, key: {secret: k},")
    files = {name: text.encode() for name, text in (GOOD | {"devices.yaml": devices}).items()}
    with pytest.raises(ConfigErrors, match="has the same secret as"):
        build(files, tmp_path, drivers, Placeholders())
