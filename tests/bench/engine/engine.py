"""The engine under test, as the daemon asks it."""

from __future__ import annotations

from rules.access import Decision, Request, decide
from rules.compile import compile_site
from rules.policy import Policy
from rules.site import Site
from rules.state import DeviceRecord, DoorRecord, State
from tests.bench.engine.crowd import Crowd
from tests.bench.engine.day import Asked


def compiled(policy: Policy, crowd: Crowd) -> Site:
    """The Site of rules and people, in tables of its own."""
    return compile_site(policy, crowd.people(), "bench")


def running(site: Site) -> State:
    """The state of a quiet site: every device heard of, every door closed."""
    state = State()
    for device in site.devices:
        state.devices.put(device, DeviceRecord("online"))
    for door in site.doors:
        state.doors.put(door, DoorRecord(position="closed"))
    state.mark()
    return state


def request(asked: Asked) -> Request:
    """As the engine is asked: its token is text nobody has hashed before, as that of a card just read."""
    return Request(asked.door, asked.direction, asked.token.hex(), asked.reader, asked.t, asked.utc, 0, None, asked.pin)


__all__ = ["Decision", "Request", "compiled", "decide", "request", "running"]
