"""Elk M1 alarm panel, ASCII protocol, over its serial port 0 or its Ethernet module.

Source: ELK Products, "M1 Security and Automation Controller ASCII Protocol RS-232 Interface Specification",
revision 1.79 (2009); sections are named where a fact is used. What we make of it: docs/drivers/elk.md.
"""

from __future__ import annotations

from drivers.elk.config import Config, points
from drivers.elk.driver import Driver

__all__ = ["SHARED_LINE", "Config", "Driver", "points"]

SHARED_LINE = False
