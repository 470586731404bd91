"""Whether a file looks broken: how many people it would cut off from every door."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from gateway.people.plan import Kind, Limit, Step
from gateway.people.present import Present
from rules.people import CredentialStatus

LEAVE, CARDS, GROUPS, VALIDITY = "leave", "lose every card", "lose every group", "lose their validity"


def cut_off(present: Present, managed: Set[str], steps: Iterable[Step], now: int) -> dict[str, int]:
    """How many of these people lose all access by these steps, by cause; each person once.

    A file cut short, or exported with an empty column, shows here.
    """
    causes: dict[str, str] = {}
    taken: dict[str, set[str]] = {}
    given: set[str] = set()
    for step in steps:
        for cause in _causes(step, now):
            causes.setdefault(step.person or "", cause)
        if step.kind in (Kind.CARD_MOVED, Kind.CARD_TAKEN) and step.held and step.card:
            taken.setdefault(step.held, set()).add(step.card.token)
        if step.kind in (Kind.CARD_MOVED, Kind.CARD_GIVEN) and step.person:
            given.add(step.person)
    for person in taken.keys() - given:
        working = {row.token for row in present.held.get(person, ()) if row.status == CredentialStatus.ACTIVE}
        if working and working <= taken[person]:
            causes.setdefault(person, CARDS)
    counted = [cause for person, cause in causes.items() if person in managed]
    return {cause: counted.count(cause) for cause in (LEAVE, CARDS, GROUPS, VALIDITY) if cause in counted}


def _causes(step: Step, now: int) -> Iterator[str]:
    if step.kind is Kind.LEAVE:
        yield LEAVE
    elif step.kind is Kind.CHANGE:
        if step.old.get("groups") and not step.columns.get("groups"):
            yield GROUPS
        if _valid(step.old, now) and not _valid(step.columns, now):
            yield VALIDITY


def _valid(columns: Mapping[str, Any], now: int) -> bool:
    """Of the columns that change; one that does not is no cause."""
    begins, ends = columns.get("begins"), columns.get("ends")
    return (begins is None or begins <= now) and (ends is None or now < ends)


def too_many(cut: Mapping[str, int], managed: int, most: Limit) -> str:
    """Why that is more than `most` of those the file manages, or ""."""
    total = sum(cut.values())
    if total <= most.of(managed):
        return ""
    causes = ", ".join(f"{number} {cause}" for cause, number in cut.items())
    return f"{total} of {managed} people would be cut off ({causes}); {most} may be: is the file complete?"
