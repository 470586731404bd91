"""Operators' keys: written once, private, and read only while they are."""

from __future__ import annotations

import base64
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.people.keys import load_private, public_text, save_private
from rules.model.errors import ConfigError


def test_a_key_round_trips_and_signs(tmp_path: Path) -> None:
    key = Ed25519PrivateKey.generate()
    save_private(tmp_path / "amira.key", key)
    assert stat.S_IMODE((tmp_path / "amira.key").stat().st_mode) == 0o600
    again = load_private(tmp_path / "amira.key")
    key.public_key().verify(again.sign(b"open front"), b"open front")


def test_public_text() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    kind, _, text = public_text(key).partition(":")
    assert kind == "ed25519"
    assert base64.b64decode(text) == key.public_key().public_bytes_raw()


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "amira.key"
    path.write_text("something of value")
    with pytest.raises(ConfigError) as caught:
        save_private(path, Ed25519PrivateKey.generate())
    assert (caught.value.code, caught.value.got) == ("key_file", "File exists")
    assert path.read_text() == "something of value"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o610])
def test_a_key_others_can_reach_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "amira.key"
    save_private(path, Ed25519PrivateKey.generate())
    path.chmod(mode)
    with pytest.raises(ConfigError) as caught:
        load_private(path)
    assert caught.value.code == "key_unsafe"


def test_what_is_no_key(tmp_path: Path) -> None:
    other = Ed448PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for data in (b"", b"CANARY", b"-----BEGIN PRIVATE KEY-----\nQ0FOQVJZ\n-----END PRIVATE KEY-----\n", other):
        path = tmp_path / "x.key"
        path.write_bytes(data)
        path.chmod(0o600)
        with pytest.raises(ConfigError) as caught:
            load_private(path)
        assert caught.value.code == "key_file"
        assert "CANARY" not in str(caught.value)


def test_missing_files_and_folders_are_said(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.key", "key_file"), (tmp_path, "key_unsafe")):
        with pytest.raises(ConfigError) as caught:
            load_private(path)
        assert caught.value.code == code
