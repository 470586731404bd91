"""`devices`: each checked against its driver's own Config; their points, readers and links."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from config.configuration import LinkConfig
from config.formats import read_formats
from config.lines import Endpoint, endpoint_of, read_lines, used
from config.reveal import reveal
from config.scalars import Ids
from config.secrets import Secrets
from config.shape import Shape, shaped
from config.tree import Items, Map, Place, Text
from rules.model.driver import Device, DriverSpec
from rules.model.points import PointKind
from rules.model.secret import Secret
from rules.policy import DevicePolicy, ReaderPolicy

_ENDPOINT = ("driver", "line", "url")
_ADDRESSES = ("address", "unit")


class ReaderShape(Shape):
    """What a device may say of its reader, whatever its driver."""

    formats: Ids | None = None


@dataclass(slots=True)
class Hardware:
    """devices: every id written, None for one that is wrong; on: the endpoint of each."""

    devices: dict[str, DevicePolicy | None] = field(default_factory=dict)
    readers: dict[str, ReaderPolicy] = field(default_factory=dict)
    built: dict[str, Device] = field(default_factory=dict)
    links: tuple[LinkConfig, ...] = ()


def read_hardware(top: Place, drivers: Mapping[str, DriverSpec], secrets: Secrets, bus_url: str) -> Hardware:
    """All devices and their links."""
    found = Hardware()
    endpoints = read_lines(top / "lines")
    place = top / "devices"
    for name, at in place.entries():
        found.devices[name] = None
        if spec := _driver(at, drivers):
            _read_device(name, spec, endpoint_of(name, spec, bus_url, endpoints, at), found, secrets, at)
    links = used(endpoints, place)
    for link in links.values():
        _check_addresses(link, found, place)
    _check_shared_secrets(found, {d: s.driver for s in links.values() for d in s.devices}, place)
    found.links = tuple(_link(link, found) for link in links.values())
    return found


def _link(link: Endpoint, found: Hardware) -> LinkConfig:
    devices = tuple(found.built[name] for name in link.devices if name in found.built)
    return LinkConfig(link.id, link.driver, link.url, link.baud, devices)


def _driver(place: Place, drivers: Mapping[str, DriverSpec]) -> DriverSpec | None:
    if not isinstance(place.node, Map):
        place.wrong("expected a mapping")
        return None
    named = (place / "driver").node
    if not isinstance(named, Text):
        place.wrong("key 'driver' is missing" if named is None else "'driver' is the name of a driver")
        return None
    return drivers[named.value] if (place / "driver").known(named.value, "driver", drivers) else None


def _read_device(
    name: str, spec: DriverSpec, link: Endpoint | None, found: Hardware, secrets: Secrets, place: Place
) -> None:
    common = shaped(ReaderShape, place, skip=[key for key in place.names() if key != "formats"])
    config = shaped(spec.config, place, skip=(*_ENDPOINT, "formats"))
    named = dict(_secrets(place, secrets))
    if config is None or common is None or link is None:
        return
    points = dict(spec.points(config))
    found.devices[name] = DevicePolicy(name, link.id, points)
    found.built[name] = Device(name, config, named)
    if PointKind.READER in points.values():
        formats = read_formats(common.formats, place / "formats")
        found.readers[name] = ReaderPolicy(name, formats, keypad=PointKind.KEYPAD in points.values())
    elif common.formats is not None:
        (place / "formats").misnamed("'formats' is for readers, and this device has none")


def _secrets(place: Place, secrets: Secrets) -> Iterator[tuple[str, Secret]]:
    """Every `{secret: name}` under `place`, looked up."""
    node = place.node
    if isinstance(node, Map) and tuple(node.entries) == ("secret",):
        named = node.entries["secret"].node
        if isinstance(named, Text) and (secret := reveal(named.value, place / "secret", secrets)):
            yield named.value, secret
    elif isinstance(node, Map):
        for key in node.entries:
            yield from _secrets(place / key, secrets)
    elif isinstance(node, Items):
        for index in range(len(node.items)):
            yield from _secrets(place / index, secrets)


def _check_addresses(link: Endpoint, found: Hardware, place: Place) -> None:
    """Two devices of a link may not answer to one address."""
    taken: dict[tuple[object, ...], str] = {}
    for name in link.devices:
        if name not in found.built:
            continue
        config = found.built[name].config
        said = [key for key in _ADDRESSES if hasattr(config, key)]
        address = tuple(getattr(config, key) for key in said) or (repr(config),)
        other = taken.setdefault(address, name)
        if other != name:
            what = f"{said[0]} {getattr(config, said[0])}" if said else "device"
            (place / name / said[0] if said else place / name).wrong(f"{what} on {link.id!r} is already {other!r}")


def _check_shared_secrets(found: Hardware, drivers: Mapping[str, str], place: Place) -> None:
    """Two devices of one driver may not share a key: who opens one would open both."""
    owners: dict[tuple[str, str], str] = {}
    for name, device in found.built.items():
        for secret in device.secrets.values():
            owner = owners.setdefault((drivers.get(name, ""), secret.reveal), name)
            if owner != name:
                (place / name).wrong(f"has the same secret as {owner!r}: each device needs its own")
