"""The whole simulated site on real ports: what a person on the premises can touch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any, Self

from rules.model.secret import CardBits
from simulators.ascii_reader import AsciiReader
from simulators.broker import Broker
from simulators.controller import GateController, wall_us
from simulators.doors import SimDoor
from simulators.elk_panel import ElkPanel
from simulators.folder import Cardholder, DemoFolder
from simulators.modbus_io import ModbusModule, SerialBus
from simulators.mqtt_sensor import MqttSensor
from simulators.osdp_process import OsdpSite
from simulators.pty import PtyLine

OSDP = {
    "north": (("front-reader", 1, False), ("staff-reader", 2, True), ("office-reader", 3, False)),
    "south": (("lab-reader", 1, True), ("lab-exit-reader", 2, False), ("transfer-reader", 3, False)),
}
SENSORS = {
    "office-pir": "motion",
    "corridor-pir": "motion",
    "workshop-pir": "motion",
    "office-window": "contact",
    "workshop-shutter": "contact",
}
ZONES = 16  # wired at the alarm panel
# reader -> its door
READERS = {
    "front-reader": "front",
    "staff-reader": "staff-entrance",
    "office-reader": "office-door",
    "lab-reader": "lab-door",
    "lab-exit-reader": "lab-door",
    "transfer-reader": "transfer",
    "workshop-reader": "workshop-door",
    "dock-reader": "dock",
    "gate": "gate",
}


class SimSite:
    """`async with SimSite(folder) as site`: everything runs, and `folder.config` points at it.

    now: us since 1970, for what it signs. refs: person id of the gateway -> reference in `people`.
    """

    doors: dict[str, SimDoor]
    modules: dict[str, ModbusModule]
    sensors: dict[str, MqttSensor]
    broker: Broker
    osdp: OsdpSite
    panel: ElkPanel
    gate: GateController

    def __init__(self, folder: DemoFolder, *, broker_kind: str | None = None, now: Callable[[], int] = wall_us) -> None:
        self.folder = folder
        self._now = now
        self._broker_kind = broker_kind
        self._stack = AsyncExitStack()
        self._plain: dict[str, AsciiReader] = {}
        self.people: dict[str, Cardholder] = {}
        self.refs: dict[str, str] = {}
        self.sensors = {}

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await self._start(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *failure: Any) -> None:
        await self._stack.aclose()

    async def _start(self, stack: AsyncExitStack) -> None:
        self.folder.make()
        self.people = {person.id: person for person in self.folder.cardholders()}
        lines = self.folder.lines
        broker = Broker.start(self.folder.root / "broker", kind=self._broker_kind)
        self.broker = await stack.enter_async_context(broker)
        self.osdp = await stack.enter_async_context(OsdpSite(self._osdp_lines()))
        await self._start_modules(stack)
        self._plain = {
            "workshop-reader": await stack.enter_async_context(AsciiReader(lines / "workshop", "wiegand-hex")),
            "dock-reader": await stack.enter_async_context(AsciiReader(lines / "dock", "decimal-26")),
        }
        self.panel = await stack.enter_async_context(ElkPanel(lines / "elk"))
        for zone in range(1, ZONES + 1):
            self.panel.zone(zone, "normal")
        self._connect()
        self.refs = await asyncio.to_thread(self.folder.import_people)
        self._hang_doors()
        await self._start_bus_devices(stack)

    def _osdp_lines(self) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "path": self.folder.lines / name,
                "readers": [
                    {
                        "id": reader,
                        "address": address,
                        "key": self.folder.secret(f"{reader.removesuffix('-reader')}-scbk"),
                        "keypad": keypad,
                    }
                    for reader, address, keypad in readers
                ],
            }
            for name, readers in OSDP.items()
        ]

    async def _start_modules(self, stack: AsyncExitStack) -> None:
        lab_line = self._lab_line = await stack.enter_async_context(SerialBus(self.folder.lines / "io-lab"))
        self.modules = {
            "east-io": ModbusModule("moxa-e1212", "tcp://127.0.0.1:0"),
            "west-io": ModbusModule("adam-6060", "tcp://127.0.0.1:0"),
            "lab-io": ModbusModule("adam-4055", lab_line, unit=3),
        }
        for module in self.modules.values():
            await stack.enter_async_context(module)

    def _connect(self) -> None:
        serial = {
            name: str(self.folder.lines / name) for name in ("north", "south", "workshop", "dock", "io-lab", "elk")
        }
        network = {"io-east": self.modules["east-io"].url, "io-west": self.modules["west-io"].url}
        self.folder.connect({**serial, **network}, self.broker.url)

    def _hang_doors(self) -> None:
        east, west, lab = (self.modules[name] for name in ("east-io", "west-io", "lab-io"))
        found = (
            SimDoor("front", east, "in1", "out1", "in4"),
            SimDoor("staff-entrance", east, "in2", "out2", "in5"),
            SimDoor("office-door", east, "in3", "out3", "in6"),
            SimDoor("workshop-door", west, "in1", "out1", "in3"),
            SimDoor("dock", west, "in2", "out2", "in4", locked_level=True),
            SimDoor("lab-door", lab, "in1", "out1", "in3"),
            SimDoor("transfer", lab, "in2", "out2", "in4"),
            SimDoor("gate", lab, "in6", None, None),
        )
        self.doors = {door.id: door for door in found}
        for door in found:
            door.shut()
            door.press_rex(False)
        for module in self.modules.values():
            module.outputs_changed = partial(self._output_changed, module)
        for module, point in ((east, "in7"), (east, "in8"), (west, "in6"), (lab, "in5")):
            module.set_input(point, closed=True)

    def _output_changed(self, module: ModbusModule, point: str, on: bool) -> None:
        for door in self.doors.values():
            if door.module is module and door.lock == point:
                door.lock_moved()

    async def _start_bus_devices(self, stack: AsyncExitStack) -> None:
        await self._start_sensors(stack)
        gate = GateController(self.folder, self.broker.url, self.doors["gate"], self._now)
        self.gate = await stack.enter_async_context(gate)

    async def _start_sensors(self, stack: AsyncExitStack) -> None:
        for name, kind in SENSORS.items():
            self.sensors[name] = await stack.enter_async_context(MqttSensor(self.broker.url, name, kind))
            await self.sense(name)

    async def reconnect_sensors(self) -> None:
        """As their bridge does when a broker is back: connect anew and say how things are."""
        for sensor in self.sensors.values():
            await sensor.vanish()
        await self._start_sensors(self._stack)

    # -- what people do -----------------------------------------------------------------------------------------

    async def present(self, reader: str, card: CardBits) -> float:
        """Hold a card to a reader. Returns the monotonic s at which the reader had it."""
        began = time.monotonic()
        if reader == "gate":
            await self.gate.swipe(card)
        elif reader in self._plain:
            self._plain[reader].present(card)
        else:
            began = (await self.osdp.swipe(reader, card))["t"]
        return began

    async def enter_pin(self, reader: str, digits: str) -> float:
        """Type digits and the enter key. Returns the monotonic s at which that was done."""
        typed: float = (await self.osdp.keys(reader, digits + "#"))["t"]
        return typed

    def plain_reader(self, reader: str) -> AsciiReader:
        return self._plain[reader]

    async def sense(self, name: str, **values: bool) -> None:
        """A sensor reports, with the time: only then is believed what a broker kept of it."""
        await self.sensors[name].say(last_seen=int(time.time() * 1000), **values)

    def serial(self, name: str) -> PtyLine:
        """A serial line of a plain reader, the alarm panel or the lab's module, to be unplugged."""
        lines = {"workshop": self._plain["workshop-reader"].line, "dock": self._plain["dock-reader"].line}
        return {**lines, "elk": self.panel.line, "io-lab": self._lab_line.line}[name]

    def fire(self, burning: bool) -> None:
        """The fire panel's relay: it opens in a fire."""
        self.modules["east-io"].set_input("in8", closed=not burning)

    def call_point(self, pressed: bool) -> None:
        """The green call point at the dock."""
        self.modules["west-io"].set_input("in6", closed=not pressed)
        self.doors["dock"].unpowered = pressed
        self.doors["dock"].lock_moved()
