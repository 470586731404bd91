"""Which events of a record a replay needs: those at a reader, and those that change what a decision looks at."""

from __future__ import annotations

from typing import Any

from rules.model.events import (
    AccessDenied,
    AccessGranted,
    AccessNotTaken,
    AccessPending,
    AlarmAcknowledged,
    AlarmRaised,
    AlarmReset,
    AlarmReturned,
    ClockStepped,
    CommandUndelivered,
    CompanionAwaited,
    DeadlineAbandoned,
    HeldOpenWarned,
    InputReported,
    InspectionDrawn,
    InternalError,
    JournalGap,
    OutputConfirmed,
    OutputForeign,
    OutputReasserted,
    OutputSensed,
    PanelAreaChanged,
    PublicationRefused,
    ReaderRestarted,
    RecordedLate,
    RecoveryStopped,
    ReloadApproved,
    RequestAccepted,
    RequestCarriedOut,
    RequestRefused,
    SignalsDropped,
    SiteProposed,
    SiteRejected,
    SiteWithdrawn,
    UncleanStop,
)

READS: frozenset[type[Any]] = frozenset({AccessGranted, AccessDenied, AccessPending, CompanionAwaited, InspectionDrawn})
"""What begins or ends a read: of these alone the signal matters."""

TABLES = frozenset({"inputs", "outputs", "panels", "alarms", "nonces", "reloads", "deadlines"})
"""Tables of the state that no decision looks at: what it needs of them is in the others."""

ASIDE: frozenset[type[Any]] = frozenset(
    (
        *(InputReported, ReaderRestarted, PanelAreaChanged),
        *(OutputSensed, OutputForeign, OutputConfirmed, OutputReasserted, CommandUndelivered),
        *(AlarmRaised, AlarmReturned, AlarmAcknowledged, AlarmReset),
        *(RequestAccepted, RequestRefused, RequestCarriedOut),
        *(SiteProposed, SiteRejected, SiteWithdrawn, ReloadApproved),
        *(UncleanStop, ClockStepped, SignalsDropped, PublicationRefused, RecordedLate, JournalGap, RecoveryStopped),
        *(AccessNotTaken, HeldOpenWarned, DeadlineAbandoned, InternalError),
    )
)
"""Events that change nothing, or nothing but those tables."""
