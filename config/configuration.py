"""A whole configuration as values: the policy, and what the gateway needs besides to carry it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rules.model.driver import Device
from rules.model.secret import Secret
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class LinkConfig:
    """One endpoint with all its devices. url: a serial device's path or a URL; baud: 0 where it has no meaning."""

    id: str
    driver: str
    url: str
    baud: int
    devices: tuple[Device, ...]


@dataclass(frozen=True, slots=True)
class BusConfig:
    """The site's broker. ca, certificate, key: PEM text; plain_loopback: no TLS, on the loopback alone."""

    url: str
    ca: Secret | None = None
    certificate: Secret | None = None
    key: Secret | None = None
    username: Secret | None = None
    password: Secret | None = None
    plain_loopback: bool = False


@dataclass(frozen=True, slots=True)
class Configuration:
    """What `config.load` gives. rules_hash: SHA-256 over `files`, every YAML file by its relative name.

    people: CSV files; pepper: secret `card-pepper`; pin_pepper: secret `pin-pepper`; spool: the journal's second
    segment, or None.
    """

    policy: Policy
    links: tuple[LinkConfig, ...]
    bus: BusConfig
    people: tuple[Path, ...]
    pepper: Secret
    pin_pepper: Secret
    spool: Path | None
    rules_hash: str
    files: Mapping[str, bytes] = field(repr=False)
