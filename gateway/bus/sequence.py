"""Where a reader is in one audience stream, and what the next event means to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Meaning(Enum):
    NEXT = "next"  # hand it on
    OLD = "old"  # already handed on
    GAP = "gap"  # something is missing before it


@dataclass
class Sequence:
    """Position in one stream. epoch 0: nothing seen, the first event is where it begins."""

    epoch: int = 0
    n: int = 0
    missed: int = 0

    def judge(self, epoch: int, n: int) -> Meaning:
        if self.epoch == 0:
            return Meaning.NEXT
        if epoch != self.epoch:
            return Meaning.OLD if epoch < self.epoch else (Meaning.NEXT if n == 1 else Meaning.GAP)
        if n <= self.n:
            return Meaning.OLD
        return Meaning.NEXT if n == self.n + 1 else Meaning.GAP

    def accept(self, epoch: int, n: int) -> bool:
        """Move to an event; what lies between is missed for good. False if it was seen before."""
        meaning = self.judge(epoch, n)
        if meaning is Meaning.OLD:
            return False
        if meaning is Meaning.GAP:
            self.missed += n - 1 - (self.n if epoch == self.epoch else 0)
        self.epoch, self.n = epoch, n
        return True

    def after(self, epoch: int) -> int:
        """The `n` to ask a replay from, for a reader that is to reach `epoch`."""
        return self.n if epoch == self.epoch else 0
