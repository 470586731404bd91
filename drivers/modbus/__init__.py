"""Modbus door I/O modules over TCP and RTU: digital inputs polled, relays written and read back.

Protocol: MODBUS Application Protocol V1.1b3 (functions 01-06) and MODBUS over Serial Line V1.02.
An input must keep its new state for two polls to be seen for certain; shorter pulses may be missed.
"""

from drivers.modbus.config import Config, points
from drivers.modbus.driver import Driver

SHARED_LINE = True

__all__ = ["SHARED_LINE", "Config", "Driver", "points"]
