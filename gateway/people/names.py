"""Whom the names in rules stand for: rules call people by reference, decisions by id."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.people.directory import Directory
from rules.compile import named_people
from rules.policy import Policy


class Names:
    """refs: reference -> id, as last looked up. Looking up blocks."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self.refs: Mapping[str, str] = {}

    def of(self, policy: Policy) -> Mapping[str, str]:
        """The ids of everybody whom the rules of a policy name by reference."""
        return self._directory.ids_of(named_people(policy))

    def look_up(self, policy: Policy) -> None:
        self.refs = self.of(policy)
