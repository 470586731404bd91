"""What an admin writes about one OSDP reader, and the points it has."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.osdp.crypto import is_patterned
from rules.model.driver import Device
from rules.model.errors import ConfigError
from rules.model.points import PointKind


class SecretName(BaseModel):
    """`{secret: name}`: the text of the secret is 32 hex digits, the reader's SCBK."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: str


class Config(BaseModel):
    """One reader. `insecure`: why it may speak plain text; `install`: it may be given its key."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: int = Field(ge=0, le=126)
    key: SecretName | None = None
    keypad: bool = False
    insecure: str | None = Field(default=None, min_length=1)
    install: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Config:
        if (self.key is None) == (self.insecure is None):
            raise ValueError("give either `key`, or `insecure` with a reason")
        if self.install and self.key is None:
            raise ValueError("`install` needs a `key` to install")
        return self


def points(config: Config) -> Mapping[str, PointKind]:
    """The points of a reader."""
    found = {
        "reader": PointKind.READER,
        "tamper": PointKind.DETECTOR,
        "power": PointKind.DETECTOR,
        "out1": PointKind.OUTPUT,
    }
    return found | ({"keypad": PointKind.KEYPAD} if config.keypad else {})


def key_of(device: Device) -> bytes | None:
    """The device's SCBK, or None for a plain one. Raises ConfigError for a missing, malformed or weak key."""
    name = device.config.key
    if name is None:
        return None
    secret = device.secrets.get(name.secret)
    if secret is None:
        raise ConfigError("its key is missing", code="key_missing", where=device.id)
    text = secret.reveal.strip()
    if len(text) != 32 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise ConfigError("its key is not 32 hex digits", code="key_malformed", where=device.id)
    key = bytes.fromhex(text)
    if is_patterned(key):
        raise ConfigError("its key is the default key or a pattern", code="key_weak", where=device.id)
    return key


def check_line(devices: tuple[Device, ...]) -> None:
    """Raises ConfigError where two readers of one line share an address or a key."""
    addresses: dict[int, str] = {}
    keys: dict[bytes, str] = {}
    for device in devices:
        address, key = device.config.address, key_of(device)
        if address in addresses:
            raise ConfigError(
                f"has the same address as {addresses[address]}",
                code="address_twice",
                where=device.id,
                got=str(address),
            )
        if key is not None and key in keys:
            raise ConfigError(f"has the same key as {keys[key]}", code="key_twice", where=device.id)
        addresses[address] = device.id
        if key is not None:
            keys[key] = device.id
