"""The two peppers of a site: the keys of the look-up of cards and of the PINs."""

from __future__ import annotations

import hmac

from rules.model.errors import ConfigError
from rules.model.secret import Secret

_SHORTEST = 32


def key(pepper: Secret, name: str = "pepper") -> bytes:
    """The key bytes of a pepper: its text, without surrounding blanks; raises ConfigError under 32 characters."""
    text = pepper.reveal.strip()
    if len(text) < _SHORTEST:
        raise ConfigError(f"{name} needs at least {_SHORTEST} characters", code="short_pepper", where=name)
    return text.encode()


def mark(pepper: bytes, name: str) -> str:
    """What a directory keeps of a pepper, so that another one is noticed before every card is unknown."""
    return hmac.digest(pepper, f"doorward {name} mark".encode(), "sha256").hex()
