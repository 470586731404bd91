"""A folder of YAML to a Configuration, or every mistake in it. Nothing is started, nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from config import folder as folders
from config.attach import attach, attached
from config.bus import read_bus
from config.calendar import Holiday, named_holidays
from config.configuration import Configuration
from config.devices import read_hardware
from config.merge import merge
from config.parse import parse
from config.problem import ConfigErrors, Report
from config.resolve import resolve
from config.reveal import reveal
from config.secrets import Secrets
from config.site import read_people, read_site
from config.tree import Items, Map, Node, Place, Text
from rules.model.driver import DriverSpec
from rules.model.secret import Secret

PEPPERS = ("card-pepper", "pin-pepper")
MIN_PEPPER = 32


def load(folder: Path, drivers: Mapping[str, DriverSpec], secrets: Secrets) -> Configuration:
    """The folder as one configuration; raises ConfigErrors with every mistake. Blocks: call it off the loop."""
    report = Report()
    files = folders.read(folder, report)
    return _build(files, folder, drivers, secrets, report)


def build(
    files: Mapping[str, bytes], folder: Path, drivers: Mapping[str, DriverSpec], secrets: Secrets
) -> Configuration:
    """`load` for files already read. folder: what `people` and `spool` are relative to."""
    return _build(files, folder, drivers, secrets, Report())


def holidays_of(found: Configuration) -> Mapping[date, Holiday]:
    """The holidays of a loaded configuration with their names, which no rule needs."""
    report = Report()
    tree = merge(_parsed(found.files, report), report)
    return named_holidays(Place(attach(tree, Path(), found.files, report), report) / "holidays")


def named_secrets(folder: Path) -> frozenset[str]:
    """Every secret that the folder names, and the two peppers; raises ConfigErrors for broken YAML."""
    report = Report()
    trees = _parsed(folders.read(folder, report), report)
    if report.problems:
        raise ConfigErrors(report.problems)
    return frozenset(PEPPERS).union(*(_names(tree) for tree in trees))


def _names(node: Node) -> set[str]:
    match node:
        case Map(entries=entries):
            named = entries["secret"].node if "secret" in entries else None
            found = {named.value} if isinstance(named, Text) else set()
            return found.union(*(_names(entry.node) for entry in entries.values()))
        case Items(items=items):
            return set().union(*map(_names, items))
        case _:
            return set()


def _parsed(files: Mapping[str, bytes], report: Report) -> list[Map]:
    trees = (parse(name, files[name], report) for name in sorted(files) if name.endswith(".yaml"))
    return [tree for tree in trees if tree is not None]


def _build(
    files: Mapping[str, bytes],
    folder: Path,
    drivers: Mapping[str, DriverSpec],
    secrets: Secrets,
    report: Report,
) -> Configuration:
    trees = _parsed(files, report)
    if not trees:
        raise ConfigErrors(report.problems)
    top = Place(attach(merge(trees, report), folder, files, report), report)
    whole = {**files, **attached(top.root)}
    site = read_site(top)
    bus = read_bus(top / "bus", secrets)
    hardware = read_hardware(top, drivers, secrets, bus.url if bus else "")
    policy = resolve(top, site, hardware)
    people = read_people(site.people, folder, top / "people") if site else ()
    pepper, pin_pepper = (_pepper(name, top, secrets) for name in PEPPERS)
    if report.problems or site is None or bus is None or policy is None or not pepper or not pin_pepper:
        raise ConfigErrors(report.problems)
    return Configuration(
        policy=policy,
        links=hardware.links,
        bus=bus,
        people=people,
        pepper=pepper,
        pin_pepper=pin_pepper,
        spool=folder / site.spool if site.spool else None,
        rules_hash=folders.digest(whole),
        files=whole,
    )


def _pepper(name: str, top: Place, secrets: Secrets) -> Secret | None:
    """A key of the site that no file names; a short one would let card numbers be guessed."""
    place = top / "site"
    secret = reveal(name, place, secrets)
    if secret is not None and len(secret.reveal) < MIN_PEPPER:
        place.wrong(f"secret {name!r} is shorter than {MIN_PEPPER} characters")
        return None
    return secret
