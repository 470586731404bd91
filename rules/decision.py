"""What is said to a request: made ahead with the rules, and shared by all whom it is said to."""

from __future__ import annotations

from typing import NamedTuple

from rules.model.reasons import Reason
from rules.policy import Source


class Edition:
    """Which rule set decisions are of. hash: SHA-256, hex; it follows a rule set that is edited in place."""

    __slots__ = ("hash",)

    def __init__(self, hash: str) -> None:
        self.hash = hash


class Decision(NamedTuple):
    """reason GRANTED or the first that forbids; also_failed: the others, in their order.

    rule, source: what decided, and where it is written; flags: what was noted and did not forbid (soft passback,
    duress).
    """

    reason: Reason
    granted: bool
    edition: Edition
    rule: str | None = None
    source: Source | None = None
    also_failed: tuple[Reason, ...] = ()
    flags: tuple[Reason, ...] = ()

    @property
    def rules_hash(self) -> str:
        """Of the rule set that decided."""
        return self.edition.hash

    @property
    def failed(self) -> tuple[Reason, ...]:
        """Everything that spoke against it, in order."""
        return () if self.granted else (self.reason, *self.also_failed)
