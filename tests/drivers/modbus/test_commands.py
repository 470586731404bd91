"""Commands to a TCP module that loses, refuses or delays them; and pulses whose end is at stake."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from rules.model.commands import PulseOutput, SetOutput
from rules.model.errors import CommandError
from rules.model.signals import DeviceFound, DeviceLost
from tests.drivers.modbus.support import Fault, Rig, TcpModule, device, exception_2, honest, mute, until

READ_INPUTS, WRITE = 2, 5


def function(request: bytes) -> int:
    return request[7]


def losing_echoes(module: TcpModule, *, obeys: bool, times: int) -> tuple[Fault, list[bytes]]:
    """FC05 stays unanswered `times` times; the module obeys all the same, or not."""
    lost: list[bytes] = []

    def fault(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        if function(request) != WRITE or len(lost) >= times:
            return [reply]
        lost.append(request)
        if not obeys:
            module.coils[request[9]] = False
        return []

    return fault, lost


async def test_a_lost_echo_is_settled_by_reading_back() -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault, lost = losing_echoes(module, obeys=True, times=99)
        await rig.driver.execute(SetOutput("io.out4", True))
        assert len(lost) == 1
        assert module.coils[3]


async def test_a_lost_write_is_repeated_once() -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault, lost = losing_echoes(module, obeys=False, times=1)
        await rig.driver.execute(SetOutput("io.out4", True))
        assert len(lost) == 1
        assert module.coils[3]


async def test_an_unconfirmed_write_fails() -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault, _ = losing_echoes(module, obeys=False, times=99)
        with pytest.raises(CommandError) as failed:
            await rig.driver.execute(SetOutput("io.out4", True))
        assert failed.value.code == "unconfirmed"
        assert failed.value.where == "io.out4"
        assert DeviceLost("io", "timeout") not in rig.signals


async def test_a_refused_write_fails_at_once() -> None:
    module = TcpModule()

    def refuse(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        return exception_2(request, reply) if function(request) == WRITE else [reply]

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = refuse
        with pytest.raises(CommandError) as failed:
            await rig.driver.execute(PulseOutput("io.out1", True, 1_000_000))
        assert failed.value.code == "exception"
        assert failed.value.got == "exception 2"
        writes = sum(request[0] == WRITE for request in module.requests)
        await rig.polled("io", 9)
        assert sum(request[0] == WRITE for request in module.requests) == writes  # nothing was on: no end is owed


async def test_a_pulse_of_unknown_fate_is_ended() -> None:
    """Its echo and the read-back both got lost, but the strike is released: it must not stay so."""
    module = TcpModule()
    deaf: list[bool] = [True]

    def swallow(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        return [] if deaf and function(request) != READ_INPUTS else [reply]

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = swallow
        with pytest.raises(CommandError):
            await rig.driver.execute(PulseOutput("io.out1", True, 60_000_000))
        assert module.coils[0]
        deaf.clear()
        await until(lambda: not module.coils[0])


async def test_the_end_of_a_pulse_is_repeated_until_it_is_confirmed() -> None:
    module = TcpModule()
    refused: list[bytes] = []

    def refuse_off(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        if function(request) == WRITE and request[10] == 0 and len(refused) < 2:
            refused.append(request)
            module.coils[0] = True
            return exception_2(request, reply)
        return [reply]

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = refuse_off
        await rig.driver.execute(PulseOutput("io.out1", True, 50_000))
        await until(lambda: len(refused) == 2 and not module.coils[0])


async def test_a_pulse_is_ended_first_when_a_mute_module_answers_again() -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        await rig.driver.execute(PulseOutput("io.out1", True, 60_000_000))
        module.fault = mute
        await rig.saw(DeviceLost("io", "timeout"))
        module.coils[0] = True
        module.requests.clear()
        module.fault = honest
        await rig.saw(DeviceFound("io"), times=2)
        assert {request[0] for request in module.requests[: module.requests.index(b"\x02\0\0\0\x08")]} == {WRITE}
        assert not module.coils[0]


async def test_a_cancelled_command_is_never_sent() -> None:
    """It waits for the line behind a stalled poll when its deadline comes."""
    module = TcpModule()
    stalled: list[bytes] = []

    def stall(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        stalled.append(request)
        return []

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = stall
        await until(lambda: stalled)
        async with asyncio.TaskGroup() as group:
            command = group.create_task(rig.driver.execute(PulseOutput("io.out1", True, 1_000_000)))
            second = group.create_task(rig.driver.execute(SetOutput("io.out2", True)))
            await asyncio.sleep(0)
            command.cancel()
            second.cancel()
        module.fault = honest
        await rig.polled("io", 4)
        assert not any(request[0] == WRITE for request in module.requests)


async def test_a_pulse_confirmed_after_its_deadline_is_ended_at_once() -> None:
    module = TcpModule()

    def slow(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        return [0.1, reply] if function(request) == WRITE else [reply]

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = slow
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await rig.driver.execute(PulseOutput("io.out1", True, 60_000_000))
        assert module.coils[0]
        await until(lambda: not module.coils[0])


async def test_commands_in_flight_fail_when_the_connection_does() -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:

        def hang_up(request: bytes, reply: bytes) -> Iterable[bytes | float]:
            module.hang_up()
            return []

        module.fault = hang_up
        with pytest.raises(CommandError) as failed:
            await rig.driver.execute(SetOutput("io.out1", True))
        assert failed.value.code in ("link_lost", "device_lost")
        await until(lambda: rig.failures)
        module.fault = honest
        await rig.saw(DeviceFound("io"), times=2)
