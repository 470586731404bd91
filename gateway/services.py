"""Slow things asked for as commands and answered as signals: the check of a PIN, an edit of the directory.

Each has the form of a driver, so that a link owns it, limits it and reports what it did not do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from gateway.people.directory import Directory
from gateway.people.pins import PinService
from gateway.people.requests import apply
from gateway.people.watch import follow
from rules.model.commands import Command, EditPeople, VerifyPin
from rules.model.driver import Emit
from rules.model.errors import CommandError
from rules.model.signals import LinkFound, PeopleEdited, PinChecked
from rules.people import People


class PinLink:
    """Answers `VerifyPin` with `PinChecked`, whatever happens."""

    def __init__(self, pins: PinService) -> None:
        self._pins = pins
        self._emit: Emit | None = None
        self._checks = 0

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        emit(LinkFound("pin"))
        await asyncio.Event().wait()

    async def execute(self, command: Command) -> None:
        if not isinstance(command, VerifyPin) or self._emit is None:
            raise CommandError("not for the PIN service", code="bad_command", got=type(command).__name__)
        self._checks += 1
        result = await self._pins.check(command.person, command.pin)
        self._emit(PinChecked(command.reader, command.attempt, result))

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {"pin": {"checks": self._checks}}


class PeopleLink:
    """Carries out and answers `EditPeople`; follows the directory: `changed` gets each new revision in the loop."""

    def __init__(self, directory: Directory, seen: People, changed: Callable[[People], None]) -> None:
        self._directory = directory
        self._seen = seen
        self._changed = changed
        self._emit: Emit | None = None
        self._edits = 0

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        await asyncio.to_thread(self._directory.rev)
        emit(LinkFound("people"))
        await follow(self._directory, self._take, seen=self._seen)

    def _take(self, people: People) -> None:
        self._seen = people
        self._changed(people)

    async def execute(self, command: Command) -> None:
        if not isinstance(command, EditPeople) or self._emit is None:
            raise CommandError("not for the directory", code="bad_command", got=type(command).__name__)
        self._edits += 1
        answer = False, "outcome_unknown", "{}"  # of an edit that outlasts its limit: it may still be done
        try:
            answer = await asyncio.to_thread(apply, self._directory, command.verb, command.args, command.operator)
        finally:
            self._emit(PeopleEdited(command.request, *answer))

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {"people": {"edits": self._edits, "rev": self._seen.rev}}
