"""Why a passage was granted or denied: the field's reasons, in the one order of precedence."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The first that holds is the reason; the order of this class is the precedence."""

    INTERNAL_ERROR = "internal_error"
    AUTHENTICATION_UNAVAILABLE = "authentication_unavailable"
    READER_OUT_OF_SERVICE = "reader_out_of_service"
    STALE_READ = "stale_read"
    BAD_FORMAT = "bad_format"
    UNKNOWN_CREDENTIAL = "unknown_credential"
    CREDENTIAL_DISABLED = "credential_disabled"
    CREDENTIAL_LOST = "credential_lost"
    CREDENTIAL_STOLEN = "credential_stolen"
    CREDENTIAL_UNASSIGNED = "credential_unassigned"
    CREDENTIAL_NOT_YET_ACTIVE = "credential_not_yet_active"
    CREDENTIAL_EXPIRED = "credential_expired"
    CREDENTIAL_INACTIVE = "credential_inactive"
    MAX_USES = "max_uses"
    MAX_DAYS = "max_days"
    PERSON_BLOCKED = "person_blocked"
    PIN_LOCKOUT = "pin_lockout"
    LOCKDOWN = "lockdown"
    DOOR_BLOCKED = "door_blocked"
    DENIED_BY_RULE = "denied_by_rule"
    THREAT_LEVEL = "threat_level"
    NO_ACCESS_RIGHTS = "no_access_rights"
    OUTSIDE_SCHEDULE = "outside_schedule"
    PREREQUISITE_LAPSED = "prerequisite_lapsed"
    FIRST_PERSON_NOT_IN = "first_person_not_in"
    AREA_ARMED = "area_armed"
    PIN_REQUIRED = "pin_required"
    PIN_TIMEOUT = "pin_timeout"
    WRONG_PIN = "wrong_pin"
    INTERLOCK = "interlock"
    PASSBACK = "passback"
    TIMED_PASSBACK = "timed_passback"
    OCCUPANCY_MAX = "occupancy_max"
    OCCUPANCY_MIN = "occupancy_min"
    ESCORT_REQUIRED = "escort_required"
    WRONG_ESCORT = "wrong_escort"
    UNEXPECTED_LOCATION = "unexpected_location"
    INSPECTION_SELECTED = "inspection_selected"
    SECOND_PERSON_PENDING = "second_person_pending"
    SECOND_PERSON_TIMEOUT = "second_person_timeout"
    GRANTED_SOFT_PASSBACK = "granted_soft_passback"
    GRANTED_DURESS = "granted_duress"
    GRANTED = "granted"


PENDING = frozenset({Reason.ESCORT_REQUIRED, Reason.INSPECTION_SELECTED, Reason.SECOND_PERSON_PENDING})
"""Reasons that somebody else may still end: where nothing else speaks against it, the read waits instead of failing."""

PRECEDENCE = {reason: place for place, reason in enumerate(Reason)}
