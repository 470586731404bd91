"""A plan carried out: exactly its steps, within one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gateway.people import cards, persons
from gateway.people.changes import Log
from gateway.people.csv_rows import Progress
from gateway.people.plan import ImportPlan, Kind, Step

_PAGE = 1000


def apply_steps(log: Log, plan: ImportPlan, progress: Progress) -> ImportPlan:
    """Carry out a plan nothing speaks against. progress is told after each page of steps."""
    work = _Work(log, plan, progress)
    work.people()
    work.cards()
    if plan.steps:
        log.note("people_imported", digest=plan.digest, steps=len(plan.steps))
    return replace(plan, applied=True, rev=plan.rev + bool(plan.steps))


class _Work:
    """The steps in an order in which each finds what it needs: people first, then cards."""

    def __init__(self, log: Log, plan: ImportPlan, progress: Progress) -> None:
        self._log = log
        self._plan = plan
        self._progress = progress
        self._done = 0
        self._new: dict[str, str] = {}

    def people(self) -> None:
        for page in self._pages(Kind.ADD):
            entries = [step.entry for step in page if step.entry]
            idents = persons.add_many(self._log, [entry.person for entry in entries])
            self._new.update(zip((entry.ref for entry in entries), idents, strict=True))
        for page in self._pages(Kind.CHANGE):
            persons.change_many(self._log, [(self._ident(step), step.columns) for step in page])
        for page in self._pages(Kind.RETURN):
            persons.set_blocks(self._log, map(self._ident, page), None)
        for page in self._pages(Kind.LEAVE):
            persons.set_blocks(self._log, map(self._ident, page), "leaver")

    def cards(self) -> None:
        for page in self._pages(Kind.CARD_TAKEN):
            cards.move_many(self._log, [(step.card.token, None) for step in page if step.card], "csv")
        for page in self._pages(Kind.CARD_MOVED):
            cards.move_many(self._log, [(step.card.token, self._ident(step)) for step in page if step.card], "csv")
        for page in self._pages(Kind.CARD_GIVEN):
            cards.issue_many(self._log, [(self._ident(step), step.card) for step in page if step.card], "csv")

    def _pages(self, kind: Kind) -> Iterator[list[Step]]:
        steps = self._plan.of(kind)
        for at in range(0, len(steps), _PAGE):
            yield steps[at : at + _PAGE]
            self._done += len(steps[at : at + _PAGE])
            self._progress("applying", self._done, len(self._plan.steps))

    def _ident(self, step: Step) -> str:
        return step.person or self._new[step.ref]
