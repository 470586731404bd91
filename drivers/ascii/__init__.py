"""Plain ASCII readers, one per serial line: three frame formats, keys, tamper, heartbeat, LED lines.

The frames are laid down in docs/drivers/ascii.md.
"""

from __future__ import annotations

from drivers.ascii.config import Config, points
from drivers.ascii.driver import Driver

__all__ = ["SHARED_LINE", "Config", "Driver", "points"]

SHARED_LINE = False
