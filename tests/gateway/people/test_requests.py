"""Changes asked for on the bus: done and answered, or refused with a stable code."""

from __future__ import annotations

import json

import pytest

from gateway.people.directory import Directory
from gateway.people.requests import apply
from rules.people import CredentialStatus


def test_person_block_and_unblock(directory: Directory, amira: str) -> None:
    args = json.dumps({"person": amira})
    assert apply(directory, "person-block", args, "lee") == (True, "ok", f'{{"person":"{amira}"}}')
    assert directory.people().persons[amira].blocked
    assert apply(directory, "person-unblock", args, "lee")[0]
    assert not directory.people().persons[amira].blocked
    assert [c.actor for c in directory.changes_since(1)] == ["lee", "lee"]


@pytest.mark.parametrize("status", list(CredentialStatus))
def test_card_block(directory: Directory, amira: str, status: CredentialStatus) -> None:
    card = directory.assign("test", amira, "h10301", 1, 2)
    ok, code, body = apply(directory, "card-block", json.dumps({"card": card[:12], "status": status.value}), "lee")
    assert (ok, code, json.loads(body)) == (True, "ok", {"card": card, "status": status.value})
    assert directory.people().credentials[card].status is status


def test_a_card_is_disabled_unless_said_otherwise(directory: Directory, amira: str) -> None:
    card = directory.assign("test", amira, "h10301", 1, 2)
    assert apply(directory, "card-block", json.dumps({"card": card}), "lee")[0]
    assert directory.people().credentials[card].status is CredentialStatus.DISABLED


@pytest.mark.parametrize(
    ("verb", "args", "code"),
    [
        ("person-erase", "{}", "unknown_verb"),
        ("person-block", "{", "bad_args"),
        ("person-block", "[" * 100_000, "bad_args"),
        ("person-block", "[]", "bad_args"),
        ("person-block", "{}", "bad_args"),
        ("person-block", '{"person":5}', "bad_args"),
        ("person-block", '{"person":"E1"}', "bad_args"),  # a reference would get into the journal
        ("person-block", '{"person":"p-0000000000000000"}', "unknown_person"),
        ("card-block", "{}", "unknown_card"),
        ("card-block", '{"card":"00000000","status":"melted"}', "bad_args"),
        ("card-block", '{"card":"00000000"}', "unknown_card"),
    ],
)
def test_refusals(directory: Directory, amira: str, verb: str, args: str, code: str) -> None:
    assert apply(directory, verb, args, "lee") == (False, code, "{}")
    assert directory.rev() == 1


def test_a_failing_directory_is_answered(directory: Directory, amira: str, ruin) -> None:  # type: ignore[no-untyped-def]
    ruin()
    args = json.dumps({"person": amira})
    assert apply(directory, "person-block", args, "lee") == (False, "people_database", "{}")
