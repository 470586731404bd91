"""One sensor as its messages show it. Pure: payloads and times in, signals out.

It is found once it is available and something fresh was heard of its main point; until then, and after it went
off or silent, nothing that is retained is believed. Unreadable values are `unknown`, never what they were.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drivers.mqtt.config import Config
from drivers.mqtt.payload import read_object, read_point, read_time, read_word
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, Signal

FUTURE = 60.0  # s a device's clock may be ahead of ours

Signals = list[Signal]


class Sensor:
    """now: s, monotonic; wall: s since 1970. A new one for every connection."""

    def __init__(self, device: str, config: Config, now: float) -> None:
        self.device = device
        self.config = config
        self.counts = {"messages": 0, "retained": 0, "malformed": 0, "lost": 0}
        self._points = config.details.kinds[config.kind]
        self._main = next(iter(self._points))
        self._silence = config.max_silence / 1_000_000
        self._available = config.availability == "none"
        self._bridge = True
        self._fresh: dict[str, Sensed] = {}
        self._said: dict[str, Sensed] = {}
        self._heard = now
        self._standing = "waiting"  # waiting, found, lost

    @property
    def standing(self) -> str:
        return self._standing

    @property
    def deadline(self) -> float:
        """When it has been silent for too long."""
        return self._heard + self._silence

    def bridge(self, payload: bytes) -> Signals:
        """The bridge's own availability: without it nothing of its sensors is known."""
        self._bridge = self._word(payload, self._bridge)
        return self._settle("" if self._bridge else "bridge_offline")

    def availability(self, payload: bytes) -> Signals:
        """The sensor's availability, retained or live."""
        self._available = self._word(payload, self._available)
        return self._settle("" if self._available else "offline")

    def state(self, payload: bytes, *, retained: bool, now: float, wall: float) -> Signals:
        """One state message."""
        self.counts["messages"] += 1
        self.counts["retained"] += retained
        plain = read_object(payload)
        if plain is None:
            return self._unreadable(retained)
        age = self._age(plain, retained, wall)
        if age is None or age >= self._silence:
            return []
        self._heard = max(self._heard, now - age)
        self._fresh |= dict(self._values(plain))
        return self._settle("")

    def tick(self, now: float) -> Signals:
        """Time has passed."""
        if now < self.deadline or self._standing == "lost":
            return []
        return self._settle("silent")

    def _word(self, payload: bytes, before: bool) -> bool:
        word = read_word(payload)
        details = self.config.details
        if word in details.online:
            return True
        if word in details.offline:
            return False
        self.counts["malformed"] += 1
        return before

    def _age(self, plain: Mapping[str, Any], retained: bool, wall: float) -> float | None:
        """s since the device said so; None where nothing shows that it is not ages ago."""
        seen = read_time(plain, self.config.details.seen)
        if seen is None or seen > wall + FUTURE:
            return None if retained else 0.0
        return max(0.0, wall - seen)

    def _values(self, plain: Mapping[str, Any]) -> Iterator[tuple[str, Sensed]]:
        for name, point in self._points.items():
            sensed = read_point(point, plain)
            if sensed is None:
                continue
            self.counts["malformed"] += sensed is Sensed.UNKNOWN
            yield name, sensed

    def _unreadable(self, retained: bool) -> Signals:
        """Something live that is no state: what it would have said may differ from what we hold."""
        self.counts["malformed"] += 1
        if not retained and self._standing == "found":
            self._fresh = dict.fromkeys(self._points, Sensed.UNKNOWN)
        return self._settle("")

    def _settle(self, cause: str) -> Signals:
        """The signals that lead to what now holds. cause: why it is lost, or empty."""
        if cause:
            return self._lose(cause)
        if self._standing == "found":
            return list(self._changes())
        heard = self._fresh.get(self._main, Sensed.UNKNOWN) is not Sensed.UNKNOWN
        if not (self._available and self._bridge and heard):
            return []
        self._standing = "found"
        self._said.clear()
        return [*self._changes(), DeviceFound(self.device)]

    def _changes(self) -> Iterator[Signal]:
        for name in self._points:
            sensed = self._fresh.get(name, Sensed.UNKNOWN)
            if self._said.get(name) is not sensed:
                self._said[name] = sensed
                yield InputChanged(f"{self.device}.{name}", sensed)

    def _lose(self, cause: str) -> Signals:
        self._fresh.clear()
        if self._standing == "lost":
            return []
        self._standing = "lost"
        self.counts["lost"] += 1
        return [DeviceLost(self.device, cause)]
