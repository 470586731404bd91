"""The driver on a serial line: pymodbus's own server and misbehaving units behind real ptys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

import pytest

from rules.model.commands import PulseOutput, SetOutput
from rules.model.errors import CommandError
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, OutputReported
from simulators.modbus_io import ModbusModule, SerialBus
from tests.drivers.modbus.support import Rig, RtuModule, Tiny, device, honest, mute, rtu, until

BAUD = 115_200
LONG = 60_000_000


@pytest.mark.parametrize("baud", [9600, BAUD])
async def test_an_adam_is_found_worked_and_told_what_to_do_without_us(tmp_path: Path, baud: int) -> None:
    adam = device("io", "adam-4055", unit=3)
    async with SerialBus(tmp_path / "line") as bus, ModbusModule("adam-4055", bus, unit=3) as io:
        io.set_input("in7", closed=True)
        async with Rig(bus.url, adam, baud=baud).running() as rig:
            assert InputChanged("io.in7", Sensed.CLOSED) in rig.signals
            assert io.safety == 1
            assert rig.driver.health()["io"]["on_comms_loss"] == "lock"
            await rig.driver.execute(PulseOutput("io.out8", True, 100_000))
            assert io.output("out8")
            await until(lambda: not io.output("out8"))
            assert list(io.written) == [(23, 0xFF00), (23, 0)]
            await rig.saw(OutputReported("io.out8", False))


async def test_a_module_that_is_to_hold_is_told_so(tmp_path: Path) -> None:
    adam = device("io", "adam-4055", on_comms_loss="hold")
    async with SerialBus(tmp_path / "line") as bus, ModbusModule("adam-4055", bus) as io:
        io.safety = 1
        async with Rig(bus.url, adam).running() as rig:
            assert io.safety == 0
            assert rig.driver.health()["io"]["on_comms_loss"] == "hold"


async def test_a_module_that_lets_nobody_tell_it_is_worked_and_says_so(tmp_path: Path) -> None:
    async with (
        RtuModule(tmp_path / "line", 1, adam=True).line as line,
        Rig(str(line.path), device("io", "adam-4055"), baud=BAUD).running() as rig,
    ):
        assert rig.driver.health()["io"]["on_comms_loss"] == "refused"


async def test_the_lock_falls_when_the_gateway_is_gone(tmp_path: Path) -> None:
    async with SerialBus(tmp_path / "line") as bus, ModbusModule("adam-4055", bus, silence=0.3) as io:
        async with Rig(bus.url, device("io", "adam-4055"), baud=BAUD).running() as rig:
            await rig.driver.execute(SetOutput("io.out1", True))
            await rig.polled("io", 5)
            assert io.output("out1")
        await until(lambda: not io.output("out1"))


async def test_timed_coils_work_on_a_serial_line(tmp_path: Path) -> None:
    async with SerialBus(tmp_path / "line") as bus, ModbusModule("waveshare-8ch-relay", bus, unit=9) as io:
        relays = device("io", "waveshare-8ch-relay", unit=9)
        async with Rig(bus.url, relays, baud=BAUD).running() as rig:
            await rig.driver.execute(PulseOutput("io.out1", True, 200_000))
            assert list(io.written) == [(0x200, 2)]
        await until(lambda: not io.output("out1"))


async def test_a_dead_unit_does_not_block_its_neighbours(tmp_path: Path) -> None:
    both = (device("alive", unit=1), device("dead", unit=2))
    async with (
        SerialBus(tmp_path / "line") as bus,
        ModbusModule("generic", bus, unit=1) as alive,
        ModbusModule("generic", bus, unit=2) as dead,
        Rig(bus.url, *both, baud=BAUD).running() as rig,
    ):
        await dead.cut()
        await rig.saw(DeviceLost("dead", "timeout"))
        timeouts = rig.counter("dead", "timeout")
        alive.set_input("in1", closed=True)
        await rig.saw(InputChanged("alive.in1", Sensed.CLOSED))
        await rig.driver.execute(SetOutput("alive.out1", True))
        await rig.polled("alive", 12)
        assert rig.counter("dead", "timeout") - timeouts <= 3
        assert rig.counter("alive", "timeout") == 0
        with pytest.raises(CommandError):
            await rig.driver.execute(SetOutput("dead.out1", True))
        await dead.restore()
        await until(lambda: rig.signals[-1] == DeviceFound("dead"))
        assert rig.count(DeviceLost) == 1
        assert not rig.failures


async def test_many_units_share_a_line(tmp_path: Path) -> None:
    units = range(1, 7)
    async with SerialBus(tmp_path / "line") as bus, asyncio.TaskGroup() as group:
        modules = {unit: ModbusModule("generic", bus, unit=unit) for unit in units}
        for module in modules.values():
            await module.restore()
        modules[4].set_input("in4", closed=True)
        devices = [device(f"io{unit}", unit=unit) for unit in units]
        async with Rig(bus.url, *devices, baud=BAUD).running() as rig:
            closed = [s for s in rig.signals if isinstance(s, InputChanged) and s.sensed is Sensed.CLOSED]
            assert closed == [InputChanged("io4.in4", Sensed.CLOSED)]
            for unit in units:
                group.create_task(rig.driver.execute(SetOutput(f"io{unit}.out{unit}", True)))
            await until(lambda: all(module.output(f"out{unit}") for unit, module in modules.items()))


async def test_an_unplugged_line_fails_and_a_pulse_is_ended_after_the_return(tmp_path: Path) -> None:
    async with (
        SerialBus(tmp_path / "line") as bus,
        ModbusModule("generic", bus) as io,
        Rig(bus.url, device("io"), baud=BAUD).running() as rig,
    ):
        await rig.driver.execute(PulseOutput("io.out1", True, LONG))
        bus.line.unplug()
        await until(lambda: rig.failures)
        assert io.output("out1")
        bus.line.replug()
        await rig.saw(DeviceFound("io"), times=2)
        assert list(io.written) == [(0, 0xFF00), (0, 0)]
        assert {failure.code for failure in rig.failures} <= {"closed", "unreachable"}


@pytest.mark.parametrize("delay", [0.36, 0.42, 0.9])
async def test_late_replies_are_never_taken_for_others(tmp_path: Path, delay: float) -> None:
    """All its inputs are open and all its outputs on, and both are asked for in the same words: any reply taken
    for another one would show as a closed circuit or a fallen relay."""
    module = RtuModule(tmp_path / "line", 1, adam=True)
    module.coils = [True] * 8
    late: list[float] = [0.0]

    def dawdle(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        late.append(late[-1])
        return [late[-1], reply]

    module.faults[1] = dawdle
    async with module.line, Rig(str(module.line.path), device("io", "adam-4055"), baud=BAUD).running() as rig:
        late.append(delay)
        asked = len(late)
        await until(lambda: len(late) > asked + 4)
        late.append(0.0)
        await rig.polled("io", 5)
        assert rig.count(DeviceFound) >= 1
        assert InputChanged("io.in1", Sensed.CLOSED) not in rig.signals
        assert OutputReported("io.out1", False) not in rig.signals


async def test_spoilt_frames_cost_a_repetition_and_nothing_else(tmp_path: Path) -> None:
    """Every third reply has a flipped bit, comes in pieces, behind noise, or twice."""
    module = RtuModule(tmp_path / "line", 1)
    count: list[int] = []

    def spoil(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        count.append(1)
        match len(count) % 12:
            case 3:
                return [reply[:-1] + bytes((reply[-1] ^ 4,))]
            case 6:
                return [piece for byte in reply for piece in (bytes((byte,)), 0.002)]
            case 9:
                return [b"\xff\x00\x01\x02", reply]
            case 0:
                return [reply, reply]
        return [reply]

    module.faults[1] = spoil
    async with module.line, Rig(str(module.line.path), device("io"), baud=BAUD).running() as rig:
        rig.signals.clear()
        await rig.polled("io", 20)
        assert rig.counter("io", "bad_reply") >= 2
        assert not rig.signals


async def test_babble_is_outlasted(tmp_path: Path) -> None:
    module = RtuModule(tmp_path / "line", 1)

    def babble(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        return [part for _ in range(200) for part in (b"\x01\x02\x01\x02\x01\x81", 0.005)]

    async with module.line, Rig(str(module.line.path), device("io"), baud=BAUD).running() as rig:
        rig.signals.clear()
        module.faults[1] = babble
        await until(lambda: rig.count(DeviceLost))
        assert rig.signals == [DeviceLost("io", "bad_reply")]
        module.faults[1] = honest
        await until(lambda: rig.signals[-1] == DeviceFound("io"))


async def test_our_own_echo_confirms_nothing(tmp_path: Path) -> None:
    """Some converters repeat what is sent: that looks exactly like the reply to a write."""
    module = RtuModule(tmp_path / "line", 1)

    def echo(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        return [request + reply]

    def echo_only(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        module.coils = [False] * 8
        return [request] if request[1] == 5 else [request + reply]

    module.faults[1] = echo
    async with module.line, Rig(str(module.line.path), device("io"), baud=BAUD).running() as rig:
        await rig.driver.execute(SetOutput("io.out1", True))
        assert module.coils[0]
        assert rig.driver.health()["io"]["echo"] == 1
        module.faults[1] = echo_only
        with pytest.raises(CommandError):
            await rig.driver.execute(SetOutput("io.out2", True))


async def test_a_silent_line_is_a_lost_device_and_not_a_failed_link(tmp_path: Path) -> None:
    module = RtuModule(tmp_path / "line", 1)
    module.faults[1] = mute
    async with module.line, Rig(str(module.line.path), device("io"), baud=BAUD).running(found=False) as rig:
        await rig.saw(DeviceLost("io", "timeout"))
        asked = len(module.asked)
        await until(lambda: len(module.asked) >= asked + 3)
        assert rig.signals == [DeviceLost("io", "timeout")]
        assert not rig.failures


async def test_rtu_behind_a_network_converter() -> None:
    module = Tiny()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                frame = await reader.readexactly(8)
                writer.write(rtu(frame[0], module.reply(frame[1:-2])))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server, Rig(url, device("io")).running() as rig:
        await rig.driver.execute(SetOutput("io.out3", True))
        assert module.coils[2]
        await rig.saw(OutputReported("io.out3", True))
