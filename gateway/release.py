"""Which Doorward this is, and the signal of a changed Site, which says so."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from rules.model.signals import SiteChanged


def release() -> str:
    """The version of the installed distribution."""
    try:
        return version("doorward")
    except PackageNotFoundError:
        return "0"


def site_change(cause: str, rules_hash: str = "", people_rev: int = 0) -> SiteChanged:
    """cause: start, people, reload or rollback. The core puts in what the Site it goes with holds."""
    return SiteChanged(rules_hash, people_rev, version("tzdata"), release(), cause)
