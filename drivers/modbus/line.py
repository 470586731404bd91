"""One Modbus line: the pymodbus client, whose turn it is, one strictly checked exchange at a time, silence.

On a serial line nothing ties a reply to its request. So after a timeout the line stays quiet until late bytes
have come and gone, and before that unit's next read it is asked for a register, by the one function that is used
for nothing else: its answer, or its refusal, proves that no earlier reply is still to come.
"""

from __future__ import annotations

import asyncio
import logging
import struct
import termios
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.framer import FramerType
from pymodbus.pdu import ModbusPDU

from drivers.modbus.gate import Gate
from drivers.modbus.models import READ_COILS, READ_DISCRETE_INPUTS, READ_HOLDING_REGISTERS
from drivers.modbus.slots import Slots
from rules.model.driver import Transport
from rules.model.errors import LinkError, ProtocolError

REPLY_LIMIT = 0.2  # s, without the bytes' own time on a serial wire
CONNECT_LIMIT = 2.0
QUIET = 0.05  # s of silence after a timeout on a serial line
QUIET_LIMIT = 0.5  # s that a babbling line may keep us waiting
FORGOTTEN = 1.9  # s after which an unanswered request will not be answered any more
SILENT_LINK = 5.0  # s without any reply after which a TCP connection is given up for half-open
PROBE_SPACING = 0.5  # s between two probes of lost units of one line
LONGEST_EXCHANGE = 80  # bytes of a request and its reply, generously
DEFAULT_PORT = 502
DEFAULT_BAUD = 9600
_READS = frozenset({READ_COILS, READ_DISCRETE_INPUTS, READ_HOLDING_REGISTERS})

Client = AsyncModbusTcpClient | AsyncModbusSerialClient


class Request(NamedTuple):
    """Functions 01-06 all carry two 16-bit numbers: an address, and a count or a value."""

    function: int
    address: int
    value: int


MARKER = Request(READ_HOLDING_REGISTERS, 0, 1)


class _Pdu(ModbusPDU):
    """A request with its value as given; pymodbus's own FC05 knows FF00 and 0000 only."""

    def __init__(self, unit: int, request: Request) -> None:
        super().__init__(dev_id=unit, address=request.address)
        self.function_code = request.function
        self.value = request.value

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.value)


class ExchangeError(ProtocolError):
    """An exchange that failed. code: `timeout`, `bad_reply` or `exception`."""


class Line:
    """The line of one link: `tcp://host:port`, a serial port, or `socket://host:port` (RTU behind a converter).

    `ask` is called by whoever holds the slot.
    """

    def __init__(self, transport: Transport) -> None:
        self.serial = not transport.url.startswith("tcp://")
        self._device = "://" not in transport.url
        self.url = transport.url
        self.gate = Gate(serial=self.serial)
        self._baud = transport.baud or DEFAULT_BAUD
        character = 11 / self._baud if self.serial else 0.0
        self._gap = max(3.5 * character, 0.00175) if self.serial else 0.0
        self._limit = REPLY_LIMIT + LONGEST_EXCHANGE * character
        self._slots = Slots()
        self._client: Client | None = None
        self._lost = asyncio.Event()
        self._free_at = 0.0
        self._answered_at = 0.0
        self._next_probe = 0.0
        self._unanswered: dict[int, float] = {}  # unit -> when its last unanswered request was given up

    def slot(self, *, urgent: bool = False) -> AbstractAsyncContextManager[None]:
        """The right to `ask`; the urgent go before the others."""
        return self._slots.slot(urgent=urgent)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connected inside; LinkError if it cannot be."""
        self._lost.clear()
        client = self._client = self._new_client()
        try:
            if not await _connect(client):
                raise LinkError("cannot be opened", code="unreachable", where=self.url)
            client.ctx.comm_params.timeout_connect = self._limit  # from here on the limit of a reply
            self._answered_at = _now()
            yield
        finally:
            self._client = None
            client.close()

    def _new_client(self) -> Client:
        logging.getLogger("pymodbus").setLevel(logging.CRITICAL)  # it logs each timeout; health() counts them
        gate, event = self.gate.trace, self._connection
        if self._device:
            client: Client = AsyncModbusSerialClient(
                self.url,
                baudrate=self._baud,
                timeout=CONNECT_LIMIT,
                retries=0,
                reconnect_delay=0,
                trace_packet=gate,
                trace_connect=event,
            )
        else:
            host, port = _endpoint(self.url)
            client = AsyncModbusTcpClient(
                host,
                port=port,
                framer=FramerType.RTU if self.serial else FramerType.SOCKET,
                timeout=CONNECT_LIMIT,
                retries=0,
                reconnect_delay=0,
                trace_packet=gate,
                trace_connect=event,
            )
        client.set_max_no_responses(1 << 62)  # pymodbus would hang up after three timeouts
        return client

    def _connection(self, made: bool) -> None:
        if not made:
            self._lost.set()

    async def watch(self, silence: float) -> None:
        """Raise LinkError once the connection is gone, or nothing on a socket answered for `silence` s."""
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(1.0):
                    await self._lost.wait()
            except TimeoutError:
                if not self._device and _now() - self._answered_at > silence:
                    raise LinkError(f"no reply for {silence:g} s", code="silent", where=self.url) from None
        raise LinkError("connection lost", code="closed", where=self.url)

    async def idle(self) -> None:
        """Wait, without holding the slot, until the pause between two frames is over."""
        if (pause := self._free_at - _now()) > 0:
            await asyncio.sleep(pause)

    def probe_delay(self) -> float:
        """Reserve the next probe of a lost unit; seconds until then."""
        at = max(_now(), self._next_probe)
        self._next_probe = at + PROBE_SPACING
        return at - _now()

    async def ask(self, unit: int, request: Request) -> ModbusPDU:
        """The unit's reply, checked to the last byte; raises ExchangeError, or LinkError when unconnected."""
        if request.function in _READS and unit in self._unanswered:
            await self._synchronise(unit)
        reply = await self._exchange(unit, request)
        if reply.isError():
            raise ExchangeError("refused", code="exception", where=self.url, got=f"exception {reply.exception_code}")
        return reply

    async def _exchange(self, unit: int, request: Request) -> ModbusPDU:
        if self._client is None:
            raise LinkError("not connected", code="closed", where=self.url)
        await self.idle()
        try:
            reply: ModbusPDU = await self._client.execute(False, _Pdu(unit, request))
            _heed_cancellation()
        except ConnectionException:
            raise LinkError("connection lost", code="closed", where=self.url) from None
        except ModbusException:
            raise await self._give_up(unit) from None
        except asyncio.CancelledError:
            self._doubt(unit)
            raise
        finally:
            self._free_at = _now() + self._gap
        self._answered_at = _now()
        return reply

    async def _synchronise(self, unit: int) -> None:
        if _now() - self._unanswered[unit] < FORGOTTEN:
            await self._exchange(unit, MARKER)
        del self._unanswered[unit]

    async def _give_up(self, unit: int) -> ExchangeError:
        heard = self.gate.heard
        if self.serial:
            await self._quiet()
        self._doubt(unit)
        return ExchangeError("no valid reply", code="bad_reply" if heard else "timeout", where=self.url)

    def _doubt(self, unit: int) -> None:
        """Its last request is unanswered. On TCP the transaction id tells its reply from another's."""
        if self.serial:
            self._unanswered[unit] = _now()

    async def _quiet(self) -> None:
        """Let the line fall silent, dropping what comes."""
        self.gate.shut()
        seen = self.gate.arrivals
        end = _now() + QUIET
        limit = _now() + QUIET_LIMIT
        while (pause := min(end, limit) - _now()) > 0:
            await asyncio.sleep(pause)
            if self.gate.arrivals != seen:
                seen, end = self.gate.arrivals, _now() + QUIET


def _heed_cancellation() -> None:
    """Python 3.11's `wait_for`, in which pymodbus waits, forgets a cancellation that meets the reply."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


async def _connect(client: Client) -> bool:
    try:
        return await client.connect()
    except (OSError, ValueError, termios.error):
        return False


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    try:
        if parts.scheme in ("tcp", "socket") and parts.hostname:
            return parts.hostname, parts.port or DEFAULT_PORT
    except ValueError:  # a port that is no number
        pass
    raise LinkError("neither tcp://host:port, socket://host:port nor a serial port", code="bad_url", where=url)


def _now() -> float:
    return asyncio.get_running_loop().time()
