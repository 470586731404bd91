"""What the gateway has been told of one reader, and what it must be told next. No I/O."""

from __future__ import annotations

from enum import StrEnum

from drivers.osdp.health import Counters, Timing
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceInsecure, DeviceLost, DeviceRestarted, InputChanged, Signal


class Stand(StrEnum):
    UNKNOWN = "unknown"
    FOUND = "found"
    LOST = "lost"
    INSECURE = "insecure"


class Standing:
    """Turns sessions that come and go into lost, found, restarted and insecure, each said once."""

    def __init__(self, device: str, timing: Timing, counts: Counters) -> None:
        self._device = device
        self._timing = timing
        self._counts = counts
        self._cause = ""
        self._inputs: dict[str, Sensed] = {}
        self._signals: list[Signal] = []
        self._heard = self._good = 0.0
        self.stand = Stand.UNKNOWN

    def begin(self, now: float) -> None:
        """The line was opened: nothing is known, silence counts from now."""
        self.stand = Stand.UNKNOWN
        self._heard = self._good = now
        self._signals.clear()
        self._inputs.clear()

    def take(self) -> list[Signal]:
        """The signals since the last call, in order."""
        taken, self._signals = self._signals, []
        return taken

    def say(self, signal: Signal) -> None:
        self._signals.append(signal)

    def heard(self, now: float) -> None:
        """The reader said something, not necessarily something to be believed."""
        self._heard = now

    def good(self, now: float) -> None:
        """The reader said something in its session."""
        self._heard = self._good = now

    def sense(self, tamper: bool, power: bool) -> None:
        """Tell changes of the reader's own inputs."""
        for name, active in (("tamper", tamper), ("power", power)):
            sensed = Sensed.ACTIVE if active else Sensed.NORMAL
            if self._inputs.get(name) is not sensed:
                self._inputs[name] = sensed
                self.say(InputChanged(f"{self._device}.{name}", sensed))

    def returning(self, session_refused: bool, now: float) -> bool:
        """A new session was proved. True if it must be announced; then every input is told again."""
        restarted = session_refused or now - self._good > self._timing.restart
        announced = self.stand is not Stand.FOUND or restarted
        if announced:
            self._inputs.clear()
        return announced

    def returned(self) -> None:
        """The inputs of an announced session are told; now the reader itself."""
        if self.stand is Stand.FOUND:
            self._counts.restarts += 1
            self.say(DeviceRestarted(self._device))
        else:
            self.stand = Stand.FOUND
            self.say(DeviceFound(self._device))

    def insecure(self, cause: str) -> None:
        if self.stand is not Stand.INSECURE or self._cause != cause:
            self.say(DeviceInsecure(self._device, cause))
        self.stand, self._cause = Stand.INSECURE, cause

    def tick(self, now: float) -> bool:
        """True if the reader was lost just now."""
        last = self._heard if self.stand is Stand.INSECURE else self._good
        if self.stand is Stand.LOST or now - last <= self._timing.offline:
            return False
        self.stand = Stand.LOST
        self.say(DeviceLost(self._device, "silent"))
        return True
