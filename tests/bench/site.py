"""The bench's site: six OSDP readers on two lines, two ASCII readers, door I/O over Modbus TCP and RTU, a broker."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path

from gateway.people.directory import Directory
from rules.credential import encode
from rules.model.secret import CardBits, Secret

PEOPLE = 500
FACILITY = 7
ZONE = "Europe/London"


@dataclass(frozen=True, slots=True)
class Door:
    """A way to measure. output: 0-based coil of `module`; required: the release waits for the journal."""

    id: str
    reader: str
    line: str
    address: int
    module: str
    output: int
    required: bool


def _osdp(number: int, line: str, address: int, module: str, output: int, *, required: bool = False) -> Door:
    return Door(f"door{number}", f"reader{number}", line, address, module, output, required)


DOORS = (
    _osdp(1, "north", 1, "io-tcp", 0),
    _osdp(2, "north", 2, "io-tcp", 1),
    _osdp(3, "north", 3, "io-tcp", 2, required=True),
    _osdp(4, "south", 1, "io-tcp", 3, required=True),
    _osdp(5, "south", 2, "io-rtu", 0),
    _osdp(6, "south", 3, "io-rtu", 1),
    _osdp(7, "west", 0, "io-tcp", 4),
    _osdp(8, "east", 0, "io-tcp", 5),
)
OSDP_LINES = ("north", "south")
ASCII_LINES = ("west", "east")
RTU_LINE = "io-line"


class Site:
    """A folder with configuration, secrets, state and the names of the serial lines."""

    def __init__(self, root: Path) -> None:
        self.config, self.secrets, self.state = root / "config", root / "secrets", root / "state"
        self.lines = root / "lines"
        self.keys = {door.reader: secrets.token_bytes(16) for door in DOORS if door.line in OSDP_LINES}
        for folder in (self.config, self.secrets, self.state, self.lines):
            folder.mkdir(mode=0o700)

    def line(self, name: str) -> Path:
        return self.lines / name

    def write(self, modbus_port: int, broker: str) -> None:
        """Write everything the daemon reads."""
        for name, key in self.keys.items():
            self._keep(f"{name}-scbk", key.hex())
        for name in ("card-pepper", "pin-pepper"):
            self._keep(name, secrets.token_hex(32))
        texts = {
            "site": _SITE + f"bus: {{url: {broker}, plain: loopback}}\n",
            "wires": self._lines(modbus_port) + self._devices(),
            "doors": "doors:\n" + "".join(_door(door) for door in DOORS),
        }
        for name, text in texts.items():
            (self.config / f"{name}.yaml").write_text(text + "...\n")
        (self.config / "people.csv").write_text(_people())
        self._import()

    def _keep(self, name: str, text: str) -> None:
        path = self.secrets / name
        path.touch(mode=0o600)
        path.write_text(text)

    def _lines(self, modbus_port: int) -> str:
        serial = dict.fromkeys((*OSDP_LINES, *ASCII_LINES, RTU_LINE), 115200)
        lines = (f"  {name}: {{serial: {self.line(name)}, baud: {baud}}}\n" for name, baud in serial.items())
        return f"lines:\n{''.join(lines)}  io-net: {{url: tcp://127.0.0.1:{modbus_port}}}\n"

    def _devices(self) -> str:
        readers = "".join(_reader(door) for door in DOORS)
        return (
            f"devices:\n{readers}"
            "  io-tcp: {driver: modbus, line: io-net, model: moxa-e1212}\n"
            f"  io-rtu: {{driver: modbus, line: {RTU_LINE}, model: adam-4055}}\n"
        )

    def _import(self) -> None:
        peppers = [Secret((self.secrets / name).read_text()) for name in ("card-pepper", "pin-pepper")]
        with Directory.open(self.state / "people.db", *peppers) as directory:
            directory.import_csv(self.config / "people.csv", actor="bench", zone=ZONE)


def card(number: int) -> CardBits:
    """The card of a person, 1 to PEOPLE."""
    return encode("h10301", FACILITY, number)


def _people() -> str:
    rows = (f"b{number:04d},Person {number},staff,h10301,{FACILITY},{number}\n" for number in range(1, PEOPLE + 1))
    return "person,name,groups,format,facility,number\n" + "".join(rows)


def _reader(door: Door) -> str:
    if door.line in ASCII_LINES:
        return f"  {door.reader}: {{driver: ascii, line: {door.line}, format: wiegand-hex}}\n"
    key = f"{{secret: {door.reader}-scbk}}"
    return f"  {door.reader}: {{driver: osdp, line: {door.line}, address: {door.address}, key: {key}}}\n"


def _door(door: Door) -> str:
    point = door.output + 1
    return (
        f"  {door.id}:\n"
        "    between: [outside, inside]\n"
        f"    reader_in: {door.reader}\n"
        f"    lock: {{output: {door.module}.out{point}, energise: to_unlock, on_power_loss: secure}}\n"
        f"    contact: {{input: {door.module}.in{point}, active: open}}\n"
        "    egress: out\n"
        "    egress_by: mechanical\n"
        "    relock: on_open\n"
        "    release_time: 3s\n"
        f"    journal: {'required' if door.required else 'best_effort'}\n"
    )


_SITE = f"""\
site: bench
gateway: gw1
timezone: {ZONE}
people: [people.csv]
areas: {{outside: {{}}, inside: {{}}}}
schedules: {{always-on: [{{days: mon-sun, from: "00:00", to: "24:00"}}]}}
access: {{staff: {{who: staff, where: inside, when: always}}}}
"""
