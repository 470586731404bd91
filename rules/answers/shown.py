"""What was shown at a reader, as the record has it, and the request that it makes of a rule set."""

from __future__ import annotations

from rules.asked import Request
from rules.credential import PIN_ALONE
from rules.model.signals import CardPresented
from rules.model.stamp import Stamp
from rules.site import ReaderSite


def alone(reader: str, token: str | None) -> tuple[CardPresented, str]:
    """A PIN that is a credential by itself; nobody could say whose where the token is None."""
    return CardPresented(reader, token, PIN_ALONE, ""), "none" if token is not None else "unavailable"


def request_of(place: ReaderSite, shown: CardPresented, stamp: Stamp) -> Request:
    assert place.door is not None
    return Request(
        door=place.door,
        direction=place.direction,
        token=shown.token,
        reader=place.policy.id,
        t=stamp.t,
        utc=stamp.utc,
        age=shown.age,
        fault=shown.fault,
        by="pin" if shown.format == PIN_ALONE else "card",
        entropy=stamp.entropy,
    )
