"""Lines that lose, split, flip, echo and babble: no reader is lost, no card is made up."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from rules.model.commands import ShowOutcome
from rules.model.points import Outcome
from rules.model.secret import CardBits
from rules.model.signals import CardRead, DeviceFound, DeviceInsecure, DeviceLost
from tests.drivers.osdp.conftest import device, running, until, wire_driver
from tests.drivers.osdp.peer import Fault, Peer, Wire, bytewise

CARDS = [CardBits.from_int(0x1000000 + number, 26) for number in range(20)]


def lossy(random_: random.Random) -> Fault:
    def fault(data: bytes) -> Iterable[bytes]:
        return [] if random_.random() < 0.1 else [data]

    return fault


def flipping(random_: random.Random) -> Fault:
    def fault(data: bytes) -> Iterable[bytes]:
        spoilt = bytearray(data)
        if random_.random() < 0.1:
            bit = random_.randrange(len(data) * 8)
            spoilt[bit // 8] ^= 1 << bit % 8
        yield bytes(spoilt)

    return fault


def noisy(random_: random.Random) -> Fault:
    def fault(data: bytes) -> Iterable[bytes]:
        yield random_.randbytes(random_.randrange(6))
        yield data
        yield random_.randbytes(random_.randrange(6))

    return fault


def false_starts(_: random.Random) -> Fault:
    def fault(data: bytes) -> Iterable[bytes]:
        yield b"\xff\x53\x81\x40\x00\x04" + data

    return fault


def splitting(random_: random.Random) -> Fault:
    def fault(data: bytes) -> Iterable[bytes]:
        at = random_.randrange(len(data) + 1)
        return [data[:at], data[at:]]

    return fault


FAULTS = {"lossy": lossy, "flipping": flipping, "noisy": noisy, "false starts": false_starts, "splitting": splitting}


@pytest.mark.parametrize("way", ["out", "back"])
@pytest.mark.parametrize("name", FAULTS)
async def test_every_card_arrives_once_over_a_bad_line(name: str, way: str) -> None:
    peer = Peer()
    wire = Wire(peer)
    setattr(wire, way, FAULTS[name](random.Random(7)))
    async with running(wire_driver(wire, reply=0.02, probe_reply=0.02, probe=0.02, offline=5.0)) as seen:
        await seen.wait(DeviceFound("door"))
        peer.events += [b"\x50\x00\x01\x1a\x00" + card.data for card in CARDS]
        await seen.wait(CardRead("door", CARDS[-1]))
    cards = [signal.card for signal in seen.of(CardRead)]
    # a card whose reply was lost for good goes with its session; what arrives is in order, once and true
    assert cards == [card for card in CARDS if card in cards]
    assert len(cards) >= len(CARDS) - 4
    assert seen.of(DeviceLost) == []
    assert seen.of(DeviceInsecure) == []


async def test_a_byte_at_a_time_with_echo() -> None:
    peer = Peer()
    wire = Wire(peer, out=bytewise, back=bytewise, echo=True)
    driver = wire_driver(wire)
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.events += [b"\x50\x00\x01\x1a\x00" + card.data for card in CARDS]
        await seen.wait(CardRead("door", CARDS[-1]))
        await driver.execute(ShowOutcome("door", Outcome.GRANTED))
    health = driver.health()["door"]
    assert int(health["echoes"]) >= 20
    assert (health["timeouts"], health["bad_checks"], health["sc_starts"]) == (0, 0, 1)


async def test_one_lost_reply_is_asked_for_again_with_the_same_bytes() -> None:
    peer = Peer()
    wire = Wire(peer)
    driver = wire_driver(wire)
    losses = iter([True])
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        wire.back = lambda data: [] if next(losses, False) else [data]
        peer.events.append(b"\x50\x00\x01\x1a\x00" + CARDS[0].data)
        await seen.wait(CardRead("door", CARDS[0]))
    assert peer.repeats == 1
    assert (peer.challenges, driver.health()["door"]["timeouts"]) == (1, 1)
    assert len(seen.of(CardRead)) == 1


@pytest.mark.parametrize("junk", [b"\x00", b"\x53", b"\xff\x53\x81\x00\x05\x04", b"\x53\x81\x08\x00\x04\x40\x00\x00"])
async def test_a_babbling_reader_neither_stalls_nor_ends_the_line(junk: bytes) -> None:
    peer, babbler = Peer(1), Peer(2, bytes(reversed(Peer().key)))
    wire = Wire(peer)
    driver = wire_driver(wire, device("door", 1), device("babbler", 2, babbler.key), offline=0.5)
    flood = junk * (20_000 // len(junk))

    def babble(data: bytes) -> Iterable[bytes]:
        if data[2] == 2:
            wire.put(flood)
        yield data

    wire.out = babble
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        await seen.wait(DeviceLost("babbler", "silent"))
        peer.events.append(b"\x50\x00\x01\x1a\x00" + CARDS[0].data)
        await seen.wait(CardRead("door", CARDS[0]))
        await until(lambda: driver.health()["babbler"]["babble"] != 0)
    assert not [signal for signal in seen.of(DeviceLost) if signal.device == "door"]


async def test_replies_to_earlier_commands_are_no_replies() -> None:
    peer = Peer()
    last = [b""]

    def late(data: bytes) -> Iterable[bytes]:
        yield last[0] + data
        last[0] = data

    driver = wire_driver(Wire(peer, back=late), device(insecure="bench"))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.events += [b"\x50\x00\x01\x1a\x00" + card.data for card in CARDS]
        await seen.wait(CardRead("door", CARDS[-1]))
    assert [signal.card for signal in seen.of(CardRead)] == CARDS
    assert int(driver.health()["door"]["strays"]) >= len(CARDS)


async def test_what_begins_behind_a_reply_does_not_swallow_the_next() -> None:
    peer = Peer()
    driver = wire_driver(Wire(peer, back=lambda data: [data + b"\x53\x81\x40\x00\x04"]))
    async with running(driver) as seen:
        await seen.wait(DeviceFound("door"))
        peer.events += [b"\x50\x00\x01\x1a\x00" + card.data for card in CARDS]
        await seen.wait(CardRead("door", CARDS[-1]))
    health = driver.health()["door"]
    assert (health["bad_checks"], health["timeouts"], health["sc_starts"]) == (0, 0, 1)
