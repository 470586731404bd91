"""The driver against pymodbus's own server over TCP."""

from __future__ import annotations

import asyncio

import pytest

from rules.model.commands import PulseOutput, SetOutput, ShowOutcome
from rules.model.errors import CommandError
from rules.model.points import Outcome, Sensed
from rules.model.signals import DeviceFound, InputChanged, OutputReported
from simulators.modbus_io import ModbusModule
from tests.drivers.modbus.support import Rig, device, until

ANY = "tcp://127.0.0.1:0"
SHORT = 150_000  # us
LONG = 30_000_000


@pytest.mark.parametrize("model", ["moxa-e1212", "moxa-e1214", "adam-6060", "brainboxes-ed588", "generic"])
async def test_a_device_is_found_after_all_its_points_were_said(model: str) -> None:
    async with ModbusModule(model, ANY) as io:
        io.set_input("in2", closed=True)
        io.force("out3", True)
        async with Rig(io.url, device("io", model)).running() as rig:
            counts = (io.map.inputs, io.map.outputs)
            inputs, outputs = rig.signals[: counts[0]], rig.signals[counts[0] : sum(counts)]
            assert inputs == [
                InputChanged(f"io.in{n}", Sensed.CLOSED if n == 2 else Sensed.OPEN) for n in range(1, counts[0] + 1)
            ]
            assert outputs == [OutputReported(f"io.out{n}", n == 3) for n in range(1, counts[1] + 1)]
            assert rig.signals[sum(counts)] == DeviceFound("io")


async def test_inputs_are_said_when_they_change_and_only_then() -> None:
    async with ModbusModule("moxa-e1212", ANY) as io, Rig(io.url, device("io", "moxa-e1212")).running() as rig:
        rig.signals.clear()
        io.set_input("in8", closed=True)
        await rig.saw(InputChanged("io.in8", Sensed.CLOSED))
        io.set_input("in8", closed=False)
        await rig.saw(InputChanged("io.in8", Sensed.OPEN))
        await rig.polled("io", 4)
        assert len(rig.signals) == 2


async def test_an_output_is_set_confirmed_and_read_back() -> None:
    async with ModbusModule("adam-6060", ANY) as io, Rig(io.url, device("io", "adam-6060")).running() as rig:
        rig.signals.clear()
        await rig.driver.execute(SetOutput("io.out6", True))
        assert io.output("out6")
        await rig.saw(OutputReported("io.out6", True))
        await rig.driver.execute(SetOutput("io.out6", False))
        assert not io.output("out6")
        await rig.saw(OutputReported("io.out6", False))
        assert len(rig.signals) == 2


async def test_an_output_moved_by_others_is_reported() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        io.force("out4", True)
        await rig.saw(OutputReported("io.out4", True))
        io.force("out4", False)
        await rig.saw(OutputReported("io.out4", False), times=2)


async def test_a_pulse_returns_when_it_is_on_and_ends_by_itself() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        await rig.driver.execute(PulseOutput("io.out1", True, SHORT))
        assert io.output("out1")
        await until(lambda: not io.output("out1"))
        assert list(io.written) == [(0, 0xFF00), (0, 0)]
        await rig.saw(OutputReported("io.out1", False))


async def test_a_new_pulse_extends_and_never_shortens() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        clock = asyncio.get_running_loop().time
        began = clock()
        await rig.driver.execute(PulseOutput("io.out1", True, 400_000))
        await rig.driver.execute(PulseOutput("io.out1", True, 100_000))
        await until(lambda: not io.output("out1"))
        assert clock() - began >= 0.4
        assert list(io.written) == [(0, 0xFF00), (0, 0xFF00), (0, 0)]


async def test_a_set_output_ends_a_pulse_and_is_the_level_after_the_next() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        await rig.driver.execute(PulseOutput("io.out1", True, LONG))
        await rig.driver.execute(SetOutput("io.out1", False))
        assert not io.output("out1")
        await rig.driver.execute(SetOutput("io.out2", True))
        await rig.driver.execute(PulseOutput("io.out2", False, SHORT))
        assert not io.output("out2")
        await until(lambda: io.output("out2"))
        await rig.driver.execute(PulseOutput("io.out2", True, SHORT))
        await rig.polled("io", 8)
        assert io.written[-1] == (1, 0xFF00)
        assert io.output("out2")  # back to its base level, which is on
        assert not io.output("out1")


async def test_a_pulse_does_not_swallow_a_set_output_of_its_own_level() -> None:
    """Free access begins during a strike's pulse: the end of the pulse must not lock the door."""
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        await rig.driver.execute(PulseOutput("io.out1", True, SHORT))
        await rig.driver.execute(SetOutput("io.out1", True))
        await rig.polled("io", 9)
        assert io.output("out1")


@pytest.mark.parametrize(("on", "first_coil"), [(True, 0x200), (False, 0x400)])
async def test_a_module_with_timed_coils_ends_the_pulse_without_us(on: bool, first_coil: int) -> None:
    async with ModbusModule("waveshare-8ch", ANY) as io:
        rig = Rig(io.url, device("io", "waveshare-8ch"))
        async with rig.running():
            await rig.driver.execute(SetOutput("io.out3", not on))
            await rig.driver.execute(PulseOutput("io.out3", on, 450_001))
            assert io.output("out3") is on
            assert io.written[-1] == (first_coil + 2, 5)  # 100 ms each, never shorter than asked
        await until(lambda: io.output("out3") is not on)  # the driver is gone
        assert io.written[-1] == (first_coil + 2, 5)


async def test_the_end_of_a_timed_coil_does_not_undo_a_set_output() -> None:
    """A module may end the flash although the coil was written since: the level is written once more."""
    async with (
        ModbusModule("waveshare-8ch", ANY) as io,
        Rig(io.url, device("io", "waveshare-8ch")).running() as rig,
    ):
        await rig.driver.execute(PulseOutput("io.out1", True, SHORT))
        await rig.driver.execute(SetOutput("io.out1", True))
        assert list(io.written) == [(0x200, 2), (0, 0xFF00)]
        io.force("out1", False)
        await until(lambda: io.output("out1"))
        assert list(io.written) == [(0x200, 2), (0, 0xFF00), (0, 0xFF00)]


async def test_a_pulse_of_the_base_level_uses_no_timed_coil() -> None:
    """The module would leave the output at the other level."""
    async with (
        ModbusModule("waveshare-8ch", ANY) as io,
        Rig(io.url, device("io", "waveshare-8ch")).running() as rig,
    ):
        await rig.driver.execute(SetOutput("io.out1", True))
        await rig.driver.execute(PulseOutput("io.out1", True, SHORT))
        await until(lambda: len(io.written) == 3)
        assert list(io.written) == [(0, 0xFF00)] * 3
        assert io.output("out1")


async def test_a_timed_coil_takes_the_rest_of_a_longer_pulse() -> None:
    async with (
        ModbusModule("waveshare-8ch", ANY) as io,
        Rig(io.url, device("io", "waveshare-8ch")).running() as rig,
    ):
        await rig.driver.execute(PulseOutput("io.out1", True, LONG))
        await rig.driver.execute(PulseOutput("io.out1", True, SHORT))
        assert io.written[0] == (0x200, 300)
        assert 295 <= io.written[1][1] <= 302


async def test_a_cut_is_the_links_failure_and_all_is_said_again_afterwards() -> None:
    async with ModbusModule("moxa-e1212", ANY) as io, Rig(io.url, device("io", "moxa-e1212")).running() as rig:
        await io.cut()
        await until(lambda: rig.failures)
        with pytest.raises(CommandError):
            await rig.driver.execute(SetOutput("io.out1", True))
        rig.signals.clear()
        io.set_input("in1", closed=True)
        await io.restore()
        await rig.saw(DeviceFound("io"))
        assert rig.signals[0] == InputChanged("io.in1", Sensed.CLOSED)
        assert len(rig.signals) == 17
        assert {failure.code for failure in rig.failures} <= {"closed", "unreachable"}


async def test_a_pulse_cut_short_is_ended_first_thing_after_the_return() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        await rig.driver.execute(PulseOutput("io.out5", True, LONG))
        await io.cut()
        await until(lambda: rig.failures)
        assert io.output("out5")  # what a module without a watchdog does
        rig.signals.clear()
        await io.restore()
        await rig.saw(DeviceFound("io"))
        assert list(io.written) == [(4, 0xFF00), (4, 0)]
        assert OutputReported("io.out5", False) in rig.signals
        assert OutputReported("io.out5", True) not in rig.signals


async def test_nothing_is_written_at_start() -> None:
    async with ModbusModule("moxa-e1214", ANY) as io, Rig(io.url, device("io", "moxa-e1214")).running() as rig:
        await until(lambda: rig.counter("io", "polls"))
        assert not io.written


@pytest.mark.parametrize(
    "command",
    [SetOutput("io.out9", True), SetOutput("other.out1", True), ShowOutcome("io.reader", Outcome.GRANTED)],
)
async def test_what_the_link_does_not_have_is_refused(command: SetOutput | ShowOutcome) -> None:
    async with ModbusModule("generic", ANY) as io, Rig(io.url, device("io")).running() as rig:
        with pytest.raises(CommandError) as refused:
            await rig.driver.execute(command)
        assert refused.value.code == "unsupported"


async def test_a_command_before_the_connection_is_refused() -> None:
    rig = Rig("tcp://127.0.0.1:1", device("io"))
    with pytest.raises(CommandError) as refused:
        await rig.driver.execute(SetOutput("io.out1", True))
    assert refused.value.code == "device_lost"


@pytest.mark.parametrize(
    "url", ["tcp://127.0.0.1:1", "tcp://", "tcp://127.0.0.1:70000", "udp://127.0.0.1:1", "/dev/no-such-port"]
)
async def test_an_endpoint_that_cannot_be_opened_is_a_link_error(url: str) -> None:
    rig = Rig(url, device("io"))
    rig.reconnects = False
    async with rig.running(found=False):
        await until(lambda: rig.failures)
    assert rig.failures[0].where == url
    assert not rig.signals
