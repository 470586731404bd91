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
    PERSON_BLOCKED = "person_blocked"
    PIN_LOCKOUT = "pin_lockout"
    LOCKDOWN = "lockdown"
    DOOR_BLOCKED = "door_blocked"
    DENIED_BY_RULE = "denied_by_rule"
    NO_ACCESS_RIGHTS = "no_access_rights"
    OUTSIDE_SCHEDULE = "outside_schedule"
    AREA_ARMED = "area_armed"
    PIN_REQUIRED = "pin_required"
    PIN_TIMEOUT = "pin_timeout"
    WRONG_PIN = "wrong_pin"
    GRANTED = "granted"


PRECEDENCE = {reason: place for place, reason in enumerate(Reason)}
