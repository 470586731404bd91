"""Operators' Ed25519 keys: made, kept in files only their owner can read, and written as YAML names them."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from rules.model.errors import ConfigError

_LARGEST = 64 * 1024


def public_text(key: Ed25519PrivateKey) -> str:
    """The public half as the configuration writes it: `ed25519:` and the base64 of its 32 bytes."""
    return f"ed25519:{base64.b64encode(key.public_key().public_bytes_raw()).decode()}"


def save_private(path: Path, key: Ed25519PrivateKey) -> None:
    """Write a new key file, PKCS 8 PEM, mode 0600; raises ConfigError rather than touch an existing file."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ConfigError("the key file cannot be made", code="key_file", where=str(path), got=cause) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())


def load_private(path: Path) -> Ed25519PrivateKey:
    """The key of a file that only its owner can read; raises ConfigError, which quotes nothing of it."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ConfigError("the key cannot be read", code="key_file", where=str(path), got=cause) from error
    try:
        if fault := _fault(os.fstat(descriptor)):
            raise ConfigError(fault, code="key_unsafe", where=str(path))
        data = os.read(descriptor, _LARGEST)
    finally:
        os.close(descriptor)
    return _parse(path, data)


def _fault(about: os.stat_result) -> str:
    if not stat.S_ISREG(about.st_mode):
        return "is not a regular file"
    if about.st_uid not in (os.geteuid(), 0):
        return "belongs to another user"
    mode = stat.S_IMODE(about.st_mode)
    return f"others can read it, mode {mode:04o}: chmod 600" if mode & 0o077 else ""


def _parse(path: Path, data: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigError("holds no usable private key", code="key_file", where=str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("is not an Ed25519 key", code="key_file", where=str(path))
    return key
