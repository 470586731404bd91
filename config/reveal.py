"""Looks secrets up where they are named; what is wrong with one is reported at that place."""

from __future__ import annotations

from config.secrets import Secrets
from config.shape import SecretRef
from config.tree import Place
from rules.model.errors import ConfigError
from rules.model.secret import Secret


def reveal(name: str, place: Place, secrets: Secrets) -> Secret | None:
    """The secret `name`, or None after reporting at `place`."""
    try:
        return secrets.get(name)
    except ConfigError as error:
        place.wrong(error.message)
        return None


def revealed(ref: SecretRef | None, place: Place, secrets: Secrets) -> Secret | None:
    """The secret a `{secret: name}` at `place` means; None also where nothing was written."""
    return None if ref is None else reveal(ref.secret, place / "secret", secrets)
