"""`doorward people` and `doorward operator`, as a person and as a script use them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.cli.operator import operator
from gateway.cli.people import people
from gateway.people.directory import Directory
from gateway.people.keys import load_private, public_text
from rules.model.errors import ConfigError, Refused
from rules.model.secret import Secret

from .conftest import PEPPER, PIN_PEPPER, Run, good, plain, refused


def test_the_desk(run: Run) -> None:
    ident = good(
        run(
            *("people", "add", "Chen Li", "--ref", "E3", "--group", "staff", "--attribute", "company=acme"),
            *("--from", "2026-01-01", "--until", "2026-12-31", "--extended"),
        )
    ).strip()
    card = good(run("people", "assign", "E3", "--format", "h10301", "--facility", "12", input="4567\n")).split()[-1]
    shown = plain(run("people", "show", "E3", "--json"))
    assert (shown["id"], shown["groups"], shown["attributes"]) == (ident, ["staff"], {"company": "acme"})
    assert (shown["from"], shown["until"], shown["extended"]) == ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", True)
    assert shown["cards"] == [{"card": card, "format": "h10301", "tail": "67", "status": "active"}]
    assert [line["what"] for line in shown["changes"]] == ["person_added", "card_assigned"]
    assert all(line["actor"].startswith("cli:") for line in shown["changes"])
    assert plain(run("people", "block", "E3", "--json")) == {"person": ident}
    assert plain(run("people", "show", "E3", "--json"))["blocked"] == "desk"
    assert "blocked (desk)" in good(run("people", "list"))
    good(run("people", "unblock", ident))
    good(run("people", "block", "--card", card, "--status", "stolen"))
    assert plain(run("people", "show", "E3", "--json"))["cards"][0]["status"] == "stolen"
    good(run("people", "unblock", "--card", card))
    good(run("people", "unassign", card))
    assert plain(run("people", "show", "E3", "--json"))["cards"] == []
    text = good(run("people", "show", "E3"))
    for word in ("Chen Li", "acme", "card_unassigned", "person_unblocked"):
        assert word in text
    assert "4567" not in text
    assert run("people", "remove", "E3", input="n\n").exit_code == 1
    good(run("people", "remove", "E3", "--yes"))
    assert refused(run("people", "show", "E3")).code == "unknown_person"


def test_a_name_in_brackets_is_shown_as_it_is(run: Run) -> None:
    good(run("people", "add", "[red]Eli[/] :key:"))
    assert "[red]Eli[/] :key:" in good(run("people", "list"))


def test_refusals(run: Run, sheet: Path) -> None:
    good(run("people", "sync", sheet, "--apply"))
    taken = run("people", "assign", "E2", "--format", "h10301", "--facility", "12", "--number", "4567")
    assert refused(taken).code == "card_taken"
    assert isinstance(taken.exception, Refused)
    assert refused(run("people", "assign", "E2", "--format", "h10301", "--number", "1")).where == "facility"
    for args in (
        ("assign", "E2", "--format", "h10301", "--facility", "1", "--number", "12x"),
        ("assign", "E2", "--format", "h99999", "--number", "1"),
        ("block",),
        ("block", "E1", "--card", "00000000"),
        ("add", "X", "--attribute", "company"),
        ("add", "X", "--from", "31.12.2026"),
    ):
        assert run("people", *args).exit_code == 2


def test_pin(run: Run, sheet: Path, tmp_path: Path) -> None:
    good(run("people", "sync", sheet, "--apply"))
    result = run("people", "pin", "E1", input="4821\n4821\n")
    assert "4821" not in good(result) + result.stderr
    good(run("people", "pin", "E1", "--duress", "--stdin", input="9173\n"))
    with Directory.open(tmp_path / "people.db", Secret(PEPPER), Secret(PIN_PEPPER)) as directory:
        ident = directory.record("E1").id
        assert directory.check_pin(ident, Secret("4821")) == "ok"
        assert directory.check_pin(ident, Secret("9173")) == "duress"
    assert refused(run("people", "pin", "E1", "--stdin", input="1234\n")).code == "trivial_pin"
    assert refused(run("people", "pin", "E1", "--stdin", input="")).code == "bad_pin"
    assert plain(run("people", "show", "E1", "--json"))["pin"] is True
    good(run("people", "pin", "E1", "--clear"))
    assert plain(run("people", "show", "E1", "--json"))["pin"] is False


def test_a_pin_alone(run: Run, sheet: Path, tmp_path: Path) -> None:
    good(run("people", "sync", sheet, "--apply"))
    set_pin = ("people", "pin", "E1", "--alone", "--stdin")
    assert refused(run(*set_pin, "--duress", input="9173\n")).code == "no_pin"
    good(run(*set_pin, input="4821\n"))
    result = run("people", "pin", "E1", "--alone", "--duress", input="9173\n9173\n")
    assert "9173" not in good(result) + result.stderr
    for other in ("4821", "9173"):
        for more in ((), ("--duress",)):
            taken = refused(run("people", "pin", "E2", "--alone", "--stdin", *more, input=f"{other}\n"))
            assert taken.code == ("no_pin" if more else "pin_taken")
    assert plain(run("people", "show", "E1", "--json"))["pin"] is False  # none that goes with a card
    with Directory.open(tmp_path / "people.db", Secret(PEPPER), Secret(PIN_PEPPER)) as directory:
        (card,) = (card for card in directory.record("E1").cards if card.format == "pin")
        assert directory.identify_pin(Secret("4821")) == (card.token, False)
        assert directory.identify_pin(Secret("9173")) == (card.token, True)
        good(run("people", "pin", "E1", "--alone", "--clear"))
        assert [card.format for card in directory.record("E1").cards] == ["h10301"]
        assert directory.identify_pin(Secret("9173"))[1] is False


def test_a_pin_is_never_an_argument(run: Run, sheet: Path) -> None:
    good(run("people", "sync", sheet, "--apply"))
    assert run("people", "pin", "E1", "4821").exit_code == 2


def test_reading_creates_nothing(run: Run, tmp_path: Path) -> None:
    assert refused(run("people", "list")).code == "no_directory"
    assert isinstance(refused(run("people", "list", "--secrets", tmp_path)), ConfigError)
    assert not (tmp_path / "people.db").exists()


def commands() -> list[tuple[str, ...]]:
    return [(group.name or "", name) for group in (people, operator) for name in group.commands]


@pytest.mark.parametrize("command", commands())
def test_every_command_shows_an_example(run: Run, command: tuple[str, ...]) -> None:
    text = good(run(*command, "--help"))
    assert f"Example: doorward {' '.join(command)} " in " ".join(text.split()) + " "


def test_operator_add_prints_what_to_paste(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "amira.key"
    result = run("operator", "add", "amira", "--role", "supervisor", "--out", out)
    public = public_text(load_private(out))
    assert good(result) == f'operators:\n  amira: {{role: supervisor, key: "{public}"}}\n'
    assert "PRIVATE" not in result.output
    assert refused(run("operator", "add", "amira", "--role", "supervisor", "--out", out)).code == "key_file"


def test_operator_add_writes_the_configuration(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    for ident, role in (("amira", "supervisor"), ("lee", "guard")):
        made = plain(
            run(
                "operator",
                "add",
                ident,
                "--role",
                role,
                "--out",
                tmp_path / f"{ident}.key",
                "--config",
                folder,
                "--json",
            )
        )
        assert made["written"] == str(folder / "operators.yaml")
        assert made["key"] == public_text(load_private(tmp_path / f"{ident}.key"))
    listed = plain(run("operator", "list", folder, "--json"))
    assert [(one["id"], one["role"]) for one in listed] == [("amira", "supervisor"), ("lee", "guard")]
    assert "supervisor" in good(run("operator", "list", folder))


def test_operator_add_makes_no_key_for_an_id_in_use(run: Run, tmp_path: Path) -> None:
    args = ("operator", "add", "lee", "--role", "guard", "--config", tmp_path, "--out")
    good(run(*args, tmp_path / "one.key"))
    assert refused(run(*args, tmp_path / "two.key")).code == "operator_exists"
    assert not (tmp_path / "two.key").exists()
    assert refused(run("operator", "add", "Lee", "--role", "guard", "--out", tmp_path / "x")).code == "bad_id"
