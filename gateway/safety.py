"""What stands between a configuration that loads and one that goes live: nobody may be kept in by it."""

from __future__ import annotations

from collections.abc import Mapping

from config.configuration import Configuration
from config.problem import ConfigErrors, Problem
from rules.answers.expect import YEAR, broken
from rules.answers.lint.finding import Finding
from rules.answers.lint.life_safety import life_safety
from rules.site import Site


def unsafe(found: Configuration, now: int) -> list[Finding]:
    """The life-safety errors of a configuration, by place. now: us since 1970."""
    return life_safety(found.policy, now, on_comms_loss(found))


def refuse_unsafe(found: Configuration, now: int) -> None:
    """Raises ConfigErrors with every life-safety error there is."""
    errors = unsafe(found, now)
    if errors:
        raise ConfigErrors(map(problem, errors))


def problem(found: Finding) -> Problem:
    """A finding as a mistake among the others, its code where they have their path."""
    source = found.source
    return Problem(source.file, source.line, source.column, found.code, f"{found.text}; {found.fix}")


def on_comms_loss(found: Configuration) -> Mapping[str, str]:
    """Device -> what its outputs do when the gateway is gone, of those that can be told."""
    devices = (device for link in found.links for device in link.devices)
    told = ((device.id, getattr(device.config, "on_comms_loss", None)) for device in devices)
    return {id: value for id, value in told if isinstance(value, str)}


def refuse_broken(site: Site, now: int) -> None:
    """Raises ConfigErrors with every assertion of the rule set that does not hold for the people there are."""
    wrong = broken(site, now, now + YEAR)
    if wrong:
        raise ConfigErrors(
            Problem(one.source.file, one.source.line, one.source.column, one.id, one.shown()) for one in wrong
        )
