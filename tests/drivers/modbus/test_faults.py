"""A TCP module that lies, stammers, stalls and hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest

from rules.model.commands import SetOutput
from rules.model.errors import CommandError
from rules.model.points import Sensed
from rules.model.signals import DeviceFound, DeviceLost, InputChanged, OutputReported
from tests.drivers.modbus.support import Fault, Rig, TcpModule, device, exception_2, honest, mute, until

INVERT = 0xFF


def lies(reply: bytes) -> bytes:
    """The reply of a module that sees every circuit closed."""
    return reply[:-1] + bytes((reply[-1] ^ INVERT,))


def wrong_transaction(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [b"\x7f\x7f" + lies(reply)[2:]]


def transaction_zero(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [b"\0\0" + lies(reply)[2:]]


def wrong_unit(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [reply[:6] + b"\x09" + lies(reply)[7:]]


def wrong_function(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [reply[:7] + bytes((reply[7] ^ 3,)) + lies(reply)[8:]]


def unknown_function(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [reply[:7] + b"\x63" + lies(reply)[8:]]


def wrong_count(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [reply[:4] + b"\0\x05" + reply[6:8] + b"\x02\xff\xff"]


def half_a_frame(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [lies(reply)[:-1]]


def babble(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [b"\x00\x01\x00\x00\x00\x04\x01" * 20]


def flood(request: bytes, reply: bytes) -> Iterable[bytes]:
    return [b"\x00\x01\x00\x00\x00\x04\x01" * 2000]  # more than pymodbus keeps: it drops them unread


LIES: list[tuple[Fault, str]] = [
    (transaction_zero, "bad_reply"),
    (unknown_function, "bad_reply"),
    (wrong_count, "bad_reply"),
    (flood, "timeout"),
    (exception_2, "exception"),
    (mute, "timeout"),
]


@pytest.mark.parametrize(("fault", "cause"), LIES, ids=[fault.__name__ for fault, _ in LIES])
async def test_a_bad_reply_is_counted_never_believed_and_loses_the_device_in_the_end(fault: Fault, cause: str) -> None:
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        rig.signals.clear()
        module.fault = fault
        await rig.saw(DeviceLost("io", cause))
        assert rig.signals == [DeviceLost("io", cause)]
        assert rig.counter("io", cause) >= 3
        assert rig.driver.health()["io"]["presence"] == "lost"
        with pytest.raises(CommandError):
            await rig.driver.execute(SetOutput("io.out1", True))
        module.fault = honest
        module.inputs[0] = True
        await rig.saw(DeviceFound("io"))
        assert rig.signals[1] == InputChanged("io.in1", Sensed.CLOSED)
        assert not rig.failures
        assert module.connections == 1


@pytest.mark.parametrize(
    "fault", [wrong_transaction, wrong_unit, wrong_function, half_a_frame, babble, exception_2, mute]
)
async def test_one_bad_reply_does_not_lose_a_device(fault: Fault) -> None:
    module = TcpModule()
    spoilt: list[bytes] = []

    def once(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        if not spoilt:
            spoilt.append(request)
            return fault(request, reply)
        return [reply]

    async with module.served() as url, Rig(url, device("io")).running() as rig:
        rig.signals.clear()
        module.fault = once
        await until(lambda: spoilt)
        await rig.polled("io", 4)
        assert not rig.signals


async def test_frames_may_come_byte_by_byte_and_behind_stale_ones() -> None:
    module = TcpModule()

    def stammer(request: bytes, reply: bytes) -> Iterable[bytes | float]:
        yield b"\x01\x01" + lies(reply)[2:]
        for byte in reply:
            yield bytes((byte,))
            yield 0.0

    module.fault = stammer
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        await rig.driver.execute(SetOutput("io.out2", True))
        await rig.saw(OutputReported("io.out2", True))
        assert rig.counter("io", "bad_reply") == 0
        assert InputChanged("io.in1", Sensed.CLOSED) not in rig.signals


@pytest.mark.parametrize("hops", range(5))
async def test_the_driver_stops_even_in_the_instant_of_a_reply(hops: int) -> None:
    """`asyncio.wait_for` of Python 3.11 loses a cancellation that meets its result: the link would never end."""
    module = TcpModule()
    loop = asyncio.get_running_loop()
    cancelled: list[bytes] = []

    async with module.served() as url:
        rig = Rig(url, device("io"))
        async with asyncio.TaskGroup() as group:
            task = group.create_task(rig.driver.run(rig.emit))
            await rig.saw(DeviceFound("io"))

            def hop(left: int) -> None:
                if left:
                    loop.call_soon(hop, left - 1)
                else:
                    task.cancel()

            def cancel_soon(request: bytes, reply: bytes) -> Iterable[bytes]:
                if not cancelled:
                    cancelled.append(request)
                    hop(hops)
                return [reply]

            module.fault = cancel_soon
            await until(lambda: cancelled)
            await asyncio.wait([task], timeout=2)
            stopped = task.cancelled()
            for left in asyncio.all_tasks():
                if left.get_name().startswith("link: "):
                    left.cancel()
        assert stopped


async def test_a_half_open_connection_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lost as a device first; then a fresh connection may reach what the old one no longer does."""
    monkeypatch.setattr("drivers.modbus.driver.SILENT_LINK", 1.5)
    module = TcpModule()
    async with module.served() as url, Rig(url, device("io")).running() as rig:
        module.fault = mute
        await rig.saw(DeviceLost("io", "timeout"))
        assert not rig.failures
        await until(lambda: rig.failures)
        assert rig.failures[0].code == "silent"
        assert rig.signals.count(DeviceLost("io", "timeout")) == 1
        module.fault = honest
        await rig.saw(DeviceFound("io"), times=2)
