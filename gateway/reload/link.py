"""The service that takes changed rule sets live: watches, judges, says, waits for its operators, swaps, goes back.

It has the form of a driver, so that a link owns it, limits it and reports what it did not do.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from config.configuration import Configuration
from config.site import ReloadMode, reload_mode
from gateway.bus.together import together
from gateway.core import Core
from gateway.journal.journal import Journal
from gateway.release import site_change
from gateway.reload.bundle import pack
from gateway.reload.candidate import Candidate, Rejection, Running, Source, Verdict, from_folder, from_record, judge
from gateway.reload.changes import standing_fires, standing_threat
from gateway.reload.present import Edit, at_present, copied
from gateway.reload.quiet import give_back
from gateway.reload.retire import own_tables, retire
from gateway.reload.show import described, log_of, pending_of, refusal_of, review_of
from gateway.reload.watch import Print, Watcher
from rules.model.commands import Command, EditSite
from rules.model.driver import Emit
from rules.model.errors import CommandError, DoorwardError
from rules.model.signals import CandidateDropped, LinkFound, ReloadEnded
from rules.policy import Policy
from rules.reload import ACTIVE, PROPOSED
from rules.site import Site

log = logging.getLogger(__name__)

RECORDED = 3.0
"""Seconds a swap waits for its record: a disk that is gone does not keep a rule set alive."""

Answer = tuple[bool, str, Mapping[str, Any]]


class ReloadLink:
    """configuration: what runs. source None: nothing is watched, and every request is refused `not_watching`.

    swapped: told of each swap, with the Site before it.
    """

    def __init__(
        self,
        core: Core,
        journal: Journal,
        configuration: Configuration,
        source: Source | None,
        swapped: Callable[[Site, Configuration], None],
    ) -> None:
        self.configuration = configuration
        self._core, self._journal, self._source = core, journal, source
        self._swapped = swapped
        self._watcher = Watcher(source.folder, period=source.period, settle=source.settle) if source else None
        self.names_of: Callable[[Policy], Mapping[str, str]] = lambda policy: {}
        self._emit: Emit | None = None
        self._first = True
        self._candidate: Candidate | None = None
        self._missed: list[list[Edit]] = []
        self._asked: list[asyncio.Future[Verdict]] = []
        self._retired: list[Site] = []
        self._idle = asyncio.Event()
        self.counters = {"proposed": 0, "rejected": 0, "swaps": 0, "caught_up": 0, "retired": 0}

    def note(self, edit: Edit) -> None:
        """People were edited, just now, in the live Site: what is being compiled has to catch up."""
        for missed in self._missed:
            missed.append(edit)

    def health(self) -> Mapping[str, Mapping[str, int | str]]:
        return {"reload": {**self.counters, "looks": self._watcher.looks if self._watcher else 0}}

    async def run(self, emit: Emit) -> None:
        self._emit = emit
        emit(LinkFound("reload"))
        await together(reload_watch=self._watch(), reload_retire=self._let_go())

    async def execute(self, command: Command) -> None:
        if not isinstance(command, EditSite) or self._emit is None:
            raise CommandError("not for rule sets", code="bad_command", got=type(command).__name__)
        answer: Answer = False, "outcome_unknown", {}  # of what outlasts its limit: it may still be done
        try:
            answer = await self._act(command)
        finally:
            ok, code, body = answer
            self._emit(ReloadEnded(command.request, ok, code, json.dumps(body, sort_keys=True)))

    # -- watching -----------------------------------------------------------------------------------------------

    async def _watch(self) -> None:
        """Consider whatever settles in the folder, for ever."""
        if self._watcher is None or self._source is None:
            await asyncio.Event().wait()
            return
        first = await self._watcher.look()
        if first.holds(self.configuration.files):
            self._watcher.saw(first)
            self._drop_proposal()
        while True:
            await self._consider(self._source, self._watcher, await self._watcher.changed())

    async def _consider(self, source: Source, watcher: Watcher, found: Print) -> None:
        swaps = self.counters["swaps"]
        async with self._running() as (running, _):
            verdict = await asyncio.to_thread(from_folder, source, running)
        if self.counters["swaps"] != swaps or not await watcher.unchanged(found):
            return
        watcher.saw(found)
        if self._is_declined(verdict):
            log.warning("the folder still holds the rule set that was rolled back: it waits until it changes")
        else:
            await self._tell(verdict)

    def _is_declined(self, verdict: Verdict) -> bool:
        """True at a start that finds what an earlier run went back from; asked for, it is judged all the same."""
        first, self._first = self._first and not self._asked, False
        active = self._core.state.reloads.get(ACTIVE)
        return first and isinstance(verdict, Candidate) and active is not None and active.declined == verdict.rules_hash

    async def _tell(self, verdict: Verdict) -> None:
        """Show it in the log and on the bus; go on by itself where that is the mode."""
        mode = reload_mode(self.configuration.files)
        self._candidate = verdict if isinstance(verdict, Candidate) else None
        log_of(verdict, mode, log)
        match verdict:
            case Candidate():
                self.counters["proposed"] += 1
                await _recorded(self._core.say(review_of(verdict, mode)))
            case Rejection():
                self.counters["rejected"] += 1
                self._say(refusal_of(verdict))
            case None:
                self._drop_proposal()
        asked, self._asked = self._asked, []
        for future in asked:
            if not future.done():
                future.set_result(verdict)
        if isinstance(verdict, Candidate) and mode is ReloadMode.AUTOMATIC:
            await self._activate_by_itself(verdict)

    async def _activate_by_itself(self, candidate: Candidate) -> None:
        ok, code, body = await self._activate(candidate.configuration, "reload")
        if not ok:
            self._candidate = None
            self._say(refusal_of(Rejection(candidate.rules_hash, code, tuple(body.get("problems", ())))))

    def _drop_proposal(self) -> None:
        """The folder holds what runs: whatever was proposed is void."""
        proposed = self._core.state.reloads.get(PROPOSED)
        if proposed is not None:
            self._say(CandidateDropped(proposed.rules_hash))

    def _say(self, signal: Any) -> None:
        self._core.say(signal)

    # -- acting -------------------------------------------------------------------------------------------------

    async def _act(self, command: EditSite) -> Answer:
        if self._source is None or self._watcher is None:
            return False, "not_watching", {}
        match command.act:
            case "pending":
                return True, "ok", pending_of(self._candidate, self._core.site.rules_hash)
            case "check":
                return True, "ok", described(await self._check(self._watcher), self._core.site.rules_hash)
            case "reload":
                return await self._reload(command.rules_hash)
            case "rollback":
                return await self._roll_back(self._source, command.rules_hash)
        raise CommandError("no such act", code="bad_command", got=command.act)

    async def _check(self, watcher: Watcher) -> Verdict:
        """Look at the folder again, whatever was seen of it."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._asked.append(future)
        watcher.force()
        return await future

    async def _reload(self, rules_hash: str) -> Answer:
        candidate = self._candidate
        if candidate is None or candidate.rules_hash != rules_hash:
            return False, "no_such_candidate", {}
        return await self._activate(candidate.configuration, "reload")

    async def _roll_back(self, source: Source, rules_hash: str) -> Answer:
        try:
            body = await self._journal.site(rules_hash)
        except DoorwardError as error:
            return False, error.code, {}
        if body is None:
            return False, "no_such_rule_set", {}
        found = await asyncio.to_thread(from_record, source, rules_hash, body)
        if isinstance(found, Rejection):
            return _refused(found)
        return await self._activate(found, "rollback")

    async def _activate(self, found: Configuration, cause: str) -> Answer:
        """Compile it over the people of now, look at it once more, and swap."""
        previous = self._core.site.rules_hash
        async with self._running() as (running, missed):
            judged = await asyncio.to_thread(judge, found, running, running.site.people, compare=False)
            if isinstance(judged, Candidate):
                judged = await self._swap(judged, cause, missed)
        if isinstance(judged, Rejection):
            log.error("rule set %s stays out: %s", found.rules_hash[:12], "; ".join(judged.problems))
            return _refused(judged)
        log.info("rule set %s is active, by %s; before it %s", found.rules_hash[:12], cause, previous[:12])
        return True, "ok", {"rules_hash": found.rules_hash, "previous": previous}

    async def _swap(self, judged: Candidate, cause: str, missed: list[Edit]) -> Candidate | Rejection:
        standing = standing_fires(self._core.state, self._core.site, judged.site)
        if standing:
            return Rejection(judged.rules_hash, "fire_stands", standing)
        threat = standing_threat(self._core.state, judged.site)
        if threat:
            return Rejection(judged.rules_hash, "threat_stands", threat)
        self._journal.keep_site(judged.rules_hash, pack(judged.configuration.files))
        before: list[Site] = []

        def edit(live: Site) -> Site:
            before.append(live)
            return at_present(judged.site, live, missed)

        await _recorded(self._core.edit_site(edit, site_change(cause)))
        if self._core.site.rules_hash != judged.rules_hash or not before:
            return Rejection(judged.rules_hash, "internal_error", ("the swap raised and was undone",))
        self.configuration, self._candidate = judged.configuration, None
        self.counters["swaps"] += 1
        self.counters["caught_up"] += len(missed)
        self._swapped(before[0], judged.configuration)
        self._retired += before[0], judged.site  # the latter's copies of people, where the live ones went over
        return judged

    # -- what threads look at, and what nobody looks at any more --------------------------------------------------

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[tuple[Running, list[Edit]]]:
        """What holds now, for a thread, and the edits of its people meanwhile. Nothing is retired before the end."""
        missed: list[Edit] = []
        self._missed.append(missed)
        try:
            site = await copied(lambda: self._core.site, missed)
            yield Running(self.configuration, site, self._core.clock.utc(), self.names_of), missed
        finally:
            self._missed = [one for one in self._missed if one is not missed]
            if not self._missed and self._retired:
                self._idle.set()

    async def _let_go(self) -> None:
        """Empty the tables of Sites that went, while no thread looks into them."""
        while True:
            await self._idle.wait()
            self._idle.clear()
            while self._retired and not self._missed:
                tables = tuple(own_tables(self._retired.pop(), self._core.site))
                self.counters["retired"] += await retire(tables)
            await asyncio.to_thread(give_back)


def _refused(found: Rejection) -> Answer:
    return False, found.code, {"problems": list(found.problems[:20])}


async def _recorded(receipt: Any) -> None:
    """Wait for the record of it, but not for a disk that is gone."""
    try:
        async with asyncio.timeout(RECORDED):
            await receipt
    except TimeoutError:
        log.warning("a rule set goes on without its record")
