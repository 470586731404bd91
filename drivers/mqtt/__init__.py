"""Sensors that others put on the site's broker, read by presets that are plain data: zigbee2mqtt for now."""

from __future__ import annotations

from drivers.mqtt.config import Config, points
from drivers.mqtt.driver import Driver

__all__ = ["BROKER", "Config", "Driver", "points"]

BROKER = True
