"""OSDP readers on a serial line, multi-drop: control panel side, secure channel required."""

from drivers.osdp.config import Config, points
from drivers.osdp.driver import Driver

SHARED_LINE = True

__all__ = ["SHARED_LINE", "Config", "Driver", "points"]
