"""The libraries that are measured beside the engine: not needed by anything else."""

from __future__ import annotations

import importlib
from typing import Any

from rules.model.errors import ConfigError


def library(module: str, package: str) -> Any:
    """The module; raises ConfigError where it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError:
        raise ConfigError(
            "a peer is not installed: pip install 'doorward[bench]'", code="no_peer", where=package, got=module
        ) from None
