"""What a console of one gateway knows: retained views and the latest events. Plain values, fed from the bus."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any

from gateway.bus.stream import Event

KEPT = 200
"""Lines of the event stream."""

QUIET = frozenset({"input_reported", "output_sensed", "output_reasserted", "release_ended", "pin_submitted"})
"""Types that would drown the others on a screen."""

_STYLES = {
    "access_granted": "green",
    "access_denied": "yellow",
    "alarm_raised": "bold red",
    "door_forced": "bold red",
    "door_held_open": "red",
    "area_triggered": "bold red",
    "link_offline": "red",
    "device_offline": "red",
    "device_online": "green",
    "request_accepted": "cyan",
    "request_refused": "magenta",
}
_DIM = frozenset({"door_opened", "door_closed", "access_taken", "request_carried_out", "site_activated"})
_SUBJECTS = ("door", "area", "alarm", "device", "link", "reader")
_DETAILS = ("reason", "verb", "target", "layer", "mode", "zone", "code", "cause", "rule")


@dataclass(frozen=True, slots=True)
class Line:
    """One event as a line: local time, words, style (of rich)."""

    time: str
    words: str
    style: str


@dataclass
class Board:
    """views: noun -> id -> view. people: id -> name, as far as whoever looks may know them."""

    zone: tzinfo
    people: Mapping[str, str] = field(default_factory=dict)
    views: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    lines: deque[Line] = field(default_factory=lambda: deque(maxlen=KEPT))
    last: dict[str, tuple[str, str]] = field(default_factory=dict)
    events: int = 0

    def retained(self, noun: str, ident: str, view: Mapping[str, Any]) -> None:
        """A retained view, or none any more."""
        if view:
            self.views.setdefault(noun, {})[ident] = view
        else:
            self.views.get(noun, {}).pop(ident, None)

    def of(self, noun: str) -> Mapping[str, Mapping[str, Any]]:
        return self.views.get(noun, {})

    def heard(self, event: Event) -> Line:
        """An event, in order."""
        self.events += 1
        name, data = str(event["type"]).split(".")[1], event["data"]
        line = Line(self._time(event), self._words(name, data), _STYLES.get(name, "dim" if name in _DIM else ""))
        if name not in QUIET and event["stream"] == "event":
            self.lines.append(line)
        outcome = self._outcome(name, data)
        if outcome is not None:
            self.last[data["door"]] = (outcome, line.style)
        return line

    def _time(self, event: Event) -> str:
        return datetime.fromisoformat(event["time"]).astimezone(self.zone).strftime("%H:%M:%S")

    def _person(self, data: Mapping[str, Any]) -> str:
        person = data.get("person")
        return self.people.get(person, person) if person else ""

    def _words(self, name: str, data: Mapping[str, Any]) -> str:
        subject = next((str(data[key]) for key in _SUBJECTS if data.get(key)), str(data.get("point", "")))
        details = " ".join(dict.fromkeys(str(data[key]) for key in _DETAILS if data.get(key)))
        by = data.get("by") or data.get("who")
        parts = (
            name.replace("_", " "),
            subject,
            self._person(data),
            details,
            f"by {self.people.get(by, by)}" if by else "",
        )
        return "  ".join(part for part in parts if part)

    def _outcome(self, name: str, data: Mapping[str, Any]) -> str | None:
        """What the table of doors says of it: who came last, and how it went."""
        match name:
            case "access_granted":
                return f"✓ {self._person(data) or 'somebody'}"
            case "access_denied":
                return f"✗ {self._person(data) or 'card ..' + data['tail']}: {data['reason'].replace('_', ' ')}"
            case "exit_requested":
                return "request to exit"
            case "released_by_operator":
                return f"opened by {data['operator']}"
        return None
