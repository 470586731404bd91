"""The state that an explanation is asked about: a quiet site's, or that of a record; with what is assumed besides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import click

from gateway.cli.history import History
from gateway.cli.offline import Offline, known
from gateway.recovery import UNREADABLE
from rules.answers.cause import local
from rules.answers.quiet import ASSUMED, doors_meant, quiet
from rules.answers.turning import follow
from rules.emergency import LOCKDOWN
from rules.mode import with_layer
from rules.model.errors import ConfigError
from rules.state import AreaRecord, Layer, State
from rules.step import evolve

Told = Callable[[str, int, int], None]
"""(what, how far, of how much)"""


@dataclass(frozen=True, slots=True)
class Moment:
    """The state at a moment of `t`, us; note: where it is from, if it is not a quiet site's."""

    state: State
    t: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Assumed:
    """What the command line assumes; raises ConfigError for what is not there."""

    offline: Offline
    utc: int
    armed: tuple[str, ...]
    lockdown: tuple[str, ...]
    threat: str | None

    def quiet(self) -> Moment:
        """Every door closed, so that no interlock holds."""
        state = quiet(self.offline.site, self.utc, armed=self._areas(), locked_down=self._doors())
        for door, record in state.doors.items():
            state.doors.put(door, replace(record, position="closed"))
        return Moment(self._threatened(state))

    def recorded(self, history: History, told: Told) -> Moment:
        """As the record has it then; the doors in the modes that CONFIG's own schedules say."""
        if all(holder.id is None for holder in self.offline.roster.holders.values()):
            raise click.UsageError("--journal needs --state: a record knows people by the ids of their directory")
        found = state_at(history, self.utc, told)
        site, state = self.offline.site, found.state
        follow(site, state, tuple(site.doors), self.utc)
        for area in self._areas():
            state.areas.put(area, AreaRecord("armed_away", by=ASSUMED))
        for door in self._doors():
            locked = with_layer(state.door(door).layers, Layer("locked_down", LOCKDOWN, "lock"))
            state.doors.put(door, replace(state.door(door), layers=locked))
        last = f", up to {local(site, found.utc)}" if found.utc else ""
        lacks = {"cannot be read": history.unreadable, "are missing": history.missing}
        passed = [f"{count} events of it {what}" for what, count in lacks.items() if count]
        note = "; ".join((f"the state is that of {history.shown}{last}", *passed, *history.notes))
        return Moment(self._threatened(state), found.t + max(0, self.utc - found.utc), note)

    def _areas(self) -> list[str]:
        site = self.offline.site
        areas = [known(area, "area", site.areas) for area in self.armed]
        if never := [area for area in areas if site.areas[area].arming is None]:
            raise ConfigError(f"area {never[0]!r} cannot be armed", code="never_armed")
        return areas

    def _doors(self) -> list[str]:
        site = self.offline.site
        targets = [known(name, "door or area", (*site.doors, *site.areas, "all")) for name in self.lockdown]
        return [door for name in targets for door in doors_meant(site, name)]

    def _threatened(self, state: State) -> State:
        if self.threat is not None:
            level = known(self.threat, "threat level", self.offline.site.ranks)
            state.system.put("gateway", replace(state.gateway(), threat=level))
        return state


@dataclass(frozen=True, slots=True)
class Then:
    """The state after the last event that was recorded up to a moment. t, utc: of that event; 0 where there is none."""

    state: State
    t: int
    utc: int


def state_at(history: History, utc: int, told: Told) -> Then:
    """Fold the record up to `utc`, us since 1970; each epoch begins anew."""
    found = Then(State(), 0, 0)
    for epoch in history.epochs():
        state, stamp = State(), None
        for group in history.groups(epoch, partial(told, f"reading the journal, epoch {epoch}")):
            if group.stamp.utc > utc:
                break
            stamp = group.stamp
            for event in group.events:
                state.mark()
                try:
                    evolve(state, event)
                except UNREADABLE:
                    state.undo()
                    history.unreadable += 1
        if stamp is not None:
            found = Then(state, stamp.t, stamp.utc)
    return found
