"""The driver and a scripted reader: what libosdp's cannot do, and readers that may not be trusted."""

from __future__ import annotations

import asyncio

import pytest

from drivers.osdp import codec
from rules.model.commands import PulseOutput, SetOutput, ShowOutcome, VerifyPin
from rules.model.errors import CommandError, LinkError
from rules.model.points import Outcome, Sensed
from rules.model.secret import CardBits, Secret
from rules.model.signals import (
    CardRead,
    DeviceFound,
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    OutputReported,
    PinEntered,
)
from tests.drivers.osdp.conftest import Recorder, device, running, until, wire_driver
from tests.drivers.osdp.peer import Peer, Wire

CARD = CardBits.from_int(0x2ABCDE1, 26)
RAW = b"\x50\x00\x01\x1a\x00" + CARD.data


async def test_a_reader_is_announced_after_all_it_has() -> None:
    peer = Peer()
    peer.answers[0x64] = b"\x48\x01\x00"
    peer.answers[0x66] = b"\x4a\x01"
    async with running(wire_driver(Wire(peer))) as seen:
        await seen.wait(DeviceFound("door"))
    assert seen.signals == [
        InputChanged("door.tamper", Sensed.ACTIVE),
        InputChanged("door.power", Sensed.NORMAL),
        OutputReported("door.out1", True),
        DeviceFound("door"),
    ]


async def test_inputs_and_outputs_are_told_when_they_change() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer))) as seen:
        await seen.wait(DeviceFound("door"))
        start = len(seen.signals)
        peer.events += [b"\x48\x01\x00", b"\x48\x01\x00", b"\x48\x01\x01", b"\x4a\x01", RAW]
        await seen.wait(CardRead("door", CARD))
    assert seen.signals[start:] == [
        InputChanged("door.tamper", Sensed.ACTIVE),
        InputChanged("door.power", Sensed.ACTIVE),
        OutputReported("door.out1", True),
        CardRead("door", CARD),
    ]


async def test_formatted_cards_and_pins() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer), device(keypad=True))) as seen:
        peer.events += [b"\x51\x00\x00\x0512345", b"\x53\x00\x0312*".replace(b"*", b"\x7f"), b"\x53\x00\x0334\x0d"]
        await seen.wait(PinEntered("door", Secret("34")))
    assert seen.of(CardRead) == [CardRead("door", CardBits(b"12345", 40))]
    assert len(seen.of(PinEntered)) == 1


async def test_keys_of_a_reader_without_a_keypad_are_nothing() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer))) as seen:
        peer.events += [b"\x53\x00\x0212", b"\x53\x00\x0234\x0d", RAW]
        await seen.wait(CardRead("door", CARD))
    assert seen.of(PinEntered) == []


async def test_a_busy_reader_is_asked_again_with_the_same_bytes() -> None:
    peer = Peer()
    busy = codec.encode(1, 0, b"\x79", reply=True)
    wire = Wire(peer)
    async with running(wire_driver(wire)) as seen:
        await seen.wait(DeviceFound("door"))
        peer.caches = False
        peer.scripted += [lambda packet: busy] * 2
        peer.events.append(RAW)
        await seen.wait(CardRead("door", CARD))
    assert any(wire.written.count(frame) == 3 for frame in wire.written)
    assert peer.challenges == 1


async def test_outputs_go_before_feedback_and_feedback_before_polls() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        polls = peer.polls
        await asyncio.gather(
            driver.execute(ShowOutcome("door", Outcome.GRANTED)),
            driver.execute(PulseOutput("door.out1", True, 3_000_000)),
            driver.execute(SetOutput("door.out1", False)),
        )
        assert [body[0] for body in peer.taken] == [0x68, 0x68, 0x69, 0x6A]
        assert peer.taken[0].hex() == "6800051e00"
        assert peer.polls <= polls + 1


async def test_a_refused_command_fails_alone() -> None:
    peer = Peer()
    peer.answers[0x68] = b"\x41\x03"
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        with pytest.raises(CommandError, match="NAK 3"):
            await driver.execute(SetOutput("door.out1", True))
        await driver.execute(ShowOutcome("door", Outcome.DENIED))
    assert peer.challenges == 1
    assert driver.health()["door"]["naks"] == 1


async def test_an_outcome_is_shown_if_the_led_or_the_buzzer_takes_it() -> None:
    peer = Peer()
    peer.answers[0x6A] = b"\x41\x03"
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        await driver.execute(ShowOutcome("door", Outcome.GRANTED))
        peer.answers[0x69] = b"\x41\x03"
        with pytest.raises(CommandError):
            await driver.execute(ShowOutcome("door", Outcome.GRANTED))


async def test_commands_that_cannot_be() -> None:
    driver = wire_driver(Wire(Peer()))
    with pytest.raises(CommandError, match="not there"):
        await driver.execute(SetOutput("door.out1", True))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        for command in (SetOutput("door.out2", True), SetOutput("gate.out1", True)):
            with pytest.raises(CommandError, match="no such"):
                await driver.execute(command)
        with pytest.raises(CommandError, match="do not take"):
            await driver.execute(VerifyPin("door", 1, None, Secret("1")))


async def test_a_cancelled_command_is_never_sent() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.mute = True
        polls = peer.polls
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await driver.execute(PulseOutput("door.out1", True, 1_000_000))
        peer.mute = False
        await until(lambda: peer.polls > polls + 3)
        await driver.execute(SetOutput("door.out1", False))
    assert [body.hex() for body in peer.taken] == ["6800010000"]
    assert seen.of(DeviceLost) == []


async def test_a_command_survives_the_loss_of_the_session() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.restart()
        await driver.execute(PulseOutput("door.out1", True, 1_000_000))
    assert [body[0] for body in peer.taken] == [0x68]
    assert peer.challenges == 2


async def test_a_command_that_costs_the_session_twice_fails() -> None:
    peer = Peer()
    peer.answers[0x68] = b"\x41\x06"
    driver = wire_driver(Wire(peer))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        with pytest.raises(CommandError, match="did not confirm"):
            await driver.execute(SetOutput("door.out1", True))
        await driver.execute(ShowOutcome("door", Outcome.IDLE))
    assert peer.challenges == 3


async def test_a_reader_that_lost_its_session_on_a_quiet_line_restarted() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer))) as seen:
        await seen.wait(DeviceFound("door"))
        start = len(seen.signals)
        peer.restart()
        await seen.wait(DeviceRestarted("door"))
    assert [type(signal) for signal in seen.signals[start:]] == [
        InputChanged,
        InputChanged,
        OutputReported,
        DeviceRestarted,
    ]


async def test_silence_is_a_loss_and_an_answer_the_return() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer), offline=0.3)
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        start = len(seen.signals)
        peer.mute = True
        waiting = asyncio.create_task(driver.execute(SetOutput("door.out1", True)))
        await seen.wait(DeviceLost("door", "silent"))
        with pytest.raises(CommandError):
            await waiting
        with pytest.raises(CommandError, match="not there"):
            await driver.execute(SetOutput("door.out1", True))
        peer.mute = False
        await seen.wait(DeviceFound("door"), start)
    assert [type(signal) for signal in seen.signals[start:]] == [
        DeviceLost,
        InputChanged,
        InputChanged,
        OutputReported,
        DeviceFound,
    ]


async def test_a_reader_that_was_never_there_is_lost_too_and_the_other_does_not_suffer() -> None:
    peer = Peer(2)
    driver = wire_driver(Wire(peer), device("ghost", 1, bytes(reversed(peer.key))), device("door", 2), offline=0.3)
    async with running(driver) as seen:
        await seen.wait(DeviceLost("ghost", "silent"))
        assert peer.polls > 3
        peer.events.append(RAW)
        await seen.wait(CardRead("door", CARD))


async def test_looking_for_absent_readers_does_not_slow_the_line() -> None:
    peer = Peer(9)
    wire = Wire(peer)
    ghosts = [device(f"ghost-{n}", n, peer.key[n:] + peer.key[:n]) for n in range(1, 9)]
    driver = wire_driver(wire, *ghosts, device("door", 9), probe=0.02, probe_reply=0.005, probe_spacing=0.1)
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        start, polls = len(wire.written), peer.polls
        await until(lambda: peer.polls > polls + 30)
        looks = [frame for frame in wire.written[start:] if frame[2] != 9]
        assert 0 < len(looks) < 20


async def test_a_plain_answer_inside_the_channel_is_never_used() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer))) as seen:
        await seen.wait(DeviceFound("door"))
        start = len(seen.signals)
        peer.scripted.append(lambda packet: peer.plain(packet, RAW))
        await seen.wait(DeviceInsecure("door", "answered in plain text"))
        await seen.wait(DeviceFound("door"), start)
    assert seen.of(CardRead) == []


async def test_a_reader_that_speaks_plain_only_is_refused() -> None:
    peer = Peer()
    peer.scripted += [
        lambda packet: peer.plain(packet, b"\x45" + bytes(12)),
        lambda packet: peer.plain(packet, b"\x41\x05"),
    ]
    async with running(wire_driver(Wire(peer), retry=30.0)) as seen:
        await seen.wait(DeviceInsecure("door", "refuses the secure channel"))
    assert seen.of(DeviceFound) == []


@pytest.mark.parametrize(("default", "cause"), [(False, "does not know its key"), (True, "uses the default key")])
async def test_a_reader_with_another_key_is_refused(default: bool, cause: str) -> None:
    peer = Peer(key=bytes(range(100, 116)))
    peer.default_key = default
    driver = wire_driver(Wire(peer), retry=0.1)
    async with running(driver) as seen:
        await seen.wait(DeviceInsecure("door", cause))
        await until(lambda: peer.challenges >= 3)
        with pytest.raises(CommandError):
            await driver.execute(SetOutput("door.out1", True))
    assert seen.signals == [DeviceInsecure("door", cause)]


async def test_another_reader_under_the_same_address_and_key_is_refused() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer), retry=0.1)) as seen:
        await seen.wait(DeviceFound("door"))
        start = len(seen.signals)
        peer.serial += 1
        peer.restart()
        await seen.wait(DeviceInsecure("door", "identity changed"))
        peer.events.append(RAW)
        await until(lambda: peer.challenges >= 4)
        assert seen.signals[start:] == [DeviceInsecure("door", "identity changed")]
        peer.serial -= 1
        await seen.wait(DeviceFound("door"), start)


async def test_many_wrong_macs_take_a_reader_off() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer), quarantine=30.0)) as seen:
        await seen.wait(DeviceFound("door"))
        peer.forging = True
        await seen.wait(DeviceInsecure("door", "sent frames with wrong MACs"))


async def test_install_mode_gives_the_reader_its_key_once() -> None:
    peer = Peer(key=bytes(16))
    peer.default_key = True
    async with running(wire_driver(Wire(peer), device(install=True))) as seen:
        await seen.wait(DeviceFound("door"))
    assert peer.key == bytes.fromhex("00a1b2c3d4e5f60718293a4b5c6d7e8f")
    assert seen.of(DeviceInsecure) == []


async def test_install_mode_ends() -> None:
    peer = Peer()
    peer.default_key = True
    async with running(wire_driver(Wire(peer), device(install=True), install=-1.0)) as seen:
        await seen.wait(DeviceInsecure("door", "uses the default key"))
    assert peer.default_key


async def test_plain_text_where_the_site_accepted_it() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer), device(insecure="old readers until spring"))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.events.append(RAW)
        await seen.wait(CardRead("door", CARD))
        await driver.execute(SetOutput("door.out1", True))
    assert driver.health()["door"]["security"] == "plain: old readers until spring"
    assert peer.challenges == 0


async def test_a_card_is_durable_before_its_reader_is_polled_again() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer), receipt=30.0)) as seen:
        await seen.wait(DeviceFound("door"))
        seen.durable = False
        peer.events.append(RAW)
        await seen.wait(CardRead("door", CARD))
        polls = peer.polls
        await asyncio.wait([seen.receipts[-1]], timeout=0.1)
        assert peer.polls == polls
        seen.receipts[-1].set_result(1)
        await until(lambda: peer.polls > polls)


async def test_a_card_that_is_never_durable_holds_its_reader_only_for_a_while() -> None:
    peer = Peer()
    async with running(wire_driver(Wire(peer), receipt=0.05)) as seen:
        await seen.wait(DeviceFound("door"))
        seen.durable = False
        peer.events += [RAW, RAW]
        await until(lambda: len(seen.of(CardRead)) == 2)


async def test_the_end_of_the_line_ends_the_run_and_what_waits() -> None:
    wire = Wire(Peer())
    driver = wire_driver(wire)
    seen = Recorder()
    run = asyncio.create_task(driver.run(seen))
    await seen.wait(DeviceFound("door"))
    wire.peers[0].mute = True
    waiting = asyncio.create_task(driver.execute(SetOutput("door.out1", True)))
    await until(lambda: driver.health()["door"]["commands"] == 1)
    wire.fail()
    with pytest.raises(CommandError, match="line failed"):
        await waiting
    with pytest.raises(LinkError):
        await run


async def test_the_trace_shows_frames_without_contents() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer))
    lines: list[str] = []
    driver.trace = lambda device, direction, summary: lines.append(f"{device} {direction} {summary}")
    async with running(driver) as seen:
        peer.events.append(RAW)
        await seen.wait(CardRead("door", CARD))
    assert "door -> 01 seq 0 id 61, 2 bytes" in lines
    assert not any(CARD.data.hex() in line for line in lines)
