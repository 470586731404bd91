"""Assertions on how doors are wired: what releases them, what they need."""

from __future__ import annotations

from collections.abc import Iterator

from rules.answers.expect_result import Broken, in_words
from rules.model.ids import device_of
from rules.policy import DoorPolicy, ExpectApartPolicy, ExpectFirePolicy
from rules.site import Site


def broken_fire(site: Site, expected: ExpectFirePolicy) -> Iterator[Broken]:
    """One for each door that no fire input releases."""
    released = {door for fire in site.fire.values() for door in fire.doors}
    for door in expected.doors:
        if door not in released:
            text = f"{in_words(expected)}: no fire input releases {door}"
            yield Broken(expected.id, expected.source, text, door=door, by=site.doors[door].source)


def broken_apart(site: Site, expected: ExpectApartPolicy) -> Iterator[Broken]:
    """One for each part of a door that the device or link takes with it."""
    for door in map(site.doors.__getitem__, expected.doors):
        for what, points in _parts(door):
            if points and all(_on(site, point, expected.device) for point in points):
                text = f"{in_words(expected)}: the {what} of {door.id} is {' and '.join(points)}"
                link = _link(site, points[0], expected.device)
                yield Broken(expected.id, expected.source, f"{text}{link}", door=door.id, by=door.source)


def _parts(door: DoorPolicy) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(what, the devices or points that have to fail together for it to be lost)."""
    if door.lock is not None:
        yield "lock", (door.lock.output,)
    yield "reader in", door.readers_in
    yield "reader out", door.readers_out
    yield from (("contact", (contact.point,)) for contact in door.contacts)
    yield from (("request to exit", (rex.input.point,)) for rex in door.rex)
    if door.emergency_release is not None:
        yield "emergency release", (door.emergency_release.point,)
    if door.controller is not None:
        yield "controller", (door.controller,)


def _on(site: Site, point: str, wanted: str) -> bool:
    device = device_of(point)
    return wanted == device or (device in site.devices and site.devices[device].link == wanted)


def _link(site: Site, point: str, wanted: str) -> str:
    return "" if device_of(point) == wanted else f", on {wanted}"
