"""The demo site: loads with the drivers there are, is as large as it says, and half of it never passes for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from config.configuration import Configuration
from config.loader import build, load, named_secrets
from config.problem import ConfigErrors
from config.secrets import Secrets
from gateway.cli.check import check
from gateway.discover import drivers
from gateway.people.csv_people import read_sheet

DEMO = Path(config.__file__).parent / "demo"
FILES = {path.name: path.read_bytes() for path in sorted(DEMO.glob("*.yaml"))}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for number, name in enumerate(sorted(named_secrets(DEMO))):
        path = folder / name
        path.write_text(f"{number:032x}")
        path.chmod(0o400)
    return folder


@pytest.fixture(scope="module")
def demo(keys: Path) -> Configuration:
    return load(DEMO, drivers(), Secrets(keys))


def test_its_size(demo: Configuration) -> None:
    policy = demo.policy
    assert (len(policy.doors), len(policy.areas), len(policy.readers)) == (8, 6, 9)
    drivers_of = [link.driver for link in demo.links for _ in link.devices]
    assert {name: drivers_of.count(name) for name in set(drivers_of)} == {
        "osdp": 6,
        "ascii": 2,
        "modbus": 3,
        "mqtt": 5,
        "elk": 1,
    }
    assert [link.url for link in demo.links if link.driver == "osdp"] == ["/dev/ttyUSB0", "/dev/ttyUSB1"]
    assert sum(reader.keypad for reader in policy.readers.values()) == 2
    assert policy.readers["gate"].controller
    assert set(policy.schedules) == {"always", "never", "office-hours", "reception", "cleaning", "night"}
    assert sum(area.arming is not None for area in policy.areas.values()) == 2
    assert len(policy.fire["fire-panel"].doors) == 7


def test_its_people(demo: Configuration) -> None:
    (path,) = demo.people
    sheet = read_sheet(path, demo.pepper.reveal.encode(), demo.policy.timezone)
    assert sheet.problems == ()
    assert len(sheet.entries) == 60
    groups = frozenset().union(*(entry.person.groups for entry in sheet.entries))
    assert groups == {"staff", "engineers", "lab", "contractors", "cleaners", "security"}
    who = [*(rule.who for rule in demo.policy.access), *(rule.who for rule in demo.policy.deny)]
    named = frozenset().union(*(each.groups for each in who))
    assert named <= groups


def test_every_file_is_needed(keys: Path) -> None:
    for name in FILES.keys() - {"rules.yaml"}:
        with pytest.raises(ConfigErrors):
            build({n: d for n, d in FILES.items() if n != name}, DEMO, drivers(), Secrets(keys))


def outcome(files: dict[str, bytes], keys: Path) -> Configuration | None:
    """The configuration, or None where there were mistakes; anything else that is raised fails the test."""
    try:
        return build(files, DEMO, drivers(), Secrets(keys))
    except ConfigErrors as errors:
        return None if errors.problems else pytest.fail("refused without a reason")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(FILES)), data=st.data())
def test_a_half_written_file_is_never_a_looser_site(
    demo: Configuration, keys: Path, name: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(FILES[name])))
    found = outcome({**FILES, name: FILES[name][:cut]}, keys)
    assert found is None or found.policy == demo.policy


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(FILES)), data=st.data())
def test_lines_deleted_or_swapped_never_crash(keys: Path, name: str, data: st.DataObject) -> None:
    """Whatever an editor leaves behind is a configuration or a list of mistakes."""
    lines = FILES[name].splitlines(keepends=True)
    first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    lines[first], lines[second] = lines[second], lines[first]
    del lines[data.draw(st.integers(0, len(lines) - 1))]
    outcome({**FILES, name: b"".join(lines)}, keys)


def test_check_prints_the_demo(keys: Path) -> None:
    result = CliRunner().invoke(check, [str(DEMO), "--secrets", str(keys)])
    assert result.exit_code == 0
    assert "millbrook: no mistakes" in result.output
