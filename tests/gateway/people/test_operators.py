"""The operators of a configuration folder: listed with their places, added without touching the rest."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from config.problem import ConfigErrors
from gateway.people import operators
from rules.model.errors import ConfigError, Refused
from rules.policy import Role

KEY = "ed25519:" + base64.b64encode(bytes(range(32))).decode()


def add(folder: Path, ident: str) -> str:
    operators.write(folder, operators.extended(folder, ident, Role.GUARD, KEY))
    return (folder / "operators.yaml").read_text()


def test_a_new_file(tmp_path: Path) -> None:
    assert add(tmp_path, "lee") == f'operators:\n  lee: {{role: guard, key: "{KEY}"}}\n...\n'
    assert operators.listed(tmp_path) == [operators.Operator("lee", "guard", KEY, "operators.yaml:2:3")]


BEFORE = f"""\
# Who may do what.
operators:
    amira: {{role: admin, key: "{KEY}"}}   # head of security
    # joined in May
    ben:
        role: viewer
        key: "{KEY}"

# Other things
site: hq
...
"""


def test_comments_and_the_rest_stay(tmp_path: Path) -> None:
    (tmp_path / "operators.yaml").write_text(BEFORE)
    after = add(tmp_path, "lee")
    assert after.replace(f'    lee: {{role: guard, key: "{KEY}"}}\n', "") == BEFORE
    assert [one.id for one in operators.listed(tmp_path)] == ["amira", "ben", "lee"]
    assert [one.role for one in operators.listed(tmp_path)] == ["admin", "viewer", "guard"]


def test_a_file_without_the_section_gets_one(tmp_path: Path) -> None:
    (tmp_path / "operators.yaml").write_text("site: hq\n...\n")
    assert add(tmp_path, "lee") == f'site: hq\noperators:\n  lee: {{role: guard, key: "{KEY}"}}\n...\n'


def test_an_id_in_use_anywhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(f'operators:\n  lee: {{role: admin, key: "{KEY}"}}\n...\n')
    with pytest.raises(Refused) as caught:
        add(tmp_path, "lee")
    assert (caught.value.code, caught.value.where) == ("operator_exists", "site.yaml:2:3")
    assert not (tmp_path / "operators.yaml").exists()


def test_a_form_that_is_not_edited_is_left_alone(tmp_path: Path) -> None:
    text = f'operators: {{amira: {{role: admin, key: "{KEY}"}}}}\n...\n'
    (tmp_path / "operators.yaml").write_text(text)
    with pytest.raises(Refused) as caught:
        add(tmp_path, "lee")
    assert caught.value.code == "paste_by_hand"
    assert (tmp_path / "operators.yaml").read_text() == text


def test_an_entry_over_several_lines(tmp_path: Path) -> None:
    text = f'operators:\n  amira: {{role: admin,\n    key: "{KEY}"}}\n  # the last one\n...\n'
    (tmp_path / "operators.yaml").write_text(text)
    add(tmp_path, "lee")
    assert [one.id for one in operators.listed(tmp_path)] == ["amira", "lee"]


def test_a_broken_folder_is_reported_with_places(tmp_path: Path) -> None:
    (tmp_path / "operators.yaml").write_text("operators: [\n")
    with pytest.raises(ConfigErrors, match=r"operators\.yaml:\d+:\d+"):
        add(tmp_path, "lee")


def test_bad_ids_and_missing_folders(tmp_path: Path) -> None:
    for folder, ident, code in ((tmp_path, "Lee", "bad_id"), (tmp_path / "none", "lee", "no_folder")):
        with pytest.raises(ConfigError) as caught:
            operators.extended(folder, ident, Role.GUARD, KEY)
        assert caught.value.code == code
