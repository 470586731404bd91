"""What the gateway says of itself: queue depths, rates, the counters of every device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.core import Core
from gateway.dispatch import Dispatch
from gateway.followers.publisher import Publisher
from gateway.journal.journal import Journal


class Health:
    """Reads; changes nothing. All values are plain. outbound_failures: times the outbound connection was lost."""

    def __init__(self, core: Core, journal: Journal, dispatch: Dispatch, publisher: Publisher) -> None:
        self._core = core
        self._journal = journal
        self._dispatch = dispatch
        self._publisher = publisher
        self.outbound_failures = 0

    def about(self) -> Mapping[str, Any]:
        """What retained `status` says. The head is that of the public stream: no hole betrays a silent event."""
        head = self._core.sealed
        return {
            "version": self._core.state.gateway().version,
            "rules_hash": self._core.site.rules_hash,
            "people_rev": self._core.site.people.rev,
            "threat_level": self._core.state.gateway().threat,
            "head": {"epoch": head.epoch, "n": head.n.get("event", 0)},
        }

    def report(self) -> Mapping[str, Any]:
        """The whole of it, for `health`."""
        return {
            "core": {**self._core.counters, "waiting": self._core.waiting},
            "journal": {"level": self._journal.level, "behind": self._core.head - self._journal.durable},
            "publisher": {**self._publisher.health(), "reconnections": self.outbound_failures},
            "links": {link.id: link.health() for link in self._dispatch.links},
        }
