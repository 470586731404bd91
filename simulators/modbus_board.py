"""The board of a Modbus door I/O module, without its port: contacts, relays, timed coils, host watchdog.

The maps are written from the makers' tables, independently of the driver's.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse, ModbusPDU
from pymodbus.simulator import DataType, SimData, SimDevice

_SAFETY, _SAFETY_FLAG = 214, 215  # 40215, 40216
_TICK = 0.1  # s, the step of a timed coil


@dataclass(frozen=True, slots=True)
class Map:
    """Where a module has its points: `inputs_as_coils` as in ADAMs; `timed` coils flash on and off."""

    inputs: int
    outputs: int
    inputs_as_coils: bool = False
    outputs_at: int = 0
    timed: tuple[int, int] | None = None
    safety: bool = False


MAPS = {
    "moxa-e1212": Map(8, 8),
    "moxa-e1214": Map(6, 6),
    "adam-6060": Map(6, 6, inputs_as_coils=True, outputs_at=16),
    "adam-4055": Map(8, 8, inputs_as_coils=True, outputs_at=16, safety=True),
    "waveshare-8ch": Map(8, 8, timed=(0x200, 0x400)),
    "waveshare-8ch-relay": Map(0, 8, timed=(0x200, 0x400)),
    "brainboxes-ed588": Map(8, 8),
    "generic": Map(8, 8),
}


class Board:
    """The module behind its port: contacts, relays, their timers, and the watchdog of its host.

    outputs_changed: called with point and level. written: the latest (address, value) of FC05.
    """

    def __init__(self, model: str, unit: int, *, silence: float = 5.0) -> None:
        self.map = MAPS[model]
        self.unit = unit
        self.outputs_changed: Callable[[str, bool], None] | None = None
        self.written: deque[tuple[int, int]] = deque(maxlen=256)
        self.safety = 0
        self.safety_flag = 0
        self._silence = silence
        self._inputs = [False] * self.map.inputs
        self._outputs = [False] * self.map.outputs
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._watchdog: asyncio.TimerHandle | None = None

    def set_input(self, point: str, *, closed: bool) -> None:
        """Close or open the circuit of `in1`.. ."""
        self._inputs[int(point.removeprefix("in")) - 1] = closed

    def output(self, point: str) -> bool:
        """Whether `out1`.. is on."""
        return self._outputs[int(point.removeprefix("out")) - 1]

    def force(self, point: str, on: bool) -> None:
        """Switch an output by hand, as nobody on the bus asked."""
        self._drive(int(point.removeprefix("out")) - 1, on)

    def stop(self) -> None:
        """No timer outlives the module."""
        for timer in (*self._timers.values(), self._watchdog):
            if timer is not None:
                timer.cancel()
        self._timers.clear()

    def drop_outputs(self) -> None:
        """All relays fall, as without power or at the host watchdog."""
        for index in range(self.map.outputs):
            self._drive(index, False)

    def write_coil(self, address: int, value: int) -> ExcCodes | None:
        """FC05, with the makers' own timed coils."""
        self._heard()
        self.written.append((address, value))
        for first, on in zip(self.map.timed or (), (True, False), strict=False):
            if 0 <= address - first < self.map.outputs:
                return self._flash(address - first, on, value)
        index = address - self.map.outputs_at
        if not 0 <= index < self.map.outputs:
            return ExcCodes.ILLEGAL_ADDRESS
        if value not in (0xFF00, 0):
            return ExcCodes.ILLEGAL_VALUE
        self._drive(index, value == 0xFF00)
        return None

    def device(self) -> SimDevice:
        """The module as pymodbus's simulator serves it."""
        bits = [SimData(0, count=32, values=False, datatype=DataType.BITS)]
        registers = [SimData(_SAFETY, count=2, values=0, datatype=DataType.REGISTERS)]
        spare = [SimData(0, values=0, datatype=DataType.REGISTERS)]
        blocks = (bits, list(bits), registers if self.map.safety else spare, list(spare))
        return SimDevice(self.unit, simdata=blocks, action=self._accessed)

    async def _accessed(
        self, function: int, start: int, address: int, count: int, registers: list[int], values: Any
    ) -> ExcCodes | None:
        self._heard()
        if function in (1, 2):
            image = self._image(coils=function == 1)
            registers[:2] = [image & 0xFFFF, image >> 16]
        elif self.map.safety and function in (3, 6):
            if values is not None and address == _SAFETY:
                self.safety = values[0]
            registers[:2] = [self.safety, self.safety_flag]
        elif values is not None:
            return ExcCodes.ILLEGAL_ADDRESS
        return None

    def _image(self, *, coils: bool) -> int:
        image = 0
        if coils:
            image |= sum(on << n for n, on in enumerate(self._outputs)) << self.map.outputs_at
        if coils is self.map.inputs_as_coils:
            image |= sum(closed << n for n, closed in enumerate(self._inputs))
        return image

    def _flash(self, index: int, on: bool, ticks: int) -> ExcCodes | None:
        if not 0 < ticks <= 0x7FFF:
            return ExcCodes.ILLEGAL_VALUE
        self._drive(index, on)
        later = asyncio.get_running_loop().call_later
        self._timers[index] = later(ticks * _TICK, self._drive, index, not on)
        return None

    def _drive(self, index: int, on: bool) -> None:
        if timer := self._timers.pop(index, None):
            timer.cancel()
        changed = self._outputs[index] is not on
        self._outputs[index] = on
        if changed and self.outputs_changed:
            self.outputs_changed(f"out{index + 1}", on)

    def _heard(self) -> None:
        if self._watchdog is not None:
            self._watchdog.cancel()
        if self.safety:
            self._watchdog = asyncio.get_running_loop().call_later(self._silence, self._host_lost)

    def _host_lost(self) -> None:
        self.safety_flag = 1
        self.drop_outputs()


def write_coil_pdu(board: Board) -> type[ModbusPDU]:
    """FC05 with its value as sent: pymodbus's own knows on and off only."""

    class WriteCoil(ModbusPDU):
        function_code = 5
        rtu_frame_size = 8
        value = 0

        def decode(self, data: bytes) -> None:
            self.address, self.value = struct.unpack(">HH", data[:4])

        def encode(self) -> bytes:
            return struct.pack(">HH", self.address, self.value)

        async def datastore_update(self, context: Any, device_id: int) -> ModbusPDU:
            wrong = board.write_coil(self.address, self.value) if device_id == board.unit else ExcCodes(11)
            return ExceptionResponse(5, wrong) if wrong else self

    return WriteCoil
