"""Life safety: whoever is inside must be able to leave, also when this software, its wires or the power fail."""

from __future__ import annotations

from typing import Protocol

from config.fittings import LockShape, RexShape
from config.points import InputShape
from config.tree import Place
from rules.policy import EgressBy


class Exit(Protocol):
    """The parts of a door's shape that people leave by."""

    @property
    def egress(self) -> str: ...
    @property
    def egress_by(self) -> EgressBy | None: ...
    @property
    def accepted(self) -> str | None: ...
    @property
    def emergency_release(self) -> InputShape | None: ...
    @property
    def lock(self) -> LockShape | None: ...
    @property
    def controller(self) -> str | None: ...
    @property
    def rex(self) -> tuple[RexShape, ...]: ...


def check_egress(door: Exit, place: Place) -> None:
    """Report what could keep people in."""
    secure = door.lock is not None and door.lock.on_power_loss == "secure"
    if door.emergency_release is not None and secure:
        (place / "emergency_release").misnamed(
            "cuts the lock's power, but this lock stays shut without power (on_power_loss: secure)"
        )
    if door.accepted is not None and door.egress_by is not EgressBy.SOFTWARE:
        (place / "accepted").misnamed("'accepted' has a meaning only with 'egress_by: software'")
    if door.egress == "none":
        if door.egress_by is not None:
            (place / "egress_by").misnamed("'egress_by' needs 'egress': in, out or both")
        return
    match door.egress_by:
        case None:
            (place / "egress").misnamed("key 'egress_by' is missing: mechanical, direct_rex or software")
        case EgressBy.DIRECT_REX:
            _check_direct(door, place, secure)
        case EgressBy.SOFTWARE:
            _check_software(door, place)
        case EgressBy.MECHANICAL:
            return


def _check_direct(door: Exit, place: Place, secure: bool) -> None:
    """The button itself cuts the lock's current: that must free the door, and the gateway must be told."""
    at = place / "egress_by"
    if secure:
        at.wrong("direct_rex cuts the lock's current, but this lock stays shut without it (on_power_loss: secure)")
    if not door.rex:
        at.wrong("direct_rex needs a 'rex' input: without it every exit looks like a forced door")


def _check_software(door: Exit, place: Place) -> None:
    """People leave only while this software works: somebody signed for that, and a green call point exists."""
    at = place / "egress_by"
    if door.accepted is None:
        at.wrong("software is no way out unless 'accepted' gives the reason why it may be")
    if door.emergency_release is None:
        at.wrong("software is no way out without an 'emergency_release' input")
    if door.controller is not None:
        at.wrong("the lock is worked by the controller: software here cannot let people out")
    elif not any(rex.unlocks for rex in door.rex):
        at.wrong("software needs a 'rex' with 'unlocks: true': a reader must not be the only way out")
