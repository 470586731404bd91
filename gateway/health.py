"""What the gateway says of itself: queue depths, rates, the counters of every device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.app import App


class Health:
    """Reads; changes nothing. All values are plain."""

    def __init__(self, app: App) -> None:
        self._app = app
        self.outbound_failures = 0

    def about(self) -> Mapping[str, Any]:
        """What retained `status` says. The head is that of the public stream: no hole betrays a silent event."""
        core = self._app.core
        head = core.sealed
        return {
            "version": core.state.gateway().version,
            "rules_hash": core.site.rules_hash,
            "people_rev": core.site.people.rev,
            "head": {"epoch": head.epoch, "n": head.n.get("event", 0)},
        }

    def report(self) -> Mapping[str, Any]:
        """The whole of it, for `health`."""
        app = self._app
        return {
            "core": {**app.core.counters, "waiting": app.core.waiting},
            "journal": {"level": app.journal.level, "behind": app.core.head - app.journal.durable},
            "publisher": {**app.publisher.health(), "reconnections": self.outbound_failures},
            "links": {link.id: link.health() for link in app.dispatch.links},
        }
