"""A configuration on its way in: loaded, checked, compiled, compared. Blocking; run in a thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.configuration import Configuration
from config.folder import digest, read
from config.loader import build, load
from config.problem import ConfigErrors, Report
from config.secrets import Secrets
from gateway.reload.bundle import unpack
from gateway.reload.changes import restart_needed
from gateway.reload.quiet import building
from gateway.reload.review import Review, review
from gateway.reload.watch import PERIOD, SETTLE
from rules.compile import compile_site, warm
from rules.model.driver import DriverSpec
from rules.model.errors import DoorwardError
from rules.people import People
from rules.policy import Policy
from rules.site import Site

log = logging.getLogger(__name__)

FAULTS = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError, RecursionError)
"""What a rule set that is not understood can raise while it is compiled or compared: it is refused, and said."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where configurations come from: what a start was given. period, settle: s, see `gateway.reload.watch`."""

    folder: Path
    secrets: Secrets = field(repr=False)
    drivers: Mapping[str, DriverSpec] = field(repr=False)
    period: float = PERIOD
    settle: float = SETTLE


@dataclass(frozen=True, slots=True)
class Running:
    """What holds now, for a thread: site has tables of people of its own. names_of: the ids of people rules name."""

    configuration: Configuration
    site: Site
    utc: int
    names_of: Callable[[Policy], Mapping[str, str]] = lambda policy: {}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule set without errors. site: compiled over the people of `people_rev`."""

    configuration: Configuration
    site: Site
    review: Review
    people_rev: int

    @property
    def rules_hash(self) -> str:
        return self.configuration.rules_hash


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a rule set cannot go live. code: config_invalid, restart_needed, review_failed or internal_error."""

    rules_hash: str
    code: str
    problems: tuple[str, ...]


Verdict = Candidate | Rejection | None


def from_folder(source: Source, running: Running) -> Verdict:
    """What the folder holds now; None where it is what runs."""
    with building():
        try:
            found = load(source.folder, source.drivers, source.secrets)
        except DoorwardError as error:
            return Rejection(_hash(source.folder), "config_invalid", _lines(error))
        if found.rules_hash == running.configuration.rules_hash:
            return None
        return judge(found, running, running.site.people)


def from_record(source: Source, rules_hash: str, body: bytes) -> Configuration | Rejection:
    """A rule set as the journal kept it, with the secrets and drivers of now."""
    try:
        found = build(unpack(body), source.folder, source.drivers, source.secrets)
    except ValueError as error:
        return Rejection(rules_hash, "config_invalid", (str(error),))
    except DoorwardError as error:
        return Rejection(rules_hash, "config_invalid", _lines(error))
    if found.rules_hash != rules_hash:
        return Rejection(rules_hash, "config_invalid", ("the record does not hold what its hash names",))
    return found


def judge(found: Configuration, running: Running, people: People, *, compare: bool = True) -> Candidate | Rejection:
    """Compile it, and look whether it may go live. compare: also say what it changes."""
    return _guarded(found.rules_hash, lambda: _judge(found, running, people, compare))


def _judge(found: Configuration, running: Running, people: People, compare: bool) -> Candidate | Rejection:
    with building():
        site = compile_site(found.policy, people, found.rules_hash, running.names_of(found.policy))
        warm(site, running.utc)
        needed = restart_needed(running.configuration, found, running.site, site)
        if needed:
            return Rejection(found.rules_hash, "restart_needed", needed)
        seen = review(running.site, site, found, running.utc, compare=compare)
        if seen.errors:
            return Rejection(found.rules_hash, "review_failed", seen.errors)
        return Candidate(found, site, seen, people.rev)


def _guarded(rules_hash: str, work: Callable[[], Candidate | Rejection]) -> Candidate | Rejection:
    try:
        return work()
    except FAULTS as error:
        log.exception("rule set %s cannot be judged", rules_hash[:12])
        return Rejection(rules_hash, "internal_error", (type(error).__name__,))


def _hash(folder: Path) -> str:
    """A name for files that are no configuration: what their `rules_hash` would begin from."""
    return digest(read(folder, Report()))


def _lines(error: DoorwardError) -> tuple[str, ...]:
    return tuple(map(str, error.problems)) if isinstance(error, ConfigErrors) else (str(error),)
