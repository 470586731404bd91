"""What an ASCII reader's packets and its silence mean. Pure: time goes in, signals come out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from drivers.ascii.codec import Card, Keys, Packet, Reject, Tamper
from drivers.ascii.config import CardFormat, Config
from drivers.ascii.frames import decoder
from drivers.ascii.keys import KeyBuffer
from rules.model.points import Sensed
from rules.model.secret import CardBits
from rules.model.signals import CardRead, DeviceFound, DeviceLost, InputChanged, PinEntered, Signal

_REPEAT_GAP = {CardFormat.STX_ETX_HEX: 0.5}  # s; these modules repeat a card every 50-65 ms while it is held


@dataclass(slots=True)
class Tuning:
    """Limits that no admin needs; tests shorten them."""

    missed_beats: float = 2.5  # heartbeats without a word until the reader is lost
    babble_limit: float = 1024  # bytes of garbage ...
    babble_leak: float = 128  # ... beyond this many a second that make a line babble
    calm_level: float = 128  # bytes left of it when the line counts as sane again


class Presence(StrEnum):
    """What we know of the reader."""

    WAITING = "waiting"  # the line is open, the reader has not spoken
    PRESENT = "present"
    SILENT = "silent"
    BABBLING = "babbling"


class Heard(StrEnum):
    """What can happen to its presence."""

    PACKET = "packet"  # a good frame
    SILENCE = "silence"  # too many heartbeats missed
    BABBLE = "babble"  # the garbage limit was passed
    CALM = "calm"  # the garbage has drained away; the reader must speak again
    TRUSTED = "trusted"  # the line is all there is to go by: no heartbeat is promised


_NEXT: dict[tuple[Presence, Heard], Presence] = {
    (Presence.WAITING, Heard.PACKET): Presence.PRESENT,
    (Presence.WAITING, Heard.SILENCE): Presence.SILENT,
    (Presence.WAITING, Heard.BABBLE): Presence.BABBLING,
    (Presence.WAITING, Heard.TRUSTED): Presence.PRESENT,
    (Presence.PRESENT, Heard.PACKET): Presence.PRESENT,
    (Presence.PRESENT, Heard.SILENCE): Presence.SILENT,
    (Presence.PRESENT, Heard.BABBLE): Presence.BABBLING,
    (Presence.SILENT, Heard.PACKET): Presence.PRESENT,
    (Presence.SILENT, Heard.BABBLE): Presence.BABBLING,
    (Presence.BABBLING, Heard.PACKET): Presence.BABBLING,
    (Presence.BABBLING, Heard.BABBLE): Presence.BABBLING,
    (Presence.BABBLING, Heard.CALM): Presence.WAITING,
}


class Session:
    """One connection to one reader. Times are seconds of one monotonic clock."""

    def __init__(self, device: str, config: Config, counters: Counter[str], tuning: Tuning, now: float) -> None:
        self._device = device
        self._config = config
        self._tuning = tuning
        self._counters = counters
        self._decoder = decoder(config)
        self._gap = _gap(config)
        self._keys = KeyBuffer()
        self._tamper = Sensed.UNKNOWN
        self._last_card: tuple[CardBits, float] | None = None
        self._heard_at = now
        self._garbage = 0.0  # bytes, leaking
        self._garbage_at = now
        self.presence = Presence.WAITING

    def open(self) -> list[Signal]:
        """The line is open. Without a heartbeat the reader counts as there."""
        return [] if self._config.heartbeat else list(self._go(Heard.TRUSTED))

    def hear(self, data: bytes, now: float) -> list[Signal]:
        """What the line said by `now`."""
        self._counters["bytes"] += len(data)
        signals: list[Signal] = []
        for packet in self._decoder.feed(data):
            signals += self._reject(packet, now) if isinstance(packet, Reject) else self._accept(packet, now)
        return signals

    def tick(self, now: float) -> list[Signal]:
        """What the passing of time means; to be called at `due()`."""
        due = self.due()
        if due is None or now < due:
            return []
        if self.presence is not Presence.BABBLING:
            return list(self._go(Heard.SILENCE))
        self._leak(now)
        self._heard_at = now
        signals = list(self._go(Heard.CALM))
        return signals + self.open()

    def due(self) -> float | None:
        """When `tick` has something to say, if nothing is heard before."""
        if self.presence is Presence.BABBLING:
            excess = max(self._garbage - self._tuning.calm_level, 0.0)
            return self._garbage_at + excess / self._tuning.babble_leak + 1e-3
        if self._config.heartbeat is None or self.presence is Presence.SILENT:
            return None
        return self._heard_at + self._config.heartbeat * self._tuning.missed_beats / 1e6

    def _go(self, heard: Heard) -> Iterator[Signal]:
        before, self.presence = self.presence, _NEXT[self.presence, heard]
        if self.presence is before:
            return
        if self.presence is Presence.PRESENT:
            if self._config.tamper:
                yield InputChanged(f"{self._device}.tamper", self._tamper)
            yield DeviceFound(self._device)
        elif self.presence is not Presence.WAITING:
            self._forget()
            yield DeviceLost(self._device, self.presence.value)

    def _forget(self) -> None:
        """What was known before a loss is not known after it."""
        self._tamper = Sensed.UNKNOWN
        self._last_card = None
        self._keys.clear()

    def _reject(self, packet: Reject, now: float) -> Iterator[Signal]:
        self._counters[packet.reason] += 1
        self._leak(now)
        self._garbage = min(self._garbage + packet.size, self._tuning.babble_limit)
        if self._garbage >= self._tuning.babble_limit:
            if self.presence is not Presence.BABBLING:
                self._counters["babbles"] += 1
            yield from self._go(Heard.BABBLE)

    def _leak(self, now: float) -> None:
        self._garbage = max(self._garbage - (now - self._garbage_at) * self._tuning.babble_leak, 0.0)
        self._garbage_at = now

    def _accept(self, packet: Packet, now: float) -> Iterator[Signal]:
        self._counters["frames"] += 1
        if self.presence is Presence.BABBLING:  # what a babbling line says is not believed
            self._counters["quarantined"] += 1
            return
        self._heard_at = now
        was_present = self.presence is Presence.PRESENT
        changed = isinstance(packet, Tamper) and self._learn(packet)
        yield from self._go(Heard.PACKET)
        match packet:
            case Tamper() if changed and was_present:
                yield InputChanged(f"{self._device}.tamper", self._tamper)
            case Card():
                yield from self._card(packet.bits, now)
            case Keys() if self._config.keypad:
                yield from (PinEntered(self._device, pin) for pin in self._keys.press(packet.keys, now))
            case Keys():
                self._counters["unexpected"] += 1

    def _learn(self, packet: Tamper) -> bool:
        sensed = Sensed.ACTIVE if packet.active else Sensed.NORMAL
        changed = self._config.tamper and sensed is not self._tamper
        self._tamper = sensed
        return changed

    def _card(self, card: CardBits, now: float) -> Iterator[Signal]:
        if self._gap and self._is_repeat(card, now):
            self._counters["repeats"] += 1
            return
        self._counters["cards"] += 1
        yield CardRead(self._device, card)

    def _is_repeat(self, card: CardBits, now: float) -> bool:
        last, self._last_card = self._last_card, (card, now)
        return last is not None and last[0] == card and now - last[1] < self._gap


def _gap(config: Config) -> float:
    if config.repeat_gap is not None:
        return config.repeat_gap / 1e6
    return _REPEAT_GAP.get(config.format, 0.0)
