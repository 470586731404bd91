"""Events: what happened. Past tense, frozen, complete: each carries every value it resolved, so `evolve` needs no Site.

Times are us (`until` in `t`). A person is a random id; no name, card number or PIN is in any of them.
CLASS is the bus class; STREAM the audience (`silent`: duress and the like); V the version of the stored form.
"""

from __future__ import annotations

from rules.model.events.access import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccessPending,
    AccessTaken,
    CompanionAwaited,
    DuressReported,
    InspectionDrawn,
    InspectionEnded,
    PassbackForgiven,
    PinFailed,
    PinSubmitted,
    ReleaseWithheld,
)
from rules.model.events.alarm import AlarmAcknowledged, AlarmRaised, AlarmReset, AlarmReturned
from rules.model.events.device import (
    CommandUndelivered,
    DeviceDistrusted,
    DeviceOffline,
    DeviceOnline,
    InputReported,
    LinkOffline,
    OutputConfirmed,
    OutputForeign,
    OutputReasserted,
    OutputSensed,
    PanelAreaChanged,
    ReaderRestarted,
)
from rules.model.events.door import (
    DoorClosed,
    DoorForced,
    DoorHeldOpen,
    DoorLayerCleared,
    DoorLayerSet,
    DoorOpened,
    DoorPositionLost,
    ExitRequested,
    HeldOpenWarned,
    ReleasedByOperator,
    ReleaseEnded,
)
from rules.model.events.intrusion import (
    AreaArmed,
    AreaArming,
    AreaDisarmed,
    AreaTriggered,
    ArmingFailed,
    EntryDelayStarted,
)
from rules.model.events.system import (
    ClockStepped,
    DeadlineAbandoned,
    GatewayStarted,
    GatewayStopped,
    InternalError,
    JournalGap,
    JournalLevelChanged,
    PublicationRefused,
    RecordedLate,
    RecoveryStopped,
    ReloadApproved,
    RequestAccepted,
    RequestCarriedOut,
    RequestRefused,
    SignalsDropped,
    SiteActivated,
    SiteProposed,
    SiteRejected,
    SiteWithdrawn,
    ThreatLevelChanged,
    UncleanStop,
)

Event = (
    AccessGranted
    | AccessDenied
    | AccessPending
    | PinSubmitted
    | PinFailed
    | AccessTaken
    | AccessNotTaken
    | ReleaseWithheld
    | DuressReported
    | CompanionAwaited
    | InspectionDrawn
    | InspectionEnded
    | PassbackForgiven
    | ThreatLevelChanged
    | DoorOpened
    | DoorClosed
    | DoorPositionLost
    | DoorForced
    | HeldOpenWarned
    | DoorHeldOpen
    | ExitRequested
    | ReleasedByOperator
    | ReleaseEnded
    | DoorLayerSet
    | DoorLayerCleared
    | AreaArming
    | AreaArmed
    | ArmingFailed
    | AreaDisarmed
    | EntryDelayStarted
    | AreaTriggered
    | AlarmRaised
    | AlarmReturned
    | AlarmAcknowledged
    | AlarmReset
    | InputReported
    | OutputSensed
    | OutputForeign
    | OutputConfirmed
    | OutputReasserted
    | DeviceOffline
    | DeviceOnline
    | LinkOffline
    | ReaderRestarted
    | DeviceDistrusted
    | PanelAreaChanged
    | CommandUndelivered
    | GatewayStarted
    | UncleanStop
    | GatewayStopped
    | SiteActivated
    | SiteProposed
    | SiteRejected
    | SiteWithdrawn
    | ReloadApproved
    | ClockStepped
    | SignalsDropped
    | PublicationRefused
    | RecordedLate
    | JournalLevelChanged
    | JournalGap
    | RecoveryStopped
    | InternalError
    | DeadlineAbandoned
    | RequestAccepted
    | RequestCarriedOut
    | RequestRefused
)

__all__ = [
    "AccessDenied",
    "AccessGranted",
    "AccessNotTaken",
    "AccessPending",
    "AccessTaken",
    "AlarmAcknowledged",
    "AlarmRaised",
    "AlarmReset",
    "AlarmReturned",
    "AreaArmed",
    "AreaArming",
    "AreaDisarmed",
    "AreaTriggered",
    "ArmingFailed",
    "ClockStepped",
    "CommandUndelivered",
    "CompanionAwaited",
    "DeadlineAbandoned",
    "DeviceDistrusted",
    "DeviceOffline",
    "DeviceOnline",
    "DoorClosed",
    "DoorForced",
    "DoorHeldOpen",
    "DoorLayerCleared",
    "DoorLayerSet",
    "DoorOpened",
    "DoorPositionLost",
    "DuressReported",
    "EntryDelayStarted",
    "Event",
    "ExitRequested",
    "GatewayStarted",
    "GatewayStopped",
    "HeldOpenWarned",
    "InputReported",
    "InspectionDrawn",
    "InspectionEnded",
    "InternalError",
    "JournalGap",
    "JournalLevelChanged",
    "LinkOffline",
    "OutputConfirmed",
    "OutputForeign",
    "OutputReasserted",
    "OutputSensed",
    "PanelAreaChanged",
    "PassbackForgiven",
    "PinFailed",
    "PinSubmitted",
    "PublicationRefused",
    "ReaderRestarted",
    "RecordedLate",
    "RecoveryStopped",
    "ReleaseEnded",
    "ReleaseWithheld",
    "ReleasedByOperator",
    "ReloadApproved",
    "RequestAccepted",
    "RequestCarriedOut",
    "RequestRefused",
    "SignalsDropped",
    "SiteActivated",
    "SiteProposed",
    "SiteRejected",
    "SiteWithdrawn",
    "ThreatLevelChanged",
    "UncleanStop",
]
