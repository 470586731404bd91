"""What can be asked of one module: its map turned into requests, and replies into values; all counted."""

from __future__ import annotations

from collections import Counter
from time import perf_counter

from pymodbus.pdu import ModbusPDU

from drivers.modbus.line import ExchangeError, Line, Request
from drivers.modbus.models import (
    READ_COILS,
    READ_HOLDING_REGISTERS,
    WRITE_COIL,
    WRITE_REGISTER,
    Model,
    OnCommsLoss,
)

_COIL = {True: 0xFF00, False: 0x0000}


class Module:
    """One unit on the line. Methods raise ExchangeError without a valid reply, LinkError without a line.

    The caller of `ask`, `level` and `write` holds the line's slot; the other methods take it themselves.
    """

    def __init__(self, line: Line, address: int, model: Model) -> None:
        self.line = line
        self.address = address
        self.model = model
        self.counters: Counter[str] = Counter()
        self.safety = "none"

    async def ask(self, request: Request) -> ModbusPDU:
        """One exchange, counted and timed."""
        began = perf_counter()
        try:
            reply = await self.line.ask(self.address, request)
        except ExchangeError as failure:
            self.counters[failure.code] += 1
            raise
        took = round((perf_counter() - began) * 1_000_000)
        self.counters["replies"] += 1
        self.counters["reply_us"] = took
        self.counters["reply_max_us"] = max(took, self.counters["reply_max_us"])
        return reply

    async def turn(self, request: Request) -> ModbusPDU:
        """`ask` in a slot of its own, after all commands."""
        await self.line.idle()
        async with self.line.slot():
            return await self.ask(request)

    async def read_inputs(self) -> list[bool]:
        """Each input, True for a closed circuit."""
        model = self.model
        if model.inputs == 0:
            return []
        reply = await self.turn(Request(model.input_function, model.input_address, model.inputs))
        return [bit is not model.inverted for bit in reply.bits[: model.inputs]]

    async def read_levels(self) -> list[bool]:
        """Each output as it is now."""
        if self.model.outputs == 0:
            return []
        return self._levels(await self.turn(self._levels_request()))

    async def level(self, output: int) -> bool:
        """One output (0-based) as it is now."""
        return self._levels(await self.ask(self._levels_request()))[output]

    async def write(self, output: int, on: bool) -> None:
        """FC05: set one output (0-based)."""
        await self.ask(self.level_request(output, on))

    def level_request(self, output: int, on: bool) -> Request:
        """The request that sets one output."""
        return Request(WRITE_COIL, self.model.output_address + output, _COIL[on])

    def timed_request(self, output: int, on: bool, duration: float) -> Request | None:
        """The request for a pulse of at least `duration` s that the module itself ends; None if it cannot."""
        timed = self.model.timed
        if timed is None:
            return None
        steps = max(1, -(-round(duration * 1_000_000) // timed.step))
        if steps > timed.longest:
            return None
        return Request(WRITE_COIL, (timed.on if on else timed.off) + output, steps)

    async def make_safe(self, wish: OnCommsLoss) -> None:
        """Tell the module what to do without us, and read it back; `safety` says how that went.

        Some firmware lets only the maker's tool change it: then what it holds is reported, not enforced.
        """
        register = self.model.safety
        if register is None:
            return
        wanted = register.lock if wish == "lock" else register.hold
        try:
            if await self._register(register.address) != wanted:
                await self.turn(Request(WRITE_REGISTER, register.address, wanted))
            held = await self._register(register.address)
        except ExchangeError as failure:
            if failure.code != "exception":
                raise
            self.safety = "refused"
            return
        self.safety = wish if held == wanted else "not held"

    async def _register(self, address: int) -> int:
        return (await self.turn(Request(READ_HOLDING_REGISTERS, address, 1))).registers[0]

    def _levels_request(self) -> Request:
        return Request(READ_COILS, self.model.output_address, self.model.outputs)

    def _levels(self, reply: ModbusPDU) -> list[bool]:
        return list(reply.bits[: self.model.outputs])
