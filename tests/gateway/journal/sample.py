"""Events for the journal's tests, in the shape that the core seals them."""

from __future__ import annotations

import json

from gateway.journal.chain import Chain
from gateway.journal.record import Sealed

KINDS = (
    ("access", "AccessGranted", "event"),
    ("door", "DoorOpened", "event"),
    ("alarm", "DuressReported", "silent"),
    ("access", "AccessDenied", "event"),
)


def canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def group(chain: Chain, size: int = 1) -> list[Sealed]:
    """The events of one signal. Time goes by the number, so that runs are alike."""
    start = chain.head.seq
    t, utc = start * 1000, 1_790_000_000_000_000 + start * 1000
    return [_event(chain, at == 0, t, utc) for at in range(size)]


def _event(chain: Chain, first: bool, t: int, utc: int) -> Sealed:
    seq = chain.head.seq + 1
    cls, kind, stream = KINDS[seq % len(KINDS)]
    body: dict[str, object] = {
        "class": cls,
        "clock": "ok",
        "data": {"door": f"door-{seq % 8}", "note": "x" * (seq * 37 % 200)},
        "t": t,
        "type": kind,
        "utc": utc,
        "v": 1,
    }
    if first:
        body["signal"] = {"type": "InputChanged", "data": {"point": "lobby-io.in1", "sensed": "open"}}
        body["stamp"] = {"entropy": "00" * 16}
    return chain.seal(canonical(body), stream=stream, cls=cls, type=kind, t=t, utc=utc, first=first)


def record(chain: Chain, count: int) -> list[Sealed]:
    """`count` events in groups of one to three."""
    events: list[Sealed] = []
    while len(events) < count:
        events += group(chain, min(1 + len(events) % 3, count - len(events)))
    return events


def many(chain: Chain, count: int) -> list[Sealed]:
    """`count` small events that cost little to make."""
    body = b'{"class":"door","clock":"ok","data":{},"t":1,"type":"DoorOpened","utc":2,"v":1}'
    return [
        chain.seal(body, stream="event", cls="door", type="DoorOpened", t=1, utc=2, first=False) for _ in range(count)
    ]
