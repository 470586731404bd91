"""One OSDP reader: libosdp's peripheral device, an implementation independent of ours.

What it cannot do shapes this file. Its answer to LSTAT is always "all well", so an active tamper is reported
again right after. Its command callback must return a new tuple each time, because the module drops a reference
that it does not own. It has no reply cache, so a lost reply costs it the secure channel.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import osdp_sys

Report = Callable[..., None]

RESTART = 2.0  # s without power
COLORS = ("black", "red", "green", "amber", "blue", "magenta", "cyan", "white")
OUTPUT_CODES = {1: "off", 2: "on", 3: "off_allow", 4: "on_allow", 5: "timed_on", 6: "timed_off", 0: "nop"}
KEYS = {"#": 0x0D, "*": 0x7F} | {str(digit): 0x30 + digit for digit in range(10)}
CAPABILITIES = (
    (osdp_sys.CAP_OUTPUT_CONTROL, 1, 1),
    (osdp_sys.CAP_CARD_DATA_FORMAT, 1, 1),
    (osdp_sys.CAP_READER_LED_CONTROL, 1, 1),
    (osdp_sys.CAP_READER_AUDIBLE_OUTPUT, 1, 1),
    (osdp_sys.CAP_READERS, 1, 1),
)
IDS = {"version": 1, "model": 1, "vendor_code": 0x00D0A7, "firmware_version": 0x010203}


@dataclass(slots=True)
class ReaderSpec:
    """One reader as the site describes it. key None: it waits in install mode, with the default key."""

    id: str
    address: int
    key: bytes | None = field(default=None, repr=False)
    keypad: bool = False
    serial: int = 0

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> ReaderSpec:
        key, address = data.get("key"), int(data["address"])
        return cls(
            str(data["id"]),
            address,
            bytes.fromhex(key) if key else None,
            bool(data.get("keypad", False)),
            int(data.get("serial", 1000 + address)),
        )


class Channel:
    """What libosdp reads from and writes to: its own copy of all that the control panel sends on the line."""

    def __init__(self, number: int, send: Callable[[bytes], None]) -> None:
        self.id = number
        self._send = send
        self._heard = bytearray()
        self.connected = True

    def hear(self, data: bytes) -> None:
        if self.connected:
            self._heard += data

    def read(self, limit: int) -> bytes:
        data = bytes(self._heard[:limit])
        del self._heard[:limit]
        return data

    def write(self, data: bytes) -> int:
        if self.connected:
            self._send(data)
        return len(data)

    def flush(self) -> None:
        """Nothing to do: what was sent is already on the line."""


class Reader:
    """A reader with its power supply, its tamper switch and somebody in front of it."""

    def __init__(self, spec: ReaderSpec, send: Callable[[bytes], None], report: Report) -> None:
        self.id = spec.id
        self._spec = spec
        self._report = report
        self._channel = Channel(spec.address, send)
        self._muted_until = self._off_until = 0.0
        self._tampered = self._repeat_status = False
        self._shown = (False, False)
        self._device = self._power_up()

    def hear(self, data: bytes) -> None:
        self._channel.hear(data)

    def refresh(self) -> None:
        """Let it take one frame and answer; also its timers."""
        if self._device is not None:
            self._device.refresh()
            if self._repeat_status:
                self._repeat_status = False
                self._push_status()

    def tick(self, now: float) -> None:
        """Power and mute end; the state of the session is reported when it changes."""
        self._channel.connected = now >= self._muted_until
        if self._device is None and now >= self._off_until:
            self._device = self._power_up()
        device = self._device
        shown = (device is not None and device.is_online(), device is not None and device.is_sc_active())
        if shown != self._shown:
            self._shown = shown
            self._report("session", reader=self.id, online=shown[0], secure=shown[1])

    def swipe(self, bits: str, length: int) -> bool:
        """Present a card: `length` bits, left-justified in the hex text `bits`."""
        return self._submit(
            event=osdp_sys.EVENT_CARDREAD,
            reader_no=0,
            direction=0,
            format=osdp_sys.CARD_FMT_RAW_WIEGAND,
            length=length,
            data=bytes.fromhex(bits),
        )

    def keys(self, digits: str) -> bool:
        """Press keys one by one, as most keypads report them."""
        return self._spec.keypad and all(
            self._submit(event=osdp_sys.EVENT_KEYPRESS, reader_no=0, data=bytes([KEYS[digit]])) for digit in digits
        )

    def tamper(self, on: bool) -> bool:
        self._tampered = on
        return self._push_status()

    def mute(self, seconds: float) -> bool:
        """Hear nothing and say nothing for a while, without losing the session."""
        self._muted_until = time.monotonic() + seconds
        self._channel.connected = False
        return True

    def restart(self, seconds: float = RESTART) -> bool:
        """Take its power away; its key survives."""
        self._device = None
        self._off_until = time.monotonic() + seconds
        return True

    def swap(self, serial: int) -> bool:
        """Somebody puts another reader of the same make, address and key in its place."""
        self._spec.serial = serial
        return self.restart(0.0)

    def _power_up(self) -> Any:
        spec = self._spec
        info = {
            "name": spec.id[:15],
            "address": spec.address,
            "flags": osdp_sys.FLAG_ENFORCE_SECURE if spec.key else osdp_sys.FLAG_INSTALL_MODE,
            "scbk": spec.key,
            "channel": self._channel,
            "serial_number": spec.serial,
            **IDS,
        }
        self._channel.read(1 << 20)
        names = ("function_code", "compliance_level", "num_items")
        capabilities = [dict(zip(names, entry, strict=True)) for entry in CAPABILITIES]
        device = osdp_sys.PeripheralDevice(info, capabilities=capabilities)
        device.set_command_callback(self._command)
        return device

    def _submit(self, **event: Any) -> bool:
        return self._device is not None and bool(self._device.submit_event(event))

    def _push_status(self) -> bool:
        report = bytes([self._tampered, 0])
        return self._submit(event=osdp_sys.EVENT_STATUS, type=osdp_sys.STATUS_REPORT_LOCAL, report=report)

    def _command(self, command: dict[str, Any]) -> tuple[int, None]:
        handler = HANDLERS.get(command["command"])
        code = 0 if handler is None else handler(self, command)
        return code, None  # never a constant tuple, see above

    def _led(self, command: dict[str, Any]) -> int:
        self._report(
            "led",
            reader=self.id,
            color=COLORS[command["on_color"]],
            other=COLORS[command["off_color"]],
            on=command["on_count"],
            off=command["off_count"],
            temporary=command["temporary"],
            tenths=command.get("timer_count", 0),
        )
        return 0

    def _buzzer(self, command: dict[str, Any]) -> int:
        self._report("buzzer", reader=self.id, on=command["on_count"], count=command["rep_count"])
        return 0

    def _output(self, command: dict[str, Any]) -> int:
        code = OUTPUT_CODES.get(command["control_code"], "unknown")
        self._report("output", reader=self.id, code=code, tenths=command["timer_count"])
        return 0

    def _text(self, command: dict[str, Any]) -> int:
        self._report("text", reader=self.id, text=command["data"])
        return 0

    def _keyset(self, command: dict[str, Any]) -> int:
        self._spec.key = bytes(command["data"])
        self._report("keyset", reader=self.id)
        return 0

    def _status(self, command: dict[str, Any]) -> int:
        self._repeat_status = self._tampered and command["type"] == osdp_sys.STATUS_REPORT_LOCAL
        return 0


HANDLERS: Mapping[int, Callable[[Reader, dict[str, Any]], int]] = {
    osdp_sys.CMD_LED: Reader._led,
    osdp_sys.CMD_BUZZER: Reader._buzzer,
    osdp_sys.CMD_OUTPUT: Reader._output,
    osdp_sys.CMD_TEXT: Reader._text,
    osdp_sys.CMD_KEYSET: Reader._keyset,
    osdp_sys.CMD_STATUS: Reader._status,
}
