"""What happens between the wires, each part alone: a signal's step and seal; events through the journal to the bus."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter, perf_counter_ns

from config.loader import load
from config.secrets import Secrets
from gateway.bus.port import MqttTransport
from gateway.bus.topics import Topics
from gateway.clock import Clock
from gateway.core import Core
from gateway.discover import drivers
from gateway.followers.publisher import Publisher
from gateway.journal.chain import Chain, beginning
from gateway.journal.journal import Journal
from gateway.journal.record import Sealed
from gateway.people import peppers
from gateway.people.directory import Directory
from rules.compile import compile_site
from rules.model.points import Sensed
from rules.model.signals import CardRead, DeviceFound, GatewayBegan, InputChanged, Signal
from rules.state import State
from tests.bench.figures import Rate, Row, times
from tests.bench.site import DOORS, PEOPLE, Site, card

PASSAGES = 1_500
EVENTS = 5_000
LIMIT = 30.0  # s


async def steps(site: Site) -> tuple[list[Row | Rate], list[Sealed]]:
    """Badge, door opens, door closes, at door after door: each signal's turn in the core; and the events sealed."""
    core, sealed = _core(site)
    await _settle(core)
    taken: dict[str, list[float]] = {"badge": [], "input": []}
    began = perf_counter()
    for _ in range(PASSAGES):
        door = random.choice(DOORS)
        for kind, signal in _passage(door.reader, f"{door.module}.in{door.output + 1}"):
            core.say(signal)
            start = perf_counter_ns()
            core.turn()
            taken[kind].append((perf_counter_ns() - start) / 1000)
            core.durable(core.head)
    rate = Rate("core alone: signals stepped and sealed", 3 * PASSAGES / (perf_counter() - began), "signals/s")
    rows = [times(f"core alone: one {kind}, stepped and sealed", taken[kind]) for kind in taken]
    return [*rows, rate], sealed


def _core(site: Site) -> tuple[Core, list[Sealed]]:
    configuration = load(site.config, drivers(), Secrets(site.secrets))
    with Directory.open(site.state / "people.db", configuration.pepper, configuration.pin_pepper) as directory:
        people = directory.people()
    sealed: list[Sealed] = []
    core = Core(
        site=compile_site(configuration.policy, people, configuration.rules_hash),
        state=State(),
        clock=Clock(),
        chain=Chain("gw1", beginning("gw1", 1)),
        append=sealed.extend,
        dispatch=lambda order, deadline: None,
        pepper=peppers.key(configuration.pepper),
    )
    return core, sealed


async def _settle(core: Core) -> None:
    core.say(GatewayBegan("bench", True))
    for device in core.site.devices:
        for number in range(1, 9):
            if device.startswith("io-"):
                core.say(InputChanged(f"{device}.in{number}", Sensed.CLOSED))
        core.say(DeviceFound(device))
    core.turn()
    core.durable(core.head)


def _passage(reader: str, contact: str) -> Iterable[tuple[str, Signal]]:
    yield "badge", CardRead(reader, card(random.randint(1, PEOPLE)))
    yield "input", InputChanged(contact, Sensed.OPEN)
    yield "input", InputChanged(contact, Sensed.CLOSED)


async def record(folder: Path, broker: str, events: Sequence[Sealed]) -> list[Row | Rate]:
    """Events into the journal until all are durable, and from the journal to the broker until all are acknowledged."""
    async with Journal.open(folder, gateway="gw1") as journal:
        durable = asyncio.Event()
        groups = _groups(Chain("gw1", journal.head), events[:EVENTS])
        last = groups[-1][-1].seq
        journal.watch(lambda seq: durable.set() if seq >= last else None, lambda level: None, lambda first, last: None)
        began = perf_counter()
        for group in groups:
            journal.append(group)
            await asyncio.sleep(0)
        async with asyncio.timeout(LIMIT):
            await durable.wait()
        stored = last / (perf_counter() - began)
        async with asyncio.timeout(LIMIT):
            published = last / await _published(journal, broker)
    return [
        Rate("journal alone: events durable", stored, "events/s"),
        Rate("journal to bus: events acknowledged", published, "events/s"),
    ]


def _groups(chain: Chain, events: Sequence[Sealed]) -> list[tuple[Sealed, ...]]:
    """The same events, signal by signal, sealed into another chain."""
    groups: list[list[Sealed]] = []
    for event in events:
        if event.first:
            groups.append([])
        groups[-1].append(
            chain.seal(
                event.body,
                stream=event.stream,
                cls=event.cls,
                type=event.type,
                t=event.t,
                utc=event.utc,
                first=event.first,
            )
        )
    return [tuple(group) for group in groups]


async def _published(journal: Journal, broker: str) -> float:
    """s the publisher took for all of them."""
    publisher = Publisher(journal, Topics("bench", "gw1"), lambda topic, error: None)
    async with MqttTransport(broker, client_id="bench-out").messages() as port:
        began = perf_counter()
        running = asyncio.create_task(publisher.run(port), name="publisher")
        while publisher.health()["cursor_lag"]:
            done, _ = await asyncio.wait({running}, timeout=0.002)
            if done:
                running.result()
        took = perf_counter() - began
        running.cancel()
        await asyncio.wait({running})
    return took
