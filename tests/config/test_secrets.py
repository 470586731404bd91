"""Secrets come from files that only we can read, or from systemd; never through a message."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from config.problem import ConfigErrors
from config.secrets import Secrets
from rules.model.errors import ConfigError

CANARY = "canary-7f3a9c"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "private"
    path.mkdir()
    return path


def put(folder: Path, name: str, mode: int, data: bytes = CANARY.encode() + b"\n") -> Path:
    path = folder / name
    path.write_bytes(data)
    path.chmod(mode)
    return path


def fault(secrets: Secrets, name: str) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        secrets.get(name)
    assert CANARY not in str(caught.value)
    return caught.value.code, caught.value.message


@pytest.mark.parametrize("mode", [0o400, 0o600])
def test_private_files(folder: Path, mode: int) -> None:
    put(folder, "key", mode)
    secret = Secrets(folder).get("key")
    assert secret.reveal == CANARY
    assert CANARY not in repr(secret)


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o640, 0o620, 0o700, 0o644])
def test_files_that_others_can_use(folder: Path, mode: int) -> None:
    put(folder, "key", mode)
    expected = f"secret 'key' must have mode 0400 or 0600, not {mode:04o}"
    assert fault(Secrets(folder), "key") == ("secret_unsafe", expected)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_files_of_somebody_else(folder: Path) -> None:
    os.chown(put(folder, "key", 0o400), 12345, -1)
    assert fault(Secrets(folder), "key") == (
        "secret_unsafe",
        "secret 'key' must be owned by the user that runs this",
    )


def test_symlinks_and_pipes(folder: Path) -> None:
    put(folder, "key", 0o400)
    (folder / "link").symlink_to("key")
    os.mkfifo(folder / "pipe", 0o600)
    assert fault(Secrets(folder), "link")[1] == "secret 'link' cannot be read: a symlink is not followed"
    assert fault(Secrets(folder), "pipe")[1] == "secret 'pipe' is not a regular file"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "secret 'key' is empty"),
        (b"\n", "secret 'key' is empty"),
        (b"\xff" + CANARY.encode(), "secret 'key' is not UTF-8 text"),
        (CANARY.encode() * 6000, "secret 'key' is larger than 64 KiB"),
    ],
)
def test_content(folder: Path, data: bytes, message: str) -> None:
    put(folder, "key", 0o400, data)
    assert fault(Secrets(folder), "key")[1] == message


@pytest.mark.parametrize("name", ["../private/key", "KEY", ".key", "", "a/b"])
def test_names(folder: Path, name: str) -> None:
    assert fault(Secrets(folder), name)[0] == "secret_name"


def test_missing(folder: Path) -> None:
    assert fault(Secrets(folder), "key")[1] == f"secret 'key' was not found in {folder}"
    assert fault(Secrets(), "key")[1] == "secret 'key' was not found (no folder of secrets was given)"


def test_systemd_credentials_come_first(folder: Path, tmp_path: Path) -> None:
    """Systemd guards its folder by itself: the mode of a file in it is its own affair."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    put(credentials, "key", 0o440, b"from systemd\r\n")
    put(folder, "key", 0o400)
    put(folder, "other", 0o400)
    secrets = Secrets.from_environment(folder, {"CREDENTIALS_DIRECTORY": str(credentials)})
    assert secrets.get("key").reveal == "from systemd"
    assert secrets.get("other").reveal == CANARY
    assert Secrets.from_environment(folder, {}).get("key").reveal == CANARY


def test_what_is_wrong_is_told_where_it_is_named(wrong: Callable[..., list[str]], secret_files: Path) -> None:
    (secret_files / "key-a").chmod(0o444)
    (secret_files / "pin-pepper").unlink()
    (secret_files / "card-pepper").chmod(0o600)
    (secret_files / "card-pepper").write_text("short")
    text = "devices: {a: {driver: card, line: north, address: 3, key: {secret: key-a}}}"
    assert wrong({"x.yaml": text}) == [
        "site.yaml:1:7: site: secret 'card-pepper' is shorter than 32 characters",
        f"site.yaml:1:7: site: secret 'pin-pepper' was not found in {secret_files}",
        "x.yaml:1:68: devices.a.key.secret: secret 'key-a' must have mode 0400 or 0600, not 0444",
    ]


def test_no_secret_in_a_repr(make: Callable[..., object]) -> None:
    text = "devices: {a: {driver: card, line: north, address: 3, key: {secret: key-a}}}"
    assert "0123456789abcdef" not in repr(make({"x.yaml": text}))


def test_config_errors_are_config_errors() -> None:
    assert issubclass(ConfigErrors, ConfigError)
