"""The site's TLS material as connection terms. PEM text reaches the library through files that last a moment."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from config.configuration import BusConfig
from gateway.bus.port import tls_context
from rules.model.secret import Secret


def bus_terms(bus: BusConfig) -> dict[str, Any]:
    """Keyword terms of `MqttTransport` for a broker: credentials and TLS."""
    terms: dict[str, Any] = {}
    if bus.username is not None:
        terms["username"] = bus.username.reveal
        terms["password"] = bus.password
    if bus.url.startswith("mqtts:"):
        with TemporaryDirectory(prefix="doorward-") as folder:  # mode 0700
            parts = {"ca": bus.ca, "certificate": bus.certificate, "key": bus.key}
            paths = {name: _file(Path(folder) / name, secret) for name, secret in parts.items()}
            terms["tls"] = tls_context(**paths)
    return terms


def _file(path: Path, secret: Secret | None) -> Path | None:
    if secret is None:
        return None
    path.touch(mode=0o600)
    path.write_text(secret.reveal)
    return path
