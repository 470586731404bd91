"""Signals: what devices, people at consoles, and the gateway itself say. Past tense or present fact, frozen."""

from __future__ import annotations

from rules.model.signals.device import (
    CommandDone,
    CommandFailed,
    DeviceFound,
    DeviceInsecure,
    DeviceLost,
    DeviceRestarted,
    InputChanged,
    LinkFound,
    LinkLost,
    OutputReported,
    PanelReported,
    SignalsLost,
)
from rules.model.signals.gateway import (
    ClockChanged,
    DeadlineFaulted,
    DeadlineReached,
    GatewayBegan,
    GatewayEnding,
    JournalGapFound,
    JournalStateChanged,
    PublishRefused,
    RecordLagged,
    RecoveryFaulted,
    ReleaseTimedOut,
    SignalFaulted,
)
from rules.model.signals.reader import CardPresented, CardRead, PinChecked, PinEntered, PinIdentified
from rules.model.signals.request import PeopleEdited, RequestReceived
from rules.model.signals.site import (
    CandidateDropped,
    CandidateRefused,
    CandidateReviewed,
    ReloadEnded,
    SiteChanged,
    Unused,
)

Signal = (
    CardRead
    | CardPresented
    | PinEntered
    | PinChecked
    | PinIdentified
    | InputChanged
    | OutputReported
    | DeviceLost
    | LinkLost
    | LinkFound
    | DeviceFound
    | DeviceRestarted
    | DeviceInsecure
    | PanelReported
    | RequestReceived
    | PeopleEdited
    | CommandDone
    | CommandFailed
    | SignalsLost
    | DeadlineReached
    | GatewayBegan
    | GatewayEnding
    | SiteChanged
    | CandidateReviewed
    | CandidateRefused
    | CandidateDropped
    | ReloadEnded
    | ClockChanged
    | ReleaseTimedOut
    | RecordLagged
    | JournalStateChanged
    | JournalGapFound
    | RecoveryFaulted
    | SignalFaulted
    | PublishRefused
    | DeadlineFaulted
)

__all__ = [
    "CandidateDropped",
    "CandidateRefused",
    "CandidateReviewed",
    "CardPresented",
    "CardRead",
    "ClockChanged",
    "CommandDone",
    "CommandFailed",
    "DeadlineFaulted",
    "DeadlineReached",
    "DeviceFound",
    "DeviceInsecure",
    "DeviceLost",
    "DeviceRestarted",
    "GatewayBegan",
    "GatewayEnding",
    "InputChanged",
    "JournalGapFound",
    "JournalStateChanged",
    "LinkFound",
    "LinkLost",
    "OutputReported",
    "PanelReported",
    "PeopleEdited",
    "PinChecked",
    "PinEntered",
    "PinIdentified",
    "PublishRefused",
    "RecordLagged",
    "RecoveryFaulted",
    "ReleaseTimedOut",
    "ReloadEnded",
    "RequestReceived",
    "Signal",
    "SignalFaulted",
    "SignalsLost",
    "SiteChanged",
    "Unused",
]
