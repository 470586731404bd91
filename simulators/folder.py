"""A demo's folder: the demo configuration on simulated endpoints, with secrets and keys made for the occasion."""

from __future__ import annotations

import csv
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.people import keys
from gateway.people.directory import Directory
from rules.credential import encode
from rules.model.secret import CardBits, Secret

DEMO = Path(__file__).parent.parent / "config" / "demo"
OSDP_SECRETS = ("front-scbk", "staff-scbk", "office-scbk", "lab-scbk", "lab-exit-scbk", "transfer-scbk")
PIN_GROUPS = frozenset({"lab", "security"})
"""Whose people get a PIN in the demo."""

PLAIN_PIN, DURESS_PIN = "4739", "9374"
"""Everybody's who has one: the demo's people share a memory."""

DURESS = ("p001", "p041")
"""Who has a duress PIN as well."""


@dataclass(frozen=True, slots=True)
class Cardholder:
    """A person of the demo as the street sees them: a card in a pocket."""

    id: str
    name: str
    groups: frozenset[str]
    company: str
    card: CardBits


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """Where everything of one demo lives; removed with it."""

    root: Path

    @property
    def config(self) -> Path:
        return self.root / "config"

    @property
    def secrets(self) -> Path:
        return self.root / "secrets"

    @property
    def state(self) -> Path:
        return self.root / "state"

    @property
    def lines(self) -> Path:
        return self.root / "lines"

    def secret(self, name: str) -> str:
        return (self.secrets / name).read_text()

    def make(self) -> None:
        """Copy the configuration; make secrets and keys."""
        for folder in (self.secrets, self.state, self.lines):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        shutil.copytree(DEMO, self.config, dirs_exist_ok=True)
        for name in OSDP_SECRETS:
            self._keep(name, secrets.token_hex(16))
        for name in ("card-pepper", "pin-pepper"):
            self._keep(name, secrets.token_hex(32))
        self._make_operators()

    def _keep(self, name: str, text: str) -> None:
        path = self.secrets / name
        path.touch(mode=0o600)
        path.write_text(text)

    def key_file(self, who: str) -> Path:
        return self.secrets / f"{who}.key"

    def _make_operators(self) -> None:
        public = {}
        for who in ("amira", "gate"):
            key = Ed25519PrivateKey.generate()
            keys.save_private(self.key_file(who), key)
            public[who] = keys.public_text(key)
        (self.config / "operators.yaml").write_text(
            f'operators:\n  amira: {{role: supervisor, key: "{public["amira"]}"}}\n'
            f'controllers:\n  gate: {{key: "{public["gate"]}", fallback: deny, formats: [h10301]}}\n...\n'
        )

    def connect(self, lines: Mapping[str, str], broker: str) -> None:
        """Write the endpoints. lines: line id -> serial path or URL."""
        (self.config / "lines.yaml").write_text(
            "lines:\n" + "".join(f"  {name}: {_endpoint(where)}\n" for name, where in lines.items()) + "...\n"
        )
        (self.config / "bus.yaml").write_text(f"bus:\n  url: {broker}\n  plain: loopback\n...\n")
        settings = {
            "bus": broker,
            "site": "millbrook",
            "gateway": "gw1",
            "operator": "amira",
            "key": str(self.key_file("amira")),
        }
        (self.root / "console.json").write_text(json.dumps(settings))

    def import_people(self) -> dict[str, str]:
        """Fill the directory; those who need one get the demo's PIN. Returns person id -> reference."""
        peppers = (Secret(self.secret("card-pepper")), Secret(self.secret("pin-pepper")))
        with Directory.open(self.state / "people.db", *peppers) as directory:
            directory.import_csv(self.config / "people.csv", actor="demo", zone="Europe/London")
            for person in self.cardholders():
                if person.groups & PIN_GROUPS:
                    directory.set_pin("demo", person.id, Secret(PLAIN_PIN))
            directory.set_pin("demo", "p001", Secret(PLAIN_PIN))
            for ref in DURESS:
                directory.set_pin("demo", ref, Secret(DURESS_PIN), duress=True)
            return {record.id: record.ref for record in directory.records() if record.ref}

    def cardholders(self) -> list[Cardholder]:
        """Everybody in the demo's people.csv, with their cards."""
        with (DEMO / "people.csv").open(newline="") as file:
            return [_cardholder(row) for row in csv.DictReader(file)]


def _endpoint(where: str) -> str:
    return f"{{url: {where}}}" if "://" in where else f"{{serial: {where}, baud: 115200}}"


def _cardholder(row: Mapping[str, str]) -> Cardholder:
    facility = int(row["facility"]) if row["facility"] else None
    card = encode(row["format"], facility, int(row["number"]))
    return Cardholder(row["person"], row["name"], frozenset(row["groups"].split(";")), row["company"], card)
