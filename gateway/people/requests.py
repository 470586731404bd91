"""Changes of the directory that signed requests ask for. People are named by id alone: requests are journalled."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from gateway.people import cards, persons
from gateway.people.changes import Log
from gateway.people.directory import Directory
from rules.model.errors import DoorwardError, Refused
from rules.people import CredentialStatus

Edit = Callable[[Log, Mapping[str, str]], dict[str, str]]


def _person(args: Mapping[str, str]) -> str:
    ident = args.get("person", "")
    if not persons.PERSON_ID.fullmatch(ident):
        raise Refused("args need person, an id", code="bad_args")
    return ident


def _block(log: Log, args: Mapping[str, str]) -> dict[str, str]:
    return {"person": persons.block(log, _person(args))}


def _unblock(log: Log, args: Mapping[str, str]) -> dict[str, str]:
    return {"person": persons.unblock(log, _person(args))}


def _card(log: Log, args: Mapping[str, str]) -> dict[str, str]:
    try:
        status = CredentialStatus(args.get("status", CredentialStatus.DISABLED))
    except ValueError:
        raise Refused("status is active, disabled, lost or stolen", code="bad_args") from None
    token = cards.set_status(log, args.get("card", ""), status)
    return {"card": token, "status": status.value}


VERBS: Mapping[str, Edit] = {"person-block": _block, "person-unblock": _unblock, "card-block": _card}


def apply(directory: Directory, verb: str, args: str, actor: str) -> tuple[bool, str, str]:
    """Carry out one request; blocks. args: a JSON object of strings, `person` an id, `card` a token or its
    first 8+ digits, `status`. Returns (ok, code, body): `ok` and a JSON object, or why not and `{}`."""
    try:
        edit = VERBS.get(verb)
        if edit is None:
            raise Refused("no such verb", code="unknown_verb")
        given = _arguments(args)
        with directory.editing(actor) as log:
            body = edit(log, given)
    except DoorwardError as error:
        return False, error.code, "{}"
    return True, "ok", json.dumps(body, sort_keys=True, separators=(",", ":"))


def _arguments(args: str) -> Mapping[str, str]:
    try:
        plain: Any = json.loads(args)
    except (ValueError, RecursionError):
        plain = None
    if not isinstance(plain, dict) or not all(isinstance(value, str) for value in plain.values()):
        raise Refused("args are a JSON object of strings", code="bad_args")
    return plain
