"""Topics of the bus, all under `doorward/v1/<site>/<gateway>/` (the table is in docs/bus.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

CLASSES = ("access", "door", "area", "intrusion", "alarm", "device", "system")
NOUNS = ("door", "area", "device", "alarm")
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def snake(type_name: str) -> str:
    """`AccessGranted` as `access_granted`."""
    return _WORD.sub("_", type_name).lower()


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one gateway."""

    site: str
    gateway: str

    @property
    def prefix(self) -> str:
        return f"doorward/v1/{self.site}/{self.gateway}/"

    @property
    def source(self) -> str:
        """The CloudEvents source."""
        return f"/doorward/v1/{self.site}/{self.gateway}"

    @property
    def status(self) -> str:
        return self.prefix + "status"

    @property
    def health(self) -> str:
        return self.prefix + "health"

    @property
    def requests(self) -> str:
        """The filter of all requests to this gateway."""
        return self.prefix + "request/#"

    @property
    def states(self) -> str:
        """The filter of all retained states."""
        return self.prefix + "state/#"

    def event(self, stream: str, cls: str, type_name: str) -> str:
        """stream: `event` or `silent`; type_name as in the journal, `AccessGranted`."""
        return f"{self.prefix}{stream}/{cls}/{snake(type_name)}"

    def events(self, stream: str) -> str:
        """The filter of one audience stream."""
        return f"{self.prefix}{stream}/#"

    def state(self, noun: str, ident: str) -> str:
        return f"{self.prefix}state/{noun}/{ident}"

    def request(self, verb: str) -> str:
        return f"{self.prefix}request/{verb}"

    def response(self, request: str) -> str:
        return f"{self.prefix}response/{request}"

    def replay(self, stream: str, request: str) -> str:
        """Where the pages of a replay go: what is silent stays under `silent/`, so under its access rule."""
        return self.response(request) if stream == "event" else f"{self.prefix}{stream}/response/{request}"

    def verb_of(self, topic: str) -> str:
        """The verb of a request's topic, possibly empty."""
        return topic.removeprefix(self.prefix + "request/")

    def noun_of(self, topic: str) -> tuple[str, str]:
        """(noun, id) of a state's topic."""
        noun, _, ident = topic.removeprefix(self.prefix + "state/").partition("/")
        return noun, ident
