"""iCalendar files: what is read, what is refused with its line, and any bytes at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import ics
from config.calendar import YEARS
from config.ics import read
from tests.rules.profiles import examples

HEAD = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//works//EN\r\n"


def calendar(*events: str) -> bytes:
    """A file whose events hold these lines."""
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return (HEAD + body.replace("\n", "\r\n") + "END:VCALENDAR\r\n").encode()


def days(*events: str) -> list[str]:
    found, faults = read(calendar(*events))
    assert faults == []
    return [str(day) for event in found for day in event.days(YEARS)]


def faults(data: bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in read(data)[1]]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART;VALUE=DATE:20261224", ["2026-12-24"]),
        ("DTSTART:20261224", ["2026-12-24"]),
        ('dtstart;x-note="a:b;c";value=date:20261224', ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20260803\nDTEND;VALUE=DATE:20260805", ["2026-08-03", "2026-08-04"]),
        ("DTSTART;VALUE=DATE:20260803\nDURATION:P2D", ["2026-08-03", "2026-08-04"]),
        ("DTSTART;VALUE=DATE:20261231\nDURATION:P1W", ["2026-12-31", *(f"2027-01-0{n}" for n in range(1, 7))]),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-01-01", "2027-01-01"]),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;INTERVAL=2;COUNT=2", ["2026-01-01", "2028-01-01"]),
        ("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;UNTIL=20270101", ["2026-01-01", "2027-01-01"]),
        ("DTSTART;VALUE=DATE:20260102\nRRULE:FREQ=YEARLY;UNTIL=20270101T235959Z", ["2026-01-02"]),
        ("DTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25;COUNT=1;WKST=MO;", ["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;COUNT=2", ["2024-02-29", "2028-02-29"]),
        (
            "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20270101",
            ["2026-01-01", "2028-01-01"],
        ),
        ("DTSTART;VALUE=DATE:20261224\nSTATUS:CANCELLED", []),
        ("DTSTART;VALUE=DATE:20261224\nBEGIN:VALARM\nTRIGGER:-P1D\nDURATION:PT5M\nEND:VALARM", ["2026-12-24"]),
        ("DTSTART;VAL\n UE=DATE:2026\n\t1224", ["2026-12-24"]),
        ("DTSTART;VALUE=DATE:19990101\nRRULE:FREQ=YEARLY;UNTIL=20210101", ["2020-01-01", "2021-01-01"]),
        ("DTSTART;VALUE=DATE:99991231\nDURATION:P366D", []),
        ("DTSTART;VALUE=DATE:20261224\nX-NOTE:RRULE\\;FREQ=DAILY\nTRANSP:OPAQUE\nCLASS:PUBLIC", ["2026-12-24"]),
    ],
)
def test_days(event: str, expected: list[str]) -> None:
    assert days(event) == expected


def test_every_year_means_to_the_end_of_the_calendar() -> None:
    assert days("DTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY") == [f"{y}-06-01" for y in range(2026, 2046)]


TIME_OF_DAY = "a time of day: a holiday is a whole day, written as VALUE=DATE:20261224"


def recurs(part: str) -> str:
    return f"recurs by {part}: only the same day every year can be read"


@pytest.mark.parametrize(
    ("event", "line", "message"),
    [
        ("SUMMARY:x", 4, "the event has no DTSTART"),
        ("DTSTART:20261224T080000Z", 5, TIME_OF_DAY),
        ("DTSTART;TZID=Europe/London:20261224T000000", 5, TIME_OF_DAY),
        ("SUMMARY:x\nDTSTART;VALUE=DATE:20260230", 6, "there is no such day"),
        ("DTSTART;VALUE=DATE:2026-02-03", 5, "expected a date such as 20261224"),
        ("DTSTART;VALUE=DATE:20260203\nDTSTART;VALUE=DATE:20260204", 6, "DTSTART is written twice, first in line 5"),
        ("DTSTART;VALUE=DATE:20260203\nDTEND;VALUE=DATE:20260203", 6, "ends before it begins"),
        ("DTSTART;VALUE=DATE:20260203\nDTEND;VALUE=DATE:20270205", 6, "is 367 days long; at most 366"),
        ("DTSTART;VALUE=DATE:20260203\nDURATION:PT8H", 6, "expected a duration in days or weeks, such as P3D"),
        ("DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=WEEKLY", 6, recurs("FREQ=WEEKLY")),
        ("DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=YEARLY;BYDAY=1MO", 6, recurs("BYDAY=1MO")),
        ("DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=YEARLY;BYMONTH=3", 6, recurs("BYMONTH=3")),
        (
            "DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=YEARLY;COUNT=0",
            6,
            "COUNT and INTERVAL are whole numbers from 1 to 9999",
        ),
        (
            "DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=YEARLY;COUNT=1;UNTIL=20270101",
            6,
            "a recurrence has FREQ, and COUNT or UNTIL but not both",
        ),
        ("DTSTART;VALUE=DATE:20260203\nRRULE:COUNT=1", 6, "a recurrence has FREQ, and COUNT or UNTIL but not both"),
        ("DTSTART;VALUE=DATE:20260203\nRRULE:FREQ=YEARLY;FREQ=DAILY", 6, "expected a recurrence such as FREQ=YEARLY"),
        ("DTSTART;VALUE=DATE:20260203\nRDATE;VALUE=DATE:20260204", 6, "cannot read extra dates (RDATE)"),
        (
            "RECURRENCE-ID;VALUE=DATE:20260203\nSTATUS:CANCELLED\nDTSTART:20260203",
            5,
            "cannot read a changed occurrence (RECURRENCE-ID)",
        ),
        ("DTSTART;VALUE=DATE:20260203\nEXDATE:20260203T000000", 6, TIME_OF_DAY),
    ],
)
def test_what_would_change_the_days_is_refused_with_its_line(event: str, line: int, message: str) -> None:
    assert faults(calendar(event)) == [(line, message)]


def test_a_file_can_have_several_faults_and_good_events() -> None:
    events, found = read(calendar("DTSTART:x", "DTSTART:20261224", "DTSTART:20260230"))
    assert [fault.line for fault in found] == [5, 11]
    assert [event.first for event in events] == [date(2026, 12, 24)]
    assert events[0].line == 7


def test_names_are_plain_text_on_one_line() -> None:
    text = "SUMMARY;LANGUAGE=en:Works\\, summer\\n\\; \x1b[31mclosed\\\\\nDTSTART:20261224"
    assert read(calendar(text))[0][0].name == "Works, summer ;  [31mclosed\\"
    assert len(read(calendar(f"SUMMARY:{'x' * 5000}\nDTSTART:20261224"))[0][0].name) == 100


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        (b"", 1, "the file ends before BEGIN:VCALENDAR: it may be half-written"),
        (b"\n\n", 1, "the file ends before BEGIN:VCALENDAR: it may be half-written"),
        (b"BEGIN:VEVENT\nEND:VEVENT\n", 1, "expected BEGIN:VCALENDAR"),
        (b"hello", 1, "expected a line such as SUMMARY:text"),
        (
            calendar("DTSTART:20261224").replace(b"END:VCALENDAR\r\n", b""),
            6,
            "the file ends before END:VCALENDAR: it may be half-written",
        ),
        (calendar("DTSTART:20261224").replace(b"END:VEVENT\r\n", b""), 6, "expected END:VEVENT, which began in line 4"),
        (b"BEGIN:VCALENDAR\nBEGIN:VTODO\nBEGIN:VEVENT\nEND:VEVENT\n", 3, "an event stands outside of the calendar"),
        (calendar("SUMMARY:caf\xe9").decode().encode("latin-1"), 5, "not UTF-8"),
        (calendar() + b"BEGIN:x", 5, "expected BEGIN:VCALENDAR"),
    ],
)
def test_unusable_files_have_no_events(data: bytes, line: int, message: str) -> None:
    assert read(data)[0] == []
    assert faults(data) == [(line, message)]


def test_cut_anywhere_a_file_is_never_half_read() -> None:
    whole = calendar("DTSTART:20261224\nSUMMARY:a", "DTSTART:20261225\nRRULE:FREQ=YEARLY").removesuffix(b"\r\n")
    assert len(read(whole)[0]) == 2
    assert all(read(whole[:n])[0] == [] and read(whole[:n])[1] for n in range(len(whole)))


def test_two_calendars_in_a_file_and_a_byte_order_mark() -> None:
    events, found = read(b"\xef\xbb\xbf" + calendar("DTSTART:20261224") + calendar("DTSTART:20261225"))
    assert (len(events), found) == (2, [])


def test_too_much() -> None:
    many = ["DTSTART:20261224"] * (ics.MAX_EVENTS + 1)
    assert "more than 2000 events" in faults(calendar(*many))[0][1]
    long = ["DTSTART:20260101\nDTEND:20270101\nRRULE:FREQ=YEARLY"] * 10
    assert "more than 100000 days" in faults(calendar(*long))[0][1]


LINES = st.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "DTSTART:20261224",
        "DTEND:20261226",
        "RRULE:FREQ=YEARLY",
        "END:VCALENDAR",
        " x",
        ":",
        "a;b=c",
        "",
    ]
)
FILES = st.lists(LINES | st.text(max_size=20), max_size=12).map(lambda lines: (HEAD + "\n".join(lines)).encode())


@examples(100)
@given(st.one_of(st.binary(max_size=200), FILES))
def test_any_bytes_end_in_events_or_faults(data: bytes) -> None:
    events, found = read(data)
    assert all(fault.line >= 1 for fault in found)
    assert all(day.year in YEARS for event in events for day in event.days(YEARS))
