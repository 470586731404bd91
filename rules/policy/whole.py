"""All of it together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from rules.policy.areas import AreaPolicy, ZonePolicy
from rules.policy.devices import ControllerPolicy, DevicePolicy, ReaderPolicy
from rules.policy.doors import DoorPolicy, FirePolicy, InterlockPolicy
from rules.policy.expect import ExpectApartPolicy, ExpectFirePolicy, ExpectPolicy
from rules.policy.people import GroupPolicy, OperatorPolicy, Who
from rules.policy.rights import AccessPolicy, DenyPolicy, InspectionPolicy, LimitPolicy, MinimumPolicy, ThreatPolicy
from rules.policy.schedules import SchedulePolicy


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything an admin wrote that rules follow from. `always` and `never` are in `schedules`."""

    site: str
    gateway: str
    timezone: str
    holidays: Mapping[date, str]
    areas: Mapping[str, AreaPolicy]
    devices: Mapping[str, DevicePolicy]
    controllers: Mapping[str, ControllerPolicy]
    readers: Mapping[str, ReaderPolicy]
    doors: Mapping[str, DoorPolicy]
    zones: Mapping[str, ZonePolicy]
    fire: Mapping[str, FirePolicy]
    schedules: Mapping[str, SchedulePolicy]
    access: tuple[AccessPolicy, ...]
    minimum: tuple[MinimumPolicy, ...]
    deny: tuple[DenyPolicy, ...]
    operators: Mapping[str, OperatorPolicy]
    groups: Mapping[str, GroupPolicy] = field(default_factory=dict)
    limits: tuple[LimitPolicy, ...] = ()
    threats: tuple[ThreatPolicy, ...] = ()
    lockdown_exempt: Who | None = None
    interlocks: tuple[InterlockPolicy, ...] = ()
    inspections: tuple[InspectionPolicy, ...] = ()
    expect: tuple[ExpectPolicy | ExpectFirePolicy | ExpectApartPolicy, ...] = ()
