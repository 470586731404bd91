"""Events decoded many at a time say what they say decoded one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.cli import stored
from gateway.cli.segments import Row
from gateway.recovery import UNREADABLE
from rules.model.events import AccessDenied, PublicationRefused
from rules.model.signals import CardPresented
from rules.model.stamp import ClockState, Stamp
from rules.record import EVENT_TYPES, decode, envelope, event_of, signal_of
from tests.golden.make import STAMP, path, sample

STORED = {name: path(name, cls.V).read_bytes() for name, cls in sorted(EVENT_TYPES.items())}
"""Each the first event of its signal."""

JUMPED = Stamp(1, 2, ClockState.JUMPED, "ab" * 16)


def row(name: str, body: bytes, *, first: bool = True, stamp: Stamp = STAMP) -> Row:
    return Row(1, name, stamp.t, stamp.utc, body, b"", first)


@pytest.mark.parametrize("name", STORED)
def test_every_event_is_read_as_it_is(name: str) -> None:
    body, more = STORED[name], envelope(sample(name), STAMP, None)
    for _ in range(2):  # what was kept of the first time is the same
        assert stored.event(row(name, body)) == event_of(decode(body)) == sample(name)
        assert stored.signal(row(name, body)) == signal_of(decode(body))
        assert stored.event(row(name, more, first=False)) == sample(name)
        assert stored.signal(row(name, more, first=False)) is None


@pytest.mark.parametrize("text", ['x","signal":{}', ',"stamp":', '{"data":', ',"stream":"event"', "\\", '"', "é\n"])
def test_no_text_within_an_event_is_taken_for_its_end(text: str) -> None:
    event, signal = PublicationRefused(text), CardPresented(text, "aa", "h10301", "17")
    body, more = envelope(event, JUMPED, signal), envelope(event, JUMPED, None)
    assert stored.event(row("PublicationRefused", body, stamp=JUMPED)) == event
    assert stored.signal(row("PublicationRefused", body, stamp=JUMPED)) == (signal, JUMPED)
    assert stored.event(row("PublicationRefused", more, first=False, stamp=JUMPED)) == event


def test_like_events_are_told_apart() -> None:
    one = sample("AccessDenied")
    assert isinstance(one, AccessDenied)
    bodies = [envelope(event, STAMP, None) for event in (one, replace(one, door="b"))]
    first, second = (stored.event(row("AccessDenied", body, first=False)) for body in bodies)
    assert (first, second) == tuple(event_of(decode(body)) for body in bodies)
    assert first != second


GOOD = STORED["AccessDenied"]
BROKEN = {
    "nothing": b"",
    "no JSON": b"\x00\xff",
    "a list": b"[]",
    "cut short": GOOD[: len(GOOD) // 2],
    "another key": GOOD.replace(b'"door":', b'"gate":'),
    "another type of value": GOOD.replace(b'"door":"', b'"door":7,"tail":"'),
    "no data": GOOD.replace(b'"data":', b'"date":'),
    "deep": b'{"class":"access","clock":"ok","data":' + b"[" * 100_000,
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=list(BROKEN))
def test_what_cannot_be_read_raises_what_is_caught(body: bytes) -> None:
    for first in (True, False):
        with pytest.raises(UNREADABLE):
            stored.event(row("AccessDenied", body, first=first))


def test_a_signal_that_cannot_be_read_raises_too() -> None:
    for old, new in ((b'"key":"held:front"', b'"key":7'), (b'"type":"DeadlineReached"', b'"type":"Nonsense"')):
        assert old in GOOD
        with pytest.raises(UNREADABLE):
            stored.signal(row("AccessDenied", GOOD.replace(old, new)))
