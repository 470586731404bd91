"""A door's mode: layers set and cleared one by one, of which the highest that is set decides."""

from __future__ import annotations

from collections.abc import Iterable

from rules.state import Layer

# Highest first: (layer, value) -> the mode's name. What is not named here is no layer.
ORDER: tuple[tuple[str, str, str], ...] = (
    ("fire", "release", "fire"),
    ("emergency_release", "pressed", "emergency_release"),
    ("locked_down", "lock", "locked_down"),
    ("locked_open", "unlock", "locked_open"),
    ("blocked", "lock", "blocked"),
    ("operator", "unlock", "operator"),
    ("operator", "lock", "operator"),
    ("schedule", "unlock", "schedule"),
)
BASE = "locked"

_UNLOCKING = frozenset({("fire", "release"), ("locked_open", "unlock"), ("operator", "unlock"), ("schedule", "unlock")})
_EXPLAINING = _UNLOCKING | {("emergency_release", "pressed")}


def deciding(layers: Iterable[Layer]) -> tuple[str, str] | None:
    """(layer, value) of the highest that is set, or None for the base."""
    present = {(found.layer, found.value) for found in layers}
    return next(((layer, value) for layer, value, _ in ORDER if (layer, value) in present), None)


def mode(layers: Iterable[Layer]) -> str:
    """The name of the effective mode."""
    found = deciding(layers)
    return found[0] if found else BASE


def unlocked(layers: Iterable[Layer]) -> bool:
    """True where the mode holds the lock released. A call point cuts the power itself: it leaves the output alone."""
    return deciding(found for found in layers if found.layer != "emergency_release") in _UNLOCKING


def explains_opening(layers: Iterable[Layer]) -> bool:
    """True where a door that opens was not forced, whoever opened it."""
    return deciding(layers) in _EXPLAINING


def with_layer(layers: tuple[Layer, ...], layer: Layer) -> tuple[Layer, ...]:
    """The layers with this one set in place of its holder's earlier setting."""
    return (*without_layer(layers, layer.layer, layer.by), layer)


def without_layer(layers: tuple[Layer, ...], layer: str, by: str) -> tuple[Layer, ...]:
    """The layers less what this holder set in this one."""
    return tuple(found for found in layers if (found.layer, found.by) != (layer, by))
