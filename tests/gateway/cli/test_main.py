"""The root of the command line: help, exit codes, one line an error, no traceback."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from gateway.cli.main import COMMANDS, main, root
from rules.model.errors import CommandError, ConfigError, DoorwardError, LinkError, Refused, Unreachable


def walk(command: click.Command, name: str) -> list[tuple[str, click.Command]]:
    """The command and all below it, by what is typed."""
    found = [(name, command)]
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            assert below is not None, f"{name} {child}"
            found += walk(below, f"{name} {child}")
    return found


EVERY = walk(root, "doorward")
LEAVES = [(name, command) for name, command in EVERY if not isinstance(command, click.Group)]


@pytest.mark.parametrize(("name", "command"), EVERY, ids=[name for name, _ in EVERY])
def test_every_command_explains_itself(name: str, command: click.Command) -> None:
    ran = CliRunner().invoke(command, ["--help"])
    assert ran.exit_code == 0
    assert command.help
    assert len(command.get_short_help_str(200)) > 3


@pytest.mark.parametrize(("name", "command"), LEAVES, ids=[name for name, _ in LEAVES])
def test_every_command_gives_an_example_that_is_one(name: str, command: click.Command) -> None:
    assert command.help is not None
    _, _, example = command.help.partition("Example: ")
    assert example.startswith(name), f"{name}: {command.help}"
    words = example.splitlines()[0].split()
    options = {word.partition("=")[0] for word in words if word.startswith("-")}
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    assert options <= known


def test_all_that_is_listed_is_there() -> None:
    context = click.Context(root)
    assert [name for name in root.list_commands(context) if root.get_command(context, name) is None] == []
    assert root.get_command(context, "nonsense") is None
    assert set(root.list_commands(context)) == set(COMMANDS)


def code_of(error: BaseException, monkeypatch: pytest.MonkeyPatch) -> int:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(type(root), "get_command", lambda self, ctx, name: fail)
    with pytest.raises(SystemExit) as end:
        main(["fail"])
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DoorwardError("x"), 1),
        (LinkError("x"), 1),
        (CommandError("x"), 1),
        (ConfigError("x"), 2),
        (click.UsageError("x"), 2),
        (click.BadParameter("x"), 2),
        (Refused("x"), 3),
        (Unreachable("x"), 4),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_codes(
    error: BaseException, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert code_of(error, monkeypatch) == code
    seen = capsys.readouterr()
    assert seen.out == ""
    assert "Traceback" not in seen.err


def test_an_error_says_what_where_and_what_was_got(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code_of(Refused("no such door", code="no_such_door", where="gw1", got="x"), monkeypatch)
    assert capsys.readouterr().err == "doorward: gw1: no such door (got x)\n"


def test_wrong_usage_is_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["nonsense"], ["door"], ["door", "open"], ["run"], ["tail", "--count", "0"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2, arguments
        assert "Traceback" not in capsys.readouterr().err


def test_no_gateway_named_is_2(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DOORWARD_BUS", "DOORWARD_SITE", "DOORWARD_DEMO"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SystemExit) as end:
        main(["door", "list"])
    assert end.value.code == 2
    assert "--bus" in capsys.readouterr().err


def test_no_demo_there_is_4(capsys: pytest.CaptureFixture[str], tmp_path: object) -> None:
    for arguments in (["door", "list", "--demo", str(tmp_path)], ["swipe", "p", "r", "--demo", str(tmp_path)]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 4
        assert len(capsys.readouterr().err.splitlines()) == 1
