"""An Elk M1 at the end of a serial line: zones, areas, outputs, heartbeats, programming mode.

Written from ELK's protocol document, not from the driver: the two check each other.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators.pty import PtyLine

ZONES, AREAS, OUTPUTS = 208, 8, 208
ZONE_STATES = {
    "unconfigured": "0",
    "normal": "2",
    "normal_open": "1",
    "normal_short": "3",
    "trouble_open": "5",
    "trouble": "6",
    "trouble_short": "7",
    "violated": "9",
    "violated_eol": "A",
    "violated_short": "B",
    "bypassed_open": "D",
    "bypassed": "E",
    "bypassed_short": "F",
}
ARM_MODES = {"disarmed": "0", "away": "1", "stay": "2", "night": "4", "vacation": "6"}
ALARMS = {"none": "0", "entrance": "1", "abort": "2", "fire": "3", "medical": "4", "police": "5", "burglar": "6"}


def frame(kind: str, data: str = "", reserved: str = "00") -> bytes:
    """A frame with its length and checksum."""
    body = f"{len(kind) + len(data) + len(reserved) + 2:02X}{kind}{data}{reserved}"
    return f"{body}{-sum(body.encode()) % 256:02X}\r\n".encode()


class ElkPanel:
    """One panel. heartbeat: s between XK messages; announce_*: global options 36, 37 and 40.

    `requests` holds the kinds of the frames it received and understood.
    """

    def __init__(self, path: Path | str, *, heartbeat: float = 30.0) -> None:
        self.line = PtyLine(path, self._hear)
        self.requests: list[str] = []
        self.announce_zones = True
        self.announce_outputs = True
        self.announce_areas = True
        self.deaf = False  # hears nothing: its receive wire is cut
        self.damage = 0  # how many of the next frames go out with a flipped bit
        self.programmed_by = ""  # `01` ElkRP is connected, `02` the Ethernet module starts
        self._heartbeat = heartbeat
        self._zones = [ZONE_STATES["unconfigured"]] * ZONES
        self._arming = ["0"] * AREAS
        self._ready = ["1"] * AREAS
        self._alarm = ["0"] * AREAS
        self._outputs = [False] * OUTPUTS
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._beat: asyncio.TimerHandle | None = None
        self._part = b""

    # What happens at the panel.

    def zone(self, number: int, state: str) -> None:
        """A zone changes to one of ZONE_STATES."""
        self._zones[number - 1] = ZONE_STATES[state]
        if self.announce_zones:
            self._send("ZC", f"{number:03d}{ZONE_STATES[state]}")

    def arm(self, area: int, mode: str) -> None:
        """Somebody arms or disarms an area at a keypad: one of ARM_MODES. Their code goes over the line, too."""
        self._send("IC", "000000000000" + "00101")
        self._arming[area - 1] = ARM_MODES[mode]
        self._ready[area - 1] = "1" if mode == "disarmed" else "4"
        if mode == "disarmed":
            self._alarm[area - 1] = ALARMS["none"]
        self._announce_areas()

    def alarm(self, area: int, kind: str) -> None:
        """An area goes into one of ALARMS."""
        self._alarm[area - 1] = ALARMS[kind]
        self._announce_areas()

    def output(self, number: int) -> bool:
        """Whether an output is on."""
        return self._outputs[number - 1]

    def set_output(self, number: int, on: bool, seconds: int = 0) -> None:
        """Switch an output, by a rule of the panel or on request; seconds 0: until further notice."""
        timer = self._timers.pop(number, None)
        if timer is not None:
            timer.cancel()
        if on and seconds:
            loop = asyncio.get_running_loop()
            self._timers[number] = loop.call_later(seconds, self.set_output, number, False)
        if self._outputs[number - 1] is not on:
            self._outputs[number - 1] = on
            if self.announce_outputs:
                self._send("CC", f"{number:03d}{int(on)}")

    def program(self, by: str = "01") -> None:
        """A programming computer connects: every poll is answered by RP until `end_programming`."""
        self.programmed_by = by
        self._send("RP", by)

    def end_programming(self) -> None:
        """It disconnects."""
        self.programmed_by = ""
        self._send("RP", "00")
        self._send("IE")

    def say(self, data: bytes) -> None:
        """Anything at all: text of a rule, noise."""
        self.line.write(data)

    # Its life.

    def start(self) -> None:
        """Beat now and from now on. The time in it stands still."""
        self._send("XK", "5102177211126000")
        self._beat = asyncio.get_running_loop().call_later(self._heartbeat, self.start)

    def stop(self) -> None:
        """Fall silent, the line staying as it is."""
        if self._beat is not None:
            self._beat.cancel()
            self._beat = None

    async def __aenter__(self) -> Self:
        self.line.replug()
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        for timer in self._timers.values():
            timer.cancel()
        self.line.unplug()

    def _send(self, kind: str, data: str = "") -> None:
        if self.programmed_by and kind != "RP":
            return
        raw = bytearray(frame(kind, data))
        if self.damage > 0:
            self.damage -= 1
            raw[4] ^= 0x01
        self.line.write(bytes(raw))

    def _announce_areas(self) -> None:
        if self.announce_areas:
            self._send("AS", self._areas())

    def _areas(self) -> str:
        return "".join(self._arming + self._ready + self._alarm)

    def _hear(self, data: bytes) -> None:
        *lines, self._part = (self._part + data).split(b"\r\n")
        self._part = self._part[-300:]
        for line in lines:
            text = line.decode("ascii", "replace")
            if not self.deaf and frame(text[2:4], text[4:-4]) == line + b"\r\n":
                self._request(text[2:4], text[4:-4])

    def _request(self, kind: str, data: str) -> None:
        self.requests.append(kind)
        if self.programmed_by:
            self._send("RP", self.programmed_by)
            return
        match kind:
            case "zs":
                self._send("ZS", "".join(self._zones))
            case "as":
                self._send("AS", self._areas())
            case "cs":
                self._send("CS", "".join("1" if on else "0" for on in self._outputs))
            case "cn":
                self.set_output(int(data[:3]), True, int(data[3:8]))
            case "cf":
                self.set_output(int(data[:3]), False)
