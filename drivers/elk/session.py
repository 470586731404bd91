"""The conversation with one panel. Pure: bytes and time go in, signals and frames to send come out.

The panel acknowledges nothing, so states are what count: everything is asked at the start, told as it changes,
asked again at every heartbeat and whenever a frame came in damaged, because what was in it may have been news.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from drivers.elk import messages as m
from drivers.elk.codec import Decoder, Reject
from drivers.elk.config import Config
from drivers.elk.presence import NEXT, Happened, Presence, Tuning
from drivers.elk.states import ZoneSense, alarm_word, arming_word, is_bypassed
from rules.model.signals import (
    DeviceFound,
    DeviceLost,
    InputChanged,
    OutputReported,
    PanelReported,
    Signal,
)

Act = Signal | bytes
_ZONE, _OUTPUT, _AREA = range(3)  # the order in which states are told


class Session:
    """One connection to one panel. Times are seconds of one monotonic clock."""

    def __init__(
        self, device: str, config: Config, sense: ZoneSense, counters: Counter[str], tuning: Tuning, now: float
    ) -> None:
        self._device = device
        self._config = config
        self._sense = sense
        self._counters = counters
        self._tuning = tuning
        self._decoder = Decoder()
        self._questions = _questions(config)
        self._awaited: set[type] = set()
        self._known: dict[tuple[int, int], Signal] = {}
        self._outputs: dict[int, tuple[int, bool]] = {}  # output: how often reported, last state
        self._bypassed: set[int] = set()
        self._lost_as: str | None = None  # the cause last told, while it stands
        self._now = self._heard_at = self._since = self._asked_at = now
        self.presence = Presence.SYNCING

    @property
    def bypassed(self) -> int:
        """How many of our zones the panel ignores at present."""
        return len(self._bypassed)

    def open(self) -> list[Act]:
        """The line is open: ask for everything."""
        return list(self._ask_all())

    def output(self, number: int) -> tuple[int, bool]:
        """How often the output was reported, and its last state."""
        return self._outputs.get(number, (0, False))

    def hear(self, data: bytes, now: float) -> list[Act]:
        """What the panel said by `now`."""
        self._now = now
        self._counters["bytes"] += len(data)
        acts: list[Act] = []
        for packet in self._decoder.feed(data):
            acts += self._damaged(packet) if isinstance(packet, Reject) else self._message(m.parse(packet))
        return acts

    def tick(self, now: float) -> list[Act]:
        """What the passing of time means; to be called at `due()`."""
        self._now = now
        if self.presence is Presence.MUTE:
            return list(self._resume()) if now >= self._since + self._tuning.programming else []
        acts: list[Act] = []
        if now >= self._silent_at():
            acts += self._lose(Happened.SILENCE, "silent")
        if self._awaited and now >= self._asked_at + self._tuning.retry:
            acts += self._ask_again()
        return acts

    def due(self) -> float:
        """When `tick` has something to say, if nothing is heard before."""
        if self.presence is Presence.MUTE:
            return self._since + self._tuning.programming
        retry = self._asked_at + self._tuning.retry if self._awaited else float("inf")
        return min(self._silent_at(), retry)

    def _silent_at(self) -> float:
        """When the panel is lost unless it speaks, or answers what it was asked."""
        if self.presence is Presence.LOST:
            return float("inf")
        answer = self._since + self._tuning.answer if self._awaited else float("inf")
        return min(self._heard_at + self._tuning.silence, answer)

    # What the panel says.

    def _damaged(self, packet: Reject) -> Iterator[Act]:
        self._counters[packet.reason] += 1
        if self.presence is Presence.LIVE and self._now >= self._asked_at + self._tuning.refresh_gap:
            yield from self._ask_all()

    def _message(self, message: m.Message) -> Iterator[Act]:
        self._counters["frames"] += 1
        self._heard_at = self._now
        match message:
            case m.ProgrammingBegan():
                yield from self._mute(message.cause)
            case m.ProgrammingEnded():
                yield from self._resume()
            case m.Other() | m.Malformed():
                self._counters["other" if isinstance(message, m.Other) else "malformed"] += 1
            case _ if self.presence is Presence.MUTE:
                self._counters["other"] += 1
            case m.Heartbeat():
                yield from self._beat()
            case _:
                yield from self._learn(message)
                yield from self._answered(type(message))

    def _beat(self) -> Iterator[Act]:
        if self.presence is Presence.LIVE and not self._awaited:
            yield from self._ask_all()

    def _learn(self, message: m.Message) -> Iterator[Signal]:
        match message:
            case m.ZoneChanged():
                yield from self._zone(message.zone, message.status)
            case m.ZonesReported():
                for zone in self._config.zones:
                    yield from self._zone(zone, message.status[zone - 1])
            case m.AreasReported():
                for area in self._config.areas:
                    yield from self._area(area, message.arming[area - 1], message.alarm[area - 1])
            case m.OutputChanged():
                yield from self._output(message.output, message.on)
            case m.OutputsReported():
                for output in self._config.outputs:
                    yield from self._output(output, message.on[output - 1])

    def _zone(self, zone: int, status: int) -> Iterator[Signal]:
        if zone not in self._config.zones:
            return
        (self._bypassed.add if is_bypassed(status) else self._bypassed.discard)(zone)
        sensed = self._sense.sensed(zone, status)
        yield from self._tell((_ZONE, zone), InputChanged(f"{self._device}.zone{zone}", sensed))

    def _area(self, area: int, arming: str, alarm: str) -> Iterator[Signal]:
        report = PanelReported(self._device, area, arming_word(arming), alarm_word(alarm))
        yield from self._tell((_AREA, area), report)

    def _output(self, output: int, on: bool) -> Iterator[Signal]:
        if output not in self._config.outputs:
            return
        self._outputs[output] = (self.output(output)[0] + 1, on)
        yield from self._tell((_OUTPUT, output), OutputReported(f"{self._device}.out{output}", on))

    def _tell(self, key: tuple[int, int], signal: Signal) -> Iterator[Signal]:
        """Remember; tell only what is new, and only while the panel counts as there."""
        if self._known.get(key) == signal:
            return
        self._known[key] = signal
        if self.presence is Presence.LIVE:
            yield signal

    def _answered(self, kind: type) -> Iterator[Signal]:
        if kind not in self._awaited:
            return
        self._awaited.discard(kind)
        if self._awaited:
            return
        before, self.presence = self.presence, NEXT[self.presence, Happened.ANSWERED]
        if before is not Presence.LIVE:
            yield from (self._known[key] for key in sorted(self._known))
            yield DeviceFound(self._device)
            self._lost_as = None

    # What becomes of it.

    def _ask_all(self) -> Iterator[bytes]:
        if not self._awaited:  # else the first question's limit stands: damaged answers are no answers
            self._since = self._now
        self._awaited = set(self._questions)
        yield from self._ask_again()

    def _ask_again(self) -> Iterator[bytes]:
        self._asked_at = self._now
        self._counters["questions"] += len(self._awaited)
        yield b"".join(ask for kind, ask in self._questions.items() if kind in self._awaited)

    def _mute(self, cause: str) -> Iterator[Act]:
        yield from self._lose(Happened.PROGRAMMING, cause)
        self._awaited.clear()
        self._since = self._now

    def _resume(self) -> Iterator[Act]:
        before, self.presence = self.presence, NEXT[self.presence, Happened.RESUMED]
        self._heard_at = self._now
        if before is Presence.MUTE or before is Presence.LIVE:
            yield from self._ask_all()

    def _lose(self, happened: Happened, cause: str) -> Iterator[Act]:
        """From here on all of it must be asked and answered, before any of it is told again."""
        self.presence = NEXT[self.presence, happened]
        self._awaited = set(self._questions)
        if self._lost_as != cause:
            self._lost_as = cause
            yield DeviceLost(self._device, cause)


def _questions(config: Config) -> dict[type, bytes]:
    """What must be answered before the panel is found; the areas always, as a sign of life."""
    asked: dict[type, bytes] = {m.AreasReported: m.ASK_AREAS}
    if config.zones:
        asked[m.ZonesReported] = m.ASK_ZONES
    if config.outputs:
        asked[m.OutputsReported] = m.ASK_OUTPUTS
    return asked
