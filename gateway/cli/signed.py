"""Asking for what may be refused, with a word on what to do then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.bus.client import Reply
from gateway.cli.console import Console
from rules.model.errors import Refused, Unreachable

Hint = Callable[[], str]


def ask(console: Console, verb: str, target: str, hints: Mapping[str, Hint], args: Mapping[str, Any] = {}) -> Reply:
    """One signed request; a refusal with a code of `hints` says that too. Raises Refused or Unreachable."""
    try:
        return console.ask(verb, target, args)
    except Refused as refused:
        hint = hints.get(refused.code)
        if hint is None:
            raise
        text = f"{refused.message}: {_told(hint)}"
        raise Refused(text, code=refused.code, where=refused.where, got=refused.got) from None


def _told(hint: Hint) -> str:
    """A hint may look something up; whoever has gone meanwhile is no reason to hide the refusal."""
    try:
        return hint()
    except Unreachable as error:
        return error.message
