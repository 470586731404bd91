"""The simulated modules, asked by pymodbus's own client as any other master would."""

from __future__ import annotations

import asyncio
import logging
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pymodbus.client import AsyncModbusSerialClient, AsyncModbusTcpClient
from pymodbus.exceptions import ModbusIOException
from pymodbus.pdu import ModbusPDU

from simulators.modbus_board import MAPS
from simulators.modbus_io import ModbusModule, SerialBus

ANY = "tcp://127.0.0.1:0"
Client = AsyncModbusTcpClient | AsyncModbusSerialClient


class WriteCoil(ModbusPDU):
    """FC05 with any value."""

    function_code = 5

    def __init__(self, unit: int, address: int, value: int) -> None:
        super().__init__(dev_id=unit, address=address)
        self.value = value

    def encode(self) -> bytes:
        return struct.pack(">HH", self.address, self.value)


@asynccontextmanager
async def client(url: str) -> AsyncIterator[Client]:
    parts = urlsplit(url)
    asker: Client
    if parts.scheme == "tcp":
        asker = AsyncModbusTcpClient(str(parts.hostname), port=parts.port or 0, timeout=1, retries=0)
    else:
        asker = AsyncModbusSerialClient(url, baudrate=115_200, timeout=0.3, retries=0)
    assert await asker.connect()
    try:
        yield asker
    finally:
        asker.close()


async def until(check: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not check():  # noqa: ASYNC110 - relays have no event
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("model", MAPS)
async def test_each_model_has_its_points_where_the_maker_put_them(model: str) -> None:
    async with ModbusModule(model, ANY) as io, client(io.url) as asker:
        for n in range(1, io.map.inputs + 1):
            io.set_input(f"in{n}", closed=n % 3 == 0)
        if io.map.inputs:
            read = asker.read_coils if io.map.inputs_as_coils else asker.read_discrete_inputs
            reply = await read(0, count=io.map.inputs, device_id=1)
            assert reply.bits[: io.map.inputs] == [n % 3 == 0 for n in range(1, io.map.inputs + 1)]
        last = io.map.outputs_at + io.map.outputs - 1
        assert not (await asker.write_coil(last, True, device_id=1)).isError()
        assert io.output(f"out{io.map.outputs}")
        reply = await asker.read_coils(io.map.outputs_at, count=io.map.outputs, device_id=1)
        assert reply.bits[: io.map.outputs] == [False] * (io.map.outputs - 1) + [True]


async def test_outputs_tell_who_listens_and_only_when_they_change() -> None:
    changes: list[tuple[str, bool]] = []
    async with ModbusModule("moxa-e1214", ANY) as io, client(io.url) as asker:
        io.outputs_changed = lambda point, on: changes.append((point, on))
        for on in (True, True, False):
            await asker.write_coil(1, on, device_id=1)
        io.force("out3", True)
    assert changes == [("out2", True), ("out2", False), ("out3", True)]


@pytest.mark.parametrize(("address", "value", "code"), [(6, 0xFF00, 2), (0, 0x1234, 3), (0x200, 5, 2)])
async def test_what_a_module_does_not_have_is_refused(address: int, value: int, code: int) -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, client(io.url) as asker:
        reply = await asker.execute(False, WriteCoil(1, address, value))
        assert reply.isError()
        assert reply.exception_code == code


async def test_a_timed_coil_ends_by_itself_and_restarts() -> None:
    async with ModbusModule("waveshare-8ch", ANY) as io, client(io.url) as asker:
        clock = asyncio.get_running_loop().time
        began = clock()
        await asker.execute(False, WriteCoil(1, 0x203, 1))
        await asker.execute(False, WriteCoil(1, 0x203, 3))
        assert io.output("out4")
        await until(lambda: not io.output("out4"))
        assert clock() - began >= 0.29
        assert list(io.written) == [(0x203, 1), (0x203, 3)]


async def test_a_cut_module_comes_back_on_its_port_with_its_relays_as_they_were() -> None:
    async with ModbusModule("moxa-e1212", ANY) as io:
        url = io.url
        io.force("out1", True)
        await io.cut()
        with pytest.raises(OSError, match="Connect call failed"):
            await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        await io.restore()
        assert io.url == url
        async with client(url) as asker:
            assert (await asker.read_coils(0, count=8, device_id=1)).bits[0]
        await io.cut(power=True)
        assert not io.output("out1")


async def test_a_bus_carries_several_units_and_none_answers_for_another(tmp_path: Path) -> None:
    async with (
        SerialBus(tmp_path / "bus") as bus,
        ModbusModule("adam-4055", bus, unit=2) as first,
        ModbusModule("waveshare-8ch-relay", bus, unit=7) as second,
        client(bus.url) as asker,
    ):
        await asker.write_coil(16, True, device_id=2)
        await asker.write_coil(7, True, device_id=7)
        assert first.output("out1")
        assert second.output("out8")
        with pytest.raises(ModbusIOException):
            await asker.read_coils(0, count=8, device_id=3)
        await second.cut()
        with pytest.raises(ModbusIOException):
            await asker.read_coils(0, count=8, device_id=7)
        assert (await asker.read_coils(16, count=8, device_id=2)).bits[0]


async def test_the_host_watchdog_drops_the_outputs_where_it_is_enabled(tmp_path: Path) -> None:
    async with (
        SerialBus(tmp_path / "bus") as bus,
        ModbusModule("adam-4055", bus, silence=0.2) as io,
        client(bus.url) as asker,
    ):
        await asker.write_coil(16, True, device_id=1)
        assert (await asker.read_holding_registers(214, count=1, device_id=1)).registers == [0]
        assert not (await asker.write_register(214, 1, device_id=1)).isError()
        assert io.output("out1")
        await until(lambda: not io.output("out1"))
        assert (await asker.read_holding_registers(214, count=2, device_id=1)).registers == [1, 1]
        assert (await asker.write_register(215, 0, device_id=1)).isError() is False  # read-only: taken, ignored
        assert io.safety_flag == 1


async def test_a_client_that_goes_before_its_answer_is_no_news(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("pymodbus").setLevel(logging.NOTSET)
    async with ModbusModule("moxa-e1212", "tcp://127.0.0.1:0") as io:
        where = urlsplit(io.url)
        for _ in range(5):
            _, writer = await asyncio.open_connection(where.hostname, where.port)
            for number in range(20):
                writer.write(bytes((0, number, 0, 0, 0, 6, 1, 1, 0, 0, 0, 8)))
            writer.transport.abort()
            await asyncio.sleep(0)
        _, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write(bytes((0, 99, 0, 0, 0, 6, 1, 1, 0, 0, 0, 8)))
        writer.close()
        await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("pymodbus")] == []
