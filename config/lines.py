"""`lines`: endpoints that several devices may share; and which endpoint every device is on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from config.endpoint import DeviceUrl, SerialPath
from config.shape import Shape, shaped
from config.tree import Place
from rules.model.driver import DriverSpec
from rules.policy import Source

DEFAULT_BAUD = 9600


class LineShape(Shape):
    """A serial device, or a socket behind which one stands."""

    serial: SerialPath | None = None
    url: DeviceUrl | None = None
    baud: Annotated[int, Field(ge=300, le=1_000_000)] | None = None


class EndpointShape(Shape):
    """What a device says of where it is."""

    line: str | None = None
    url: DeviceUrl | None = None


@dataclass(slots=True)
class Endpoint:
    """One link to be: its url, and the devices put on it so far. driver: of the first device, with its place."""

    id: str
    url: str
    baud: int
    driver: str = ""
    devices: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Endpoints:
    """Every endpoint of the site by its URL; lines by their id as well, None for one that is wrong."""

    lines: dict[str, Endpoint | None]
    by_url: dict[str, Endpoint]
    places: dict[str, Source]


def read_lines(place: Place) -> Endpoints:
    found = Endpoints({}, {}, {})
    for name, at in place.entries():
        shape = shaped(LineShape, at)
        found.lines[name] = line = None if shape is None else _line(name, shape, at)
        if line is not None and _is_new(line, found, at):
            found.by_url[line.url] = line
            found.places[line.url] = at.key
    return found


def _line(name: str, shape: LineShape, place: Place) -> Endpoint | None:
    if shape.serial is not None and shape.url is None:
        return Endpoint(name, shape.serial, shape.baud or DEFAULT_BAUD)
    if shape.url is not None and shape.serial is None:
        return Endpoint(name, shape.url, shape.baud or 0)
    place.wrong("give either 'serial' or 'url'")
    return None


def _is_new(line: Endpoint, found: Endpoints, place: Place) -> bool:
    other = found.by_url.get(line.url)
    if other is None:
        return True
    place.wrong(f"{line.url!r} is already line {other.id!r}, at {found.places[line.url]}")
    return False


def endpoint_of(device: str, spec: DriverSpec, bus_url: str, endpoints: Endpoints, place: Place) -> Endpoint | None:
    """The endpoint a device is on, with the device added to it; None after reporting."""
    shape = shaped(EndpointShape, place, skip=[k for k in place.names() if k not in ("line", "url")])
    if shape is None:
        return None
    if spec.broker:
        return _on_broker(device, spec, bus_url, endpoints, place)
    if (shape.line is None) == (shape.url is None):
        place.wrong("give either 'line' or 'url'")
        return None
    if shape.line is not None:
        if not (place / "line").known(shape.line, "line", endpoints.lines):
            return None
        return _put(device, spec, endpoints.lines[shape.line], place / "line")
    own = endpoints.by_url.setdefault(str(shape.url), Endpoint(device, str(shape.url), 0))
    return _put(device, spec, own, place / "url")


def _on_broker(device: str, spec: DriverSpec, bus_url: str, endpoints: Endpoints, place: Place) -> Endpoint | None:
    for key in ("line", "url"):
        if key in place.names():
            (place / key).misnamed(f"a device of driver {spec.name!r} is reached over the bus: no {key!r} here")
            return None
    link = endpoints.by_url.setdefault(f"broker {spec.name}", Endpoint(spec.name, bus_url, 0))
    return _put(device, spec, link, place)


def _put(device: str, spec: DriverSpec, endpoint: Endpoint | None, place: Place) -> Endpoint | None:
    if endpoint is None:
        return None
    if endpoint.driver and endpoint.driver != spec.name:
        place.wrong(f"{endpoint.id!r} carries driver {endpoint.driver!r} ({endpoint.devices[0]}), not {spec.name!r}")
        return None
    if endpoint.devices and not (spec.shared_line or spec.broker):
        place.wrong(f"driver {spec.name!r} has one device a line, and {endpoint.devices[0]!r} is on it")
        return None
    endpoint.driver = spec.name
    endpoint.devices.append(device)
    return endpoint


def used(endpoints: Endpoints, place: Place) -> Mapping[str, Endpoint]:
    """The endpoints with devices by id, as links; an id that two of them would share is reported."""
    links: dict[str, Endpoint] = {}
    for endpoint in endpoints.by_url.values():
        if not endpoint.devices:
            continue
        if endpoint.id in links:
            (place / endpoint.devices[0]).misnamed(f"link {endpoint.id!r} exists already: rename one of them")
        links[endpoint.id] = endpoint
    return links
