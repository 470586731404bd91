"""Slow things asked for as commands and answered as signals: the check of a PIN, an edit of the directory.

Each has the form of a driver, so that a link owns it, limits it and reports what it did not do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from gateway.bus.together import together
from gateway.people.directory import Directory
from gateway.people.pins import PinService
from gateway.people.requests import apply
from gateway.people.watch import follow
from rules.model.commands import Command, EditPeople, IdentifyPin, VerifyPin
from rules.model.driver import Emit
from rules.model.errors import CommandError
from rules.model.signals import LinkFound, PeopleEdited, PinChecked, PinIdentified
from rules.people import People, PeopleChange

BACKLOG = 1_000
"""Revisions that may wait for an earlier one to be prepared; more are read again."""


class PinLink:
    """Answers `VerifyPin` with `PinChecked`, `IdentifyPin` with `PinIdentified`, whatever happens."""

    def __init__(self, pins: PinService) -> None:
        self._pins = pins
        self._emit: Emit | None = None
        self._checks = 0

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        emit(LinkFound("pin"))
        await asyncio.Event().wait()

    async def execute(self, command: Command) -> None:
        if not isinstance(command, VerifyPin | IdentifyPin) or self._emit is None:
            raise CommandError("not for the PIN service", code="bad_command", got=type(command).__name__)
        self._checks += 1
        if isinstance(command, VerifyPin):
            result = await self._pins.check(command.person, command.pin)
            self._emit(PinChecked(command.reader, command.attempt, result))
        else:
            token, duress = await self._pins.identify(command.pin)
            self._emit(PinIdentified(command.reader, command.attempt, token, duress))

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {"pin": {"checks": self._checks}}


class PeopleLink:
    """Carries out and answers `EditPeople`; follows the directory: `changed` gets each new revision in the loop.

    seen: the revision known already, as its number, to get what changes, or as people, to get everybody each time.
    prepare: what is to be done with everybody before that, in a thread: it takes long; so is `settle`, with whatever
    it is, before it is handed over.
    """

    def __init__(
        self,
        directory: Directory,
        seen: People | int,
        changed: Callable[[Any], None],
        prepare: Callable[[People], People] = lambda people: people,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        self._directory = directory
        self._seen = seen
        self._changed = changed
        self._prepare = prepare
        self._settle = settle
        self._pool: ThreadPoolExecutor
        self._emit: Emit | None = None
        self._edits = 0

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="people")  # a block waits behind nobody else's work
        await asyncio.to_thread(self._directory.rev)
        emit(LinkFound("people"))
        fresh: asyncio.Queue[People | PeopleChange] = asyncio.Queue(BACKLOG)
        try:
            await together(
                people_follow=follow(self._directory, fresh.put_nowait, seen=self._seen),
                people_take=self._take(fresh),
            )
        finally:
            self._pool.shutdown(wait=False)

    async def _take(self, fresh: asyncio.Queue[People | PeopleChange]) -> None:
        """Hand over in order. What was not handed over when the link fails is read again."""
        while True:
            found = await fresh.get()
            if isinstance(found, People):
                found = await asyncio.to_thread(self._prepare, found)
            await asyncio.get_running_loop().run_in_executor(self._pool, self._settle)
            self._seen = found if isinstance(self._seen, People) and isinstance(found, People) else found.rev
            self._changed(found)

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
        rev = self._seen.rev if isinstance(self._seen, People) else self._seen
        return {"people": {"edits": self._edits, "rev": rev}}
