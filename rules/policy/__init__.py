"""What the admin wrote, as values: checked and resolved by `config`, compiled by `rules.compile`.

All durations are us. Every rule carries the place it was written at.
"""

from __future__ import annotations

from rules.policy.areas import AreaPolicy, Arming, Passback, PassbackMode, ZonePolicy, ZoneType
from rules.policy.devices import ControllerPolicy, DevicePolicy, Input, ReaderPolicy
from rules.policy.doors import Direction, DoorPolicy, EgressBy, FirePolicy, InterlockPolicy, Lock, Relock, Rex
from rules.policy.expect import Claim, ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy
from rules.policy.people import EVERYBODY, GroupPolicy, OperatorPolicy, Role, Who
from rules.policy.rights import (
    AccessPolicy,
    DenyPolicy,
    Escort,
    InspectionPolicy,
    LimitPolicy,
    MinimumPolicy,
    Require,
    ThreatPolicy,
    TwoPerson,
)
from rules.policy.schedules import Interval, SchedulePolicy
from rules.policy.source import Source
from rules.policy.whole import Policy

__all__ = [
    "EVERYBODY",
    "AccessPolicy",
    "AreaPolicy",
    "Arming",
    "Claim",
    "ControllerPolicy",
    "DenyPolicy",
    "DevicePolicy",
    "Direction",
    "DoorPolicy",
    "EgressBy",
    "Escort",
    "ExpectApartPolicy",
    "ExpectFirePolicy",
    "ExpectPolicy",
    "FirePolicy",
    "GroupPolicy",
    "Input",
    "InspectionPolicy",
    "InterlockPolicy",
    "Interval",
    "LimitPolicy",
    "Lock",
    "MinimumPolicy",
    "OperatorPolicy",
    "Passback",
    "PassbackMode",
    "Policy",
    "ReaderPolicy",
    "Relock",
    "Require",
    "Rex",
    "Role",
    "SchedulePolicy",
    "Source",
    "ThreatPolicy",
    "TwoPerson",
    "Who",
    "ZonePolicy",
    "ZoneType",
]
