"""The unit: systemd itself reads it and rates it, where it is installed; its promises are read from it anyway."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "systemd" / "doorward.service"
ANALYZE = shutil.which("systemd-analyze")
THRESHOLD = "20"
"""Tenths: an exposure of 2.0 or better."""

needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")


def read() -> dict[str, dict[str, list[str]]]:
    """Section -> key -> its values in order: in units a key may be written again."""
    found: dict[str, dict[str, list[str]]] = {}
    keys: dict[str, list[str]] = {}
    for line in UNIT.read_text().splitlines():
        if line.startswith("["):
            keys = found.setdefault(line.strip("[]"), {})
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            keys.setdefault(key, []).append(value)
    return found


def runnable(folder: Path) -> Path:
    """The unit with a program that exists here."""
    text, count = re.subn(r"^ExecStart=.*$", "ExecStart=/bin/true", UNIT.read_text(), flags=re.M)
    assert count == 1
    file = folder / UNIT.name
    file.write_text(text)
    return file


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE is not None
    return subprocess.run([ANALYZE, *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_systemd_takes_it(tmp_path: Path) -> None:
    ran = analyze("verify", "--man=no", str(runnable(tmp_path)))
    complaints = [line for line in ran.stderr.splitlines() if UNIT.name in line]
    assert (ran.returncode, complaints) == (0, [])


@needs_systemd
def test_systemd_rates_it(tmp_path: Path) -> None:
    ran = analyze("security", "--offline=yes", f"--threshold={THRESHOLD}", "--no-pager", str(runnable(tmp_path)))
    assert "Overall exposure level" in ran.stdout, ran.stderr
    assert ran.returncode == 0, ran.stdout.splitlines()[-1]


@needs_systemd
def test_a_plain_unit_would_not_pass(tmp_path: Path) -> None:
    plain = tmp_path / "plain.service"
    plain.write_text("[Service]\nExecStart=/bin/true\n")
    assert analyze("security", "--offline=yes", f"--threshold={THRESHOLD}", "--no-pager", str(plain)).returncode != 0


def test_it_is_a_unit_with_what_the_daemon_counts_on() -> None:
    unit = read()
    service = unit["Service"]
    assert service["Type"] == ["notify"]
    assert service["Restart"] == ["always"]
    assert int(service["WatchdogSec"][0]) >= 5
    assert "doorward run" in service["ExecStart"][0]
    assert unit["Unit"]["StartLimitIntervalSec"] == ["0"], "a gateway is never given up on"
    assert unit["Install"]["WantedBy"] == ["multi-user.target"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("DevicePolicy", "closed"),
        ("CapabilityBoundingSet", ""),
        ("UMask", "0077"),
        ("StateDirectoryMode", "0700"),
        ("LimitCORE", "0"),
    ],
)
def test_it_is_locked_in(key: str, value: str) -> None:
    assert read()["Service"][key] == [value]


def test_no_secret_comes_by_the_environment() -> None:
    text = UNIT.read_text()
    assert "LoadCredential=card-pepper:" in text
    assert "LoadCredential=pin-pepper:" in text
    assert not re.search(r"^Environment(File)?=.*(pepper|key|secret|password)", text, re.M | re.I)
