"""What a configuration is connected by: a driver for each of its links, and the broker."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from config.configuration import Configuration, LinkConfig
from gateway.bus.port import MqttTransport
from gateway.bus.tls import bus_terms
from gateway.transport import open_transport
from rules.model.driver import Driver, DriverSpec, Transport
from rules.model.errors import ConfigError

Wired = tuple[str, Driver, Mapping[str, str]]
"""A link's id, its driver, and of each of its devices the link it is at."""


def broker(configuration: Configuration, role: str, **terms: Any) -> MqttTransport:
    """A connection to the site's broker, under a name of its own."""
    name = f"doorward-{configuration.policy.site}-{configuration.policy.gateway}-{role}"
    return MqttTransport(url=configuration.bus.url, client_id=name, **bus_terms(configuration.bus), **terms)


def wired(configuration: Configuration, drivers: Mapping[str, DriverSpec], reserved: frozenset[str]) -> Iterator[Wired]:
    """Each link with its driver. Raises ConfigError for a link that is named like one of the gateway's own."""
    for link in configuration.links:
        if link.id in reserved:
            raise ConfigError("the gateway's own: name the line or device differently", code="reserved", got=link.id)
        spec = drivers[link.driver]
        driver = spec.driver(link.id, link.devices, _transport(configuration, link, spec))
        yield link.id, driver, {device.id: link.id for device in link.devices}


def _transport(configuration: Configuration, link: LinkConfig, spec: DriverSpec) -> Transport:
    if spec.broker:
        return broker(configuration, f"{link.driver}-in", session_expiry=3600)
    return open_transport(link.url, link.baud)
