"""The terms of a connection to the broker."""

from __future__ import annotations

import ssl
from dataclasses import dataclass

from rules.model.secret import Secret

Will = tuple[str, bytes, bool]
"""topic, payload, retain: what the broker publishes when the connection ends in any way but none."""


@dataclass(kw_only=True)
class Terms:
    """How to connect, in s where a time is meant.

    session_expiry: how long the broker keeps our session (0: not at all); in_flight: PUBLISH without PUBACK;
    receive_maximum: QoS 1 messages the broker may have open with us; backlog: messages read, not yet taken;
    lossless: end the connection rather than drop a QoS 0 message from a full backlog.
    """

    client_id: str
    username: str | None = None
    password: Secret | None = None
    tls: ssl.SSLContext | None = None
    will: Will | None = None
    session_expiry: int = 0
    keepalive: int = 5
    connect_limit: float = 3.0
    answer_limit: float = 20.0
    in_flight: int = 32
    receive_maximum: int = 64
    backlog: int = 1000
    retain_as_published: bool = False
    no_local: bool = False
    lossless: bool = True
