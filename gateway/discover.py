"""Finds the drivers: every module or package in `drivers/` whose name does not begin with an underscore."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import drivers as folder
from rules.model.driver import DriverSpec


def drivers() -> dict[str, DriverSpec]:
    """Each driver by its name in YAML. One that lacks a part of the contract raises AttributeError."""
    names = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    return {name: _spec(name) for name in names if not name.startswith("_")}


def _spec(name: str) -> DriverSpec:
    module: ModuleType = importlib.import_module(f"{folder.__name__}.{name}")
    return DriverSpec(
        name=name,
        config=module.Config,
        points=module.points,
        driver=module.Driver,
        shared_line=getattr(module, "SHARED_LINE", False),
        broker=getattr(module, "BROKER", False),
    )
