"""Identifiers: what an admin may call a thing."""

from __future__ import annotations

import re

ID = re.compile(r"[a-z][a-z0-9-]{0,62}")


def is_id(text: str) -> bool:
    """True for `[a-z][a-z0-9-]{0,62}`, the form of every id in the configuration."""
    return ID.fullmatch(text) is not None


def device_of(point: str) -> str:
    """The device of a point: `lobby-io` of `lobby-io.in1`."""
    return point.partition(".")[0]
